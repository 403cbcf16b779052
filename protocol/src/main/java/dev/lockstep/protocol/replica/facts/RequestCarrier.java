package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.kernel.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Requests on their way between replicas, FORWARDED or REQUEST_BODIES: few and light enough in each
 * message that taking it is no work to speak of, whoever sends it and however many were asked for.
 */
public final class RequestCarrier {
  /** Most bytes of requests in one message, but for a single request. */
  private static final long BYTES = 1 << 20;

  private final Outbox out;
  private final PeerCosts costs;

  public RequestCarrier(Outbox out, PeerCosts costs) {
    this.out = out;
    this.costs = costs;
  }

  /** Whether these are more than a correct peer sends in one message. */
  public static boolean isTooMuch(List<Request> requests) {
    return requests.size() > CodecLimits.CARRIED_REQUESTS
        || (requests.size() > 1 && weight(requests) > BYTES);
  }

  /** What the requests weigh, in bytes, see {@link Request#weight}. */
  public static long weight(List<Request> requests) {
    long bytes = 0;
    for (Request request : requests) {
      bytes += request.weight();
    }
    return bytes;
  }

  /**
   * Answers a peer with these requests, as far as it may have bytes; it asks again for the rest.
   *
   * @param as the message that says what they are
   */
  public void answer(
      int to, List<Request> requests, Function<List<Request>, Message.ReplicaMessage> as) {
    List<Request> some = new ArrayList<>();
    long bytes = 0;
    for (Request request : requests) {
      boolean isFull =
          some.size() == CodecLimits.CARRIED_REQUESTS || bytes + request.weight() > BYTES;
      if (!some.isEmpty() && isFull) {
        if (!send(to, some, bytes, as)) {
          return;
        }
        some = new ArrayList<>();
        bytes = 0;
      }
      some.add(request);
      bytes += request.weight();
    }
    if (!some.isEmpty()) {
      send(to, some, bytes, as);
    }
  }

  private boolean send(
      int to, List<Request> some, long bytes, Function<List<Request>, Message.ReplicaMessage> as) {
    if (!costs.charge(to, Cost.ANSWERED_BYTES, bytes)) {
      return false;
    }
    out.send(to, as.apply(some));
    return true;
  }
}
