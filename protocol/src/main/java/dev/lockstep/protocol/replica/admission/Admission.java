package dev.lockstep.protocol.replica.admission;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Execution;
import dev.lockstep.protocol.replica.facts.Cost;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.RequestCarrier;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.BodyIntake;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Suspicion;
import dev.lockstep.protocol.replica.requests.Overdue;
import dev.lockstep.protocol.replica.requests.RequestBudgets;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Lets requests in: from their clients, from peers that vouch for them, as bodies of proposals.
 * What is in waits in the {@link RequestPool}; reads go to the service at once.
 */
public final class Admission implements BodyIntake {
  /** What an answer to a client costs without its result, roughly. */
  private static final int ANSWER_BYTES = 256;

  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final Window window;
  private final Voice voice;
  private final Regency regency;
  private final PeerCosts costs;
  private final RequestCarrier carrier;
  private final Timeouts timeouts;
  private final RequestPool pool;
  private final Sessions sessions;
  private final Replies replies;
  private final Suspicion suspicion;
  private final RequestChecks checks;
  private final Reads reads;
  private final Execution execution;

  public Admission(
      ViewHistory views,
      Clock clock,
      Outbox out,
      Window window,
      Voice voice,
      Regency regency,
      PeerCosts costs,
      RequestCarrier carrier,
      Timeouts timeouts,
      RequestPool pool,
      Sessions sessions,
      Replies replies,
      Suspicion suspicion,
      RequestChecks checks,
      RequestBudgets budgets,
      Execution execution) {
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.window = window;
    this.voice = voice;
    this.regency = regency;
    this.costs = costs;
    this.carrier = carrier;
    this.timeouts = timeouts;
    this.pool = pool;
    this.sessions = sessions;
    this.replies = replies;
    this.suspicion = suspicion;
    this.checks = checks;
    reads = new Reads(budgets);
    this.execution = execution;
  }

  /**
   * A request on the authenticated channel of its client. In SIGNED views the caller has verified
   * the signature.
   */
  public void onClientRequest(ClientId client, Message.ClientRequest message) {
    Request request = message.request();
    if (!request.client().equals(client) || !isWellFormed(request)) {
      out.count(Event.BAD_REQUEST);
      return;
    }
    if (request.kind() == Request.Kind.UNORDERED) {
      onRead(request, message.replier());
      return;
    }
    switch (pool.offerDirect(request, message.replier(), clock.now())) {
      case TAKEN -> becameAuthentic(request);
      case BUSY -> {
        out.count(Event.OVER_BUDGET);
        replies.refuse(request, message.replier(), Message.Outcome.BUSY);
      }
      case DELIVERED, SUPERSEDED -> {
        replies.again(request, message.replier());
        if (costs.mayRelay(request.weight())) {
          // A client that asks again lacks replies of others, whom it may be unable to reach.
          out.broadcast(new Message.Forwarded(List.of(request)));
        }
      }
      case VOID -> replies.again(request, message.replier());
      case EQUIVOCATION -> out.count(Event.EQUIVOCATING_CLIENT);
    }
  }

  private void onRead(Request request, int replier) {
    if (!voice.mayAnswerReads()) {
      return;
    }
    if (reads.begin(request)) {
      execution.read(request.client(), request, replier);
    } else {
      out.count(Event.OVER_BUDGET);
      replies.refuse(request, replier, Message.Outcome.BUSY);
    }
  }

  /** The service executed a read on its state as it was. */
  public void onReadDone(Request request, int replier, ServiceResult result) {
    reads.end(request);
    replies.onRead(request.client(), request, replier, result);
  }

  /** A peer vouches for requests; in SIGNED views their signatures speak for themselves. */
  public void onForwarded(int from, Message.Forwarded forwarded) {
    if (!mayBring(from, forwarded.requests())) {
      return;
    }
    for (Request request : forwarded.requests()) {
      if (request.kind() == Request.Kind.UNORDERED || !isWellFormed(request)) {
        out.count(Event.BAD_REQUEST, from);
      } else if (pool.isSigned()) {
        onBody(from, request);
        answerIfOver(from, request);
      } else if (pool.vouch(from, request, clock.now())) {
        becameAuthentic(request);
      } else {
        answerIfOver(from, request);
      }
    }
  }

