package dev.lockstep.protocol.replica.admission;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Execution;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.ServingBudget;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.BodyIntake;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Suspicion;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.Overdue;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets requests in: from their clients, from peers that vouch for them, as bodies of proposals.
 * What is in waits in the {@link RequestPool}; reads go to the service at once.
 */
public final class Admission implements BodyIntake {
  private final Genesis genesis;
  private final ViewHistory views;
  private final Clock clock;
  private final Work work;
  private final Outbox out;
  private final Window window;
  private final Voice voice;
  private final Regency regency;
  private final ServingBudget budget;
  private final Timeouts timeouts;
  private final RequestPool pool;
  private final Sessions sessions;
  private final Replies replies;
  private final Suspicion suspicion;
  private final Verifier verifier;
  private final Execution execution;

  public Admission(
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Work work,
      Outbox out,
      Window window,
      Voice voice,
      Regency regency,
      ServingBudget budget,
      Timeouts timeouts,
      RequestPool pool,
      Sessions sessions,
      Replies replies,
      Suspicion suspicion,
      Verifier verifier,
      Execution execution) {
    this.genesis = genesis;
    this.views = views;
    this.clock = clock;
    this.work = work;
    this.out = out;
    this.window = window;
    this.voice = voice;
    this.regency = regency;
    this.budget = budget;
    this.timeouts = timeouts;
    this.pool = pool;
    this.sessions = sessions;
    this.replies = replies;
    this.suspicion = suspicion;
    this.verifier = verifier;
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
      if (voice.mayAnswerReads()) {
        execution.read(client, request, message.replier());
      }
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
        if (budget.mayRelay()) {
          // A client that asks again lacks replies of others, whom it may be unable to reach.
          out.broadcast(new Message.Forwarded(List.of(request)));
        }
      }
      case VOID -> replies.again(request, message.replier());
      case EQUIVOCATION -> out.count(Event.EQUIVOCATING_CLIENT);
    }
  }

  /** A peer vouches for requests; in SIGNED views their signatures speak for themselves. */
  public void onForwarded(int from, Message.Forwarded forwarded) {
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
    work.add();
  }

  @Override
  public void onBody(int from, Request request) {
    if (!isWellFormed(request) || request.kind() == Request.Kind.UNORDERED) {
      out.count(Event.BAD_REQUEST, from);
      return;
    }
    work.add();
    if (!pool.isSigned()) {
      // A body that was fetched is not thereby authentic (RULES 12).
      pool.supply(request, false);
      return;
    }
    if (pool.isKnownAuthentic(request.digest())) {
      return;
    }
    if (!verifier.client(
        request.client(),
        Statements.request(genesis.cluster(), request.digest()),
        request.signature())) {
      // A decided value needs the body whatever became of the signature on its way.
      pool.supply(request, false);
      out.count(Event.BAD_SIGNATURE, from);
      return;
    }
    pool.offerSigned(request, clock.now());
    pool.supply(request, true);
    becameAuthentic(request);
  }

  /** A peer cannot vote for a proposal, for want of requests. */
  public void onMissing(int from, Message.Missing missing) {
    if (missing.digests().size() > limits().batchRequests()) {
      out.count(Event.OVER_BUDGET, from);
      return;
    }
    List<Request> known = new ArrayList<>();
    for (Digest digest : missing.digests()) {
      Slot slot = missing.overdue() ? window.slotOrNull(missing.instance()) : null;
      Reference proposed = slot == null ? null : slot.proposedOrNull(digest);
      if (proposed != null && pool.complain(proposed, from)) {
        out.count(Event.GREYLISTED_CLIENT, from);
      }
      if (pool.isKnownAuthentic(digest)) {
        known.add(pool.bodyOrNull(digest));
      }
    }
    if (!known.isEmpty() && budget.mayHaveBodies(from, known.size())) {
      out.send(from, new Message.Forwarded(known));
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
    work.add();
    for (int asker : pool.takeAskers(request.digest())) {
      out.send(asker, new Message.Forwarded(List.of(request)));
    }
  }

  private void answerIfOver(int from, Request request) {
    Standing standing = sessions.standing(request);
    if (standing != Standing.NEXT && standing != Standing.LATER && budget.mayHaveBodies(from, 1)) {
      replies.again(request, -1);
    }
  }

  private boolean isWellFormed(Request request) {
    return request.isWellFormed(limits().requestBytes());
  }

  private View.Limits limits() {
    return views.newest().limits();
  }
}
