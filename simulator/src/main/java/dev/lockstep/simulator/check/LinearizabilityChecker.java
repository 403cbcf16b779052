package dev.lockstep.simulator.check;

import dev.lockstep.histories.History;
import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Ended;
import dev.lockstep.simulator.Sighting.Invoked;
import dev.lockstep.simulator.Sighting.Returned;
import dev.lockstep.simulator.Sighting.Unknown;
import dev.lockstep.simulator.Violation;
import java.util.HashMap;
import java.util.Map;

/**
 * I10: the histories of correct clients, reads included, are linearizable. {@link History} decides
 * at the end of a run, with the order of the log where that explains everything.
 */
public final class LinearizabilityChecker implements Observer {
  private final History history = new History();
  private final Map<Long, History.Call> open = new HashMap<>();
  private long delivered;

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Delivered seen) {
      delivered(seen.delivery());
    } else if (sighting instanceof Invoked seen) {
      invoked(seen.client(), seen.call(), seen.operation());
    } else if (sighting instanceof Returned seen) {
      returned(seen.client(), seen.call(), seen.result());
    } else if (sighting instanceof Unknown seen) {
      unknown(seen.call());
    } else if (sighting instanceof Ended) {
      ended();
    }
  }

  private void invoked(ClientId client, long call, Bytes encoded) {
    KvOperation operation = KvOperation.decodeOrNull(encoded);
    // Byzantine clients write above, and their histories are not known.
    if (operation != null && operation.key() < KvOperation.FIRST_BYZANTINE_KEY) {
      open.put(call, history.invoked(client, operation));
    }
  }

  private void returned(ClientId client, long call, Bytes result) {
    History.Call done = open.remove(call);
    if (done == null) {
      return;
    }
    if (result.length() != Long.BYTES + done.operation().replyPadding()) {
      throw new Violation(
          "LINEARIZABLE", client + " was answered " + result + " to " + done.operation());
    }
    history.returned(done, KvOperation.resultOf(result));
  }

  private void unknown(long call) {
    History.Call done = open.remove(call);
    if (done != null) {
      history.unknown(done);
    }
  }

  private void delivered(Delivery delivery) {
    if (delivery.instance() != delivered + 1) {
      return;
    }
    delivered++;
    for (Delivery.Command command : delivery.commands()) {
      Request request = command.request();
      history.decided(request.client(), request.operation());
    }
  }

  private void ended() {
    history
        .violation()
        .ifPresent(
            why -> {
              throw new Violation("LINEARIZABLE", why);
            });
  }
}