  /** Bodies that were asked for; nobody vouches for them. */
  public void onBodies(int from, Message.RequestBodies bodies) {
    if (mayBring(from, bodies.requests())) {
      bodies.requests().forEach(body -> onBody(from, body));
    }
  }

  private boolean mayBring(int from, List<Request> requests) {
    if (RequestCarrier.isTooMuch(requests)) {
      out.count(Event.OVER_BUDGET, from);
      return false;
    }
    return costs.charge(from, Cost.BROUGHT_BYTES, RequestCarrier.weight(requests));
  }

  @Override
  public void onBody(int from, Request request) {
    if (mustBeChecked(from, request)) {
      checks.begin(from, request);
    }
  }

  @Override
  public void onProposed(int leader, Request request) {
    if (mustBeChecked(leader, request)) {
      checks.beginProposed(leader, request);
    }
  }

  /** Takes the body, and says whether its signature is to be checked. */
  private boolean mustBeChecked(int from, Request request) {
    if (!isWellFormed(request) || request.kind() == Request.Kind.UNORDERED) {
      out.count(Event.BAD_REQUEST, from);
      return false;
    }
    if (pool.isSigned() && pool.isKnownAuthentic(request.digest())) {
      return false;
    }
    // A body that was fetched is not thereby authentic (RULES 12); a decided value needs it anyway.
    pool.supply(request, false);
    return pool.isSigned();
  }

  /** The client's signature on a request of a peer was checked. */
  public void onVerified(int from, Request request, boolean valid) {
    checks.end(from, request);
    if (!valid) {
      out.count(Event.BAD_SIGNATURE, from);
      return;
    }
    pool.offerSigned(request, clock.now());
    pool.supply(request, true);
    becameAuthentic(request);
  }

  /** A peer cannot vote for a proposal, for want of requests. */
  public void onMissing(int from, Message.Missing missing) {
    Set<Digest> digests = new LinkedHashSet<>(missing.digests());
    if (digests.size() < missing.digests().size() || digests.size() > limits().batchRequests()) {
      out.count(Event.OVER_BUDGET, from);
      return;
    }
    if (!costs.charge(from, Cost.QUESTION)) {
      return;
    }
    if (missing.overdue()) {
      complain(from, missing.instance(), digests);
    }
    List<Request> known = new ArrayList<>();
    for (Digest digest : digests) {
      if (pool.isKnownAuthentic(digest)) {
        known.add(pool.bodyOrNull(digest));
      }
    }
    carrier.answer(from, known, Message.Forwarded::new);
  }

  private void complain(int from, long instance, Set<Digest> digests) {
    Slot slot = window.slotOrNull(instance);
    if (slot == null || slot.proposal == null) {
      return;
    }
    for (Reference proposed : slot.proposal.batch().references()) {
      if (digests.contains(proposed.digest()) && pool.complain(proposed, from)) {
        out.count(Event.GREYLISTED_CLIENT, from);
      }
    }
  }

  /** When a request will have waited too long, in microseconds. */
  public long nextDeadline() {
    return pool.nextDeadline(timeouts.current());
  }

  /**
   * A request waits too long: it is passed on to all, so that they watch the leader too; and if it
   * was before, the leader is suspected.
   */
  public void onTime() {
    Overdue overdue = pool.onDeadline(clock.now(), timeouts.current());
    if (!overdue.forward().isEmpty()) {
      out.broadcast(new Message.Forwarded(overdue.forward()));
      out.count(Event.FORWARDED);
    }
    if (overdue.suspect() && regency.isSynced()) {
      out.trace("overdue", out.traces() ? pool.describe() : "");
      suspicion.suspect("a request waits too long");
    }
  }

  private void becameAuthentic(Request request) {
    for (int asker : pool.takeAskers(request.digest())) {
      out.send(asker, new Message.Forwarded(List.of(request)));
    }
  }

  private void answerIfOver(int from, Request request) {
    Standing standing = sessions.standing(request);
    if (standing != Standing.NEXT
        && standing != Standing.LATER
        && costs.charge(from, Cost.ANSWERED_BYTES, ANSWER_BYTES)) {
      // The peer has the whole answer itself.
      replies.again(request, from);
    }
  }

  private boolean isWellFormed(Request request) {
    return request.isWellFormed(limits().requestBytes());
  }

  private View.Limits limits() {
    return views.newest().limits();
  }
}
