package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import dev.lockstep.simulator.Observer;
import java.util.List;

/** Passes everything on to several observers, in their order. */
public final class Observers implements Observer {
  private final Observer[] all;

  Observers(List<Observer> observers) {
    all = observers.toArray(new Observer[0]);
  }

  @Override
  public void started(long now, int replica, StartState state) {
    for (Observer observer : all) {
      observer.started(now, replica, state);
    }
  }

  @Override
  public void crashed(long now, int replica) {
    for (Observer observer : all) {
      observer.crashed(now, replica);
    }
  }

  @Override
  public void proved(long now, int replica, long instance) {
    for (Observer observer : all) {
      observer.proved(now, replica, instance);
    }
  }

  @Override
  public void sessions(long now, int replica, long instance, Digest hash) {
    for (Observer observer : all) {
      observer.sessions(now, replica, instance, hash);
    }
  }

  @Override
  public void truncated(long now, int replica, int records) {
    for (Observer observer : all) {
      observer.truncated(now, replica, records);
    }
  }

  @Override
  public void sent(long now, int from, int to, Message.ReplicaMessage message) {
    for (Observer observer : all) {
      observer.sent(now, from, to, message);
    }
  }

  @Override
  public void received(long now, int from, int to, Message.ReplicaMessage message) {
    for (Observer observer : all) {
      observer.received(now, from, to, message);
    }
  }

  @Override
  public void persisting(long now, int replica, long ticket, Record record) {
    for (Observer observer : all) {
      observer.persisting(now, replica, ticket, record);
    }
  }

  @Override
  public void persisted(long now, int replica, long ticket) {
    for (Observer observer : all) {
      observer.persisted(now, replica, ticket);
    }
  }

  @Override
  public void delivered(long now, int replica, Delivery delivery) {
    for (Observer observer : all) {
      observer.delivered(now, replica, delivery);
    }
  }

  @Override
  public void executed(long now, int replica, long instance, Digest stateHash) {
    for (Observer observer : all) {
      observer.executed(now, replica, instance, stateHash);
    }
  }

  @Override
  public void replied(long now, int replica, ClientId client, Message.ToClient message) {
    for (Observer observer : all) {
      observer.replied(now, replica, client, message);
    }
  }

  @Override
  public void clock(long now, int replica, long wallMicros) {
    for (Observer observer : all) {
      observer.clock(now, replica, wallMicros);
    }
  }

  @Override
  public void held(
      long now, int replica, int openInstances, int mostSponsored, int pendingRequests) {
    for (Observer observer : all) {
      observer.held(now, replica, openInstances, mostSponsored, pendingRequests);
    }
  }

  @Override
  public void issued(long now, ClientId client, boolean correct, Request request) {
    for (Observer observer : all) {
      observer.issued(now, client, correct, request);
    }
  }

  @Override
  public void invoked(long now, ClientId client, long call, boolean read, Bytes operation) {
    for (Observer observer : all) {
      observer.invoked(now, client, call, read, operation);
    }
  }

  @Override
  public void returned(long now, ClientId client, long call, Bytes result) {
    for (Observer observer : all) {
      observer.returned(now, client, call, result);
    }
  }

  @Override
  public void unknown(long now, ClientId client, long call) {
    for (Observer observer : all) {
      observer.unknown(now, client, call);
    }
  }

  @Override
  public void halted(long now, int replica, String reason) {
    for (Observer observer : all) {
      observer.halted(now, replica, reason);
    }
  }

  @Override
  public void healed(long now) {
    for (Observer observer : all) {
      observer.healed(now);
    }
  }

  @Override
  public void ended(long now) {
    for (Observer observer : all) {
      observer.ended(now);
    }
  }
}
