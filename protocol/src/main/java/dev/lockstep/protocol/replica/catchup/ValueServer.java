package dev.lockstep.protocol.replica.catchup;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.Cost;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.facts.RequestCarrier;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Gives values of open instances, and bodies of requests, to peers that ask for them. */
public final class ValueServer {
  private final ViewHistory views;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final PeerCosts costs;
  private final RequestCarrier carrier;
  private final RequestPool pool;
  private final DecisionServer server;

  public ValueServer(
      ViewHistory views,
      Outbox out,
      DecisionLog log,
      Window window,
      PeerCosts costs,
      RequestCarrier carrier,
      RequestPool pool,
      DecisionServer server) {
    this.views = views;
    this.out = out;
    this.log = log;
    this.window = window;
    this.costs = costs;
    this.carrier = carrier;
    this.pool = pool;
    this.server = server;
  }

  public void onFetchValue(int from, Message.FetchValue fetch) {
    if (!costs.charge(from, Cost.QUESTION)) {
      return;
    }
    if (fetch.instance() >= 1 && fetch.instance() <= log.last()) {
      server.push(from, fetch.instance() - 1);
      return;
    }
    Slot slot = window.slotOrNull(fetch.instance());
    Batch value = slot == null ? null : slot.values.get(fetch.digest());
    if (value != null && costs.charge(from, Cost.ANSWERED_BYTES, bytes(value))) {
      out.send(from, new Message.Value(value));
    }
  }

  public void onFetchRequests(int from, Message.FetchRequests fetch) {
    int most = Math.max(CodecLimits.CARRIED_REQUESTS, views.newest().limits().batchRequests());
    Set<Digest> wanted = new LinkedHashSet<>(fetch.digests());
    if (wanted.size() < fetch.digests().size() || wanted.size() > most) {
      // Nobody has a reason to ask twice in one message, nor for more than a batch.
      out.count(Event.OVER_BUDGET, from);
      return;
    }
    if (!costs.charge(from, Cost.QUESTION)) {
      return;
    }
    List<Request> vouched = new ArrayList<>();
    List<Request> held = new ArrayList<>();
    for (Digest digest : wanted) {
      Request body = pool.bodyOrNull(digest);
      if (body != null && pool.isKnownAuthentic(digest)) {
        vouched.add(body);
        continue;
      }
      if (body != null) {
        held.add(body);
      }
      if (fetch.vouch()) {
        pool.rememberAsker(digest, from);
      }
    }
    carrier.answer(from, vouched, Message.Forwarded::new);
    carrier.answer(from, held, Message.RequestBodies::new);
  }

  private static long bytes(Batch value) {
    return 128 + (long) Reference.BYTES * value.references().size();
  }
}
