package dev.lockstep.simulator.check;

import dev.lockstep.histories.History;
import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.Observer;
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
  public void invoked(long now, ClientId client, long call, boolean read, Bytes encoded) {
    KvOperation operation = KvOperation.decodeOrNull(encoded);
    // Byzantine clients write above, and their histories are not known.
    if (operation != null && operation.key() < KvOperation.FIRST_BYZANTINE_KEY) {
      open.put(call, history.invoked(client, operation));
    }
  }

  @Override
  public void returned(long now, ClientId client, long call, Bytes result) {
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

  @Override
  public void unknown(long now, ClientId client, long call) {
    History.Call done = open.remove(call);
    if (done != null) {
      history.unknown(done);
    }
  }

  @Override
  public void delivered(long now, int replica, Delivery delivery) {
    if (delivery.instance() != delivered + 1) {
      return;
    }
    delivered++;
    for (Delivery.Command command : delivery.commands()) {
      Request request = command.request();
      history.decided(request.client(), request.operation());
    }
  }

  @Override
  public void ended(long now) {
    history
        .violation()
        .ifPresent(
            why -> {
              throw new Violation("LINEARIZABLE", why);
            });
  }
}
