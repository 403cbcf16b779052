package dev.lockstep.simulator.check;

import dev.lockstep.histories.KvModel;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Delivery.Command;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Ended;
import dev.lockstep.simulator.Sighting.Invoked;
import dev.lockstep.simulator.Sighting.Issued;
import dev.lockstep.simulator.Sighting.Proved;
import dev.lockstep.simulator.Sighting.Returned;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Sighting.Unknown;
import dev.lockstep.simulator.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * I9: what a correct client is told about an ordered operation is what the reference service
 * answers at the operation's position in the common log, and what was acknowledged stays in the
 * log.
 *
 * <p>A client's calls are matched with its requests by the bytes of the operation. When a client
 * asks for the same thing more than once, any of its requests that has the right result will do,
 * but each for one call only.
 */
public final class ResultChecker implements Observer {
  private record Call(ClientId client, boolean read, Bytes operation) {}

  private record Asked(ClientId client, Bytes operation) {}

  private record Executed(long instance, Bytes result) {}

  private final Group group;
  private final KvModel service = new KvModel();
  private final Map<Long, Call> calls = new HashMap<>();
  private final Map<Asked, List<Digest>> requests = new HashMap<>();

  /** Requests of correct clients; absent until executed. */
  private final Map<Digest, Executed> results = new HashMap<>();

  private final long[] delivered;
  private long length;
  private long acknowledged;

  public ResultChecker(CheckContext context) {
    group = new Group(context.view(), context.byzantine());
    delivered = new long[group.size()];
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica(), seen.state());
    } else if (sighting instanceof Proved seen) {
      proved(seen.replica(), seen.instance());
    } else if (sighting instanceof Delivered seen) {
      delivered(seen.replica(), seen.delivery());
    } else if (sighting instanceof Issued seen) {
      issued(seen.client(), seen.correct(), seen.request());
    } else if (sighting instanceof Invoked seen) {
      invoked(seen.client(), seen.call(), seen.read(), seen.operation());
    } else if (sighting instanceof Returned seen) {
      returned(seen.client(), seen.call(), seen.result());
    } else if (sighting instanceof Unknown seen) {
      unknown(seen.call());
    } else if (sighting instanceof Ended) {
      ended();
    }
  }

  private void started(int replica, StartState state) {
    delivered[group.position(replica)] =
        state.checkpoint() == null ? 0 : state.checkpoint().instance();
  }

  private void proved(int replica, long instance) {
    delivered[group.position(replica)] = instance;
  }

  private void issued(ClientId client, boolean correct, Request request) {
    if (correct && request.kind() == Request.Kind.ORDERED) {
      requests
          .computeIfAbsent(new Asked(client, request.operation()), a -> new ArrayList<>(1))
          .add(request.digest());
    }
  }

  private void delivered(int replica, Delivery delivery) {
    delivered[group.position(replica)] = delivery.instance();
    if (delivery.instance() != length + 1) {
      return;
    }
    length++;
    for (Command command : delivery.commands()) {
      Request request = command.request();
      if (request.kind() == Request.Kind.ORDERED) {
        Bytes result = service.execute(request.operation());
        results.put(request.digest(), new Executed(length, result));
      }
    }
  }

  private void invoked(ClientId client, long call, boolean read, Bytes operation) {
    calls.put(call, new Call(client, read, operation));
  }

  private void unknown(long call) {
    calls.remove(call);
  }

  private void returned(ClientId client, long call, Bytes result) {
    Call asked = calls.remove(call);
    // Reads may be served out of order; only the history as a whole can judge them.
    if (asked == null || asked.read) {
      return;
    }
    List<Digest> candidates = requests.getOrDefault(new Asked(client, asked.operation), List.of());
    Executed wrong = null;
    for (int i = 0; i < candidates.size(); i++) {
      Executed executed = results.get(candidates.get(i));
      if (executed != null && executed.result.equals(result)) {
        candidates.remove(i);
        acknowledged = Math.max(acknowledged, executed.instance);
        return;
      }
      wrong = executed == null ? wrong : executed;
    }
    throw new Violation(
        "I9",
        "call "
            + call
            + " of "
            + client
            + (wrong == null
                ? " was answered, but no correct replica delivered its request"
                : " was answered "
                    + show(result)
                    + ", but the reference answers "
                    + show(wrong.result)
                    + " at instance "
                    + wrong.instance));
  }

  private static String show(Bytes result) {
    StringBuilder text = new StringBuilder().append(result.length()).append(" bytes ");
    for (int i = 0; i < Math.min(8, result.length()); i++) {
      text.append(String.format("%02x", result.array()[i]));
    }
    return text.toString();
  }

  private void ended() {
    long longest = 0;
    for (long log : delivered) {
      longest = Math.max(longest, log);
    }
    if (longest < acknowledged) {
      throw new Violation(
          "I9",
          "instance "
              + acknowledged
              + " was acknowledged, but the longest log at the end has "
              + longest);
    }
  }
}
