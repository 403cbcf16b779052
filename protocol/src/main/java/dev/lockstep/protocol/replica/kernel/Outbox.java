package dev.lockstep.protocol.replica.kernel;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Monitor;
import dev.lockstep.protocol.port.Transport;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.List;
import java.util.function.LongSupplier;

/** Through which all parts speak: to other replicas, to counters and to whoever follows a run. */
public final class Outbox {
  /** Stands for nobody in particular in {@link Monitor#count}. */
  private static final int NOBODY = -1;

  private final int self;
  private final Transport transport;
  private final Monitor monitor;
  private final LongSupplier regency;
  private final LongSupplier delivered;
  private final List<Integer> others;

  /**
   * @param regency the installed one, for traces
   * @param delivered the last delivered instance, for traces
   */
  public Outbox(
      int self,
      ViewHistory views,
      Transport transport,
      Monitor monitor,
      LongSupplier regency,
      LongSupplier delivered) {
    this.self = self;
    this.transport = transport;
    this.monitor = monitor;
    this.regency = regency;
    this.delivered = delivered;
    others = views.peers().stream().filter(id -> id != self).toList();
  }

  /** Ids of all other replicas, ascending. */
  public List<Integer> others() {
    return others;
  }

  /** To one other replica. */
  public void send(int to, Message.ReplicaMessage message) {
    transport.send(to, message);
  }

  /** To all others. */
  public void broadcast(Message.ReplicaMessage message) {
    transport.broadcast(others, message);
  }

  /** Counts what a replica did, or what was done because of it. */
  public void count(Event event, int replica) {
    monitor.count(event, replica);
  }

  /** Counts what is nobody's doing in particular. */
  public void count(Event event) {
    monitor.count(event, NOBODY);
  }

  /** Whether traces are wanted; what is dear to say should not be made otherwise. */
  public boolean traces() {
    return monitor.traces();
  }

  /** A line for whoever follows the run. */
  public void trace(String what, Object detail) {
    if (monitor.traces()) {
      monitor.trace(
          "r"
              + self
              + " g"
              + regency.getAsLong()
              + " i"
              + delivered.getAsLong()
              + " "
              + what
              + ": "
              + detail);
    }
  }
}
