package dev.lockstep.protocol.replica.catchup;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.ServingBudget;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.List;

/** Gives values of open instances, and bodies of requests, to peers that ask for them. */
public final class ValueServer {
  private final ViewHistory views;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final ServingBudget budget;
  private final RequestPool pool;
  private final DecisionServer server;

  public ValueServer(
      ViewHistory views,
      Outbox out,
      DecisionLog log,
      Window window,
      ServingBudget budget,
      RequestPool pool,
      DecisionServer server) {
    this.views = views;
    this.out = out;
    this.log = log;
    this.window = window;
    this.budget = budget;
    this.pool = pool;
    this.server = server;
  }

  public void onFetchValue(int from, Message.FetchValue fetch) {
    if (fetch.instance() >= 1 && fetch.instance() <= log.last()) {
      server.push(from, fetch.instance() - 1);
      return;
    }
    Slot slot = window.slotOrNull(fetch.instance());
    Batch value = slot == null ? null : slot.values.get(fetch.digest());
    if (value != null && budget.mayHaveBodies(from, 1)) {
      out.send(from, new Message.Value(value));
    }
  }

  public void onFetchRequests(int from, Message.FetchRequests fetch) {
    if (fetch.digests().size() > views.newest().limits().batchRequests()
        || !budget.mayHaveBodies(from, fetch.digests().size())) {
      out.count(Event.OVER_BUDGET, from);
      return;
    }
    List<Request> vouched = new ArrayList<>();
    List<Request> held = new ArrayList<>();
    for (Digest digest : fetch.digests()) {
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
    if (!vouched.isEmpty()) {
      out.send(from, new Message.Forwarded(vouched));
    }
    if (!held.isEmpty()) {
      out.send(from, new Message.RequestBodies(held));
    }
  }
}
