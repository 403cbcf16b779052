package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.client.ClientActions.Ignored;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;

/**
 * The client's side of the protocol for one client identity (RULES 9 to 11, 29 to 31). See the
 * package for what a call can come to, and for bounds.
 *
 * <p>How a call goes:
 *
 * <pre>
 * invoke            queue | session open, window: all replicas | quorum of equal replies: completed
 *                         no answer: all replicas again, with back-off
 *                         quorum, but only of digests: one of them is asked for the result
 * invokeUnordered   all replicas | quorum of equal replies: completed
 *                         no quorum possible, or read timeout: queue
 * openSession       all replicas | quorum of OPENED: session open
 *                         quorum of EXPIRED (too late): a new OPEN
 * </pre>
 *
 * <p>This class is the events and who handles them: {@link ClientSessions} opens and closes, {@link
 * Calls} queues and completes, {@link RequestSender} sends and sends again, {@link ReplyQuorum}
 * says what replies mean.
 *
 * <p>Events return nothing; what is to be done comes through {@link ClientActions} within the
 * event. Times are in microseconds: {@code now} of a monotonic clock, {@code wall} of one that
 * agrees with the replicas' clocks within the view's bound. Not thread-safe.
 */
public final class Client {
  private final ClientActions actions;
  private final RequestSender sender;
  private final ReplyQuorum quorum;
  private final Calls calls;
  private final ClientSessions sessions;
  private final PushVotes pushes = new PushVotes();
  private int otherView = -1;

  /**
   * @param signer may be null unless the view has signed requests
   * @throws IllegalArgumentException if the view has signed requests and there is no signer
   */
  public Client(ClientConfig config, QuorumRule rule, Signer signer, ClientActions actions) {
    this.actions = actions;
    sender = new RequestSender(config, rule, signer, actions);
    quorum = new ReplyQuorum(sender);
    calls = new Calls(config, sender, quorum, actions);
    sessions = new ClientSessions(config, sender, quorum, calls, actions);
  }

  /** The view in which replies are counted. */
  public View view() {
    return sender.view();
  }

  /**
   * The highest view above the client's own that a member named in a reply, or -1. Only a hint: one
   * faulty replica can cause it. The host should ask for the chain of certified views (RULES 31,
   * 35), not too often, and call {@link #installView}.
   */
  public int otherViewSeen() {
    return otherView;
  }

  /** The id of the handle's session, or 0 while it has none. */
  public long sessionOf(long handle) {
    Session session = sessions.getOrNull(handle);
    return session == null ? 0 : session.id;
  }

  /** What this client holds: calls that are queued or under way, OPENs and CLOSEs. */
  public int held() {
    int held = sessions.closing();
    for (Session session : sessions.all()) {
      held += session.held();
    }
    return held;
  }

  /**
   * Time passes. To be called before every other event, and when {@link #nextDeadline} is reached.
   *
   * @param wallMicros for the deadlines of OPENs
   */
  public void onTime(long nowMicros, long wallMicros) {
    sender.advance(nowMicros, wallMicros);
    // Ends: whatever is due is done with, or gets a later time.
    for (Pending due = sender.dueOrNull(); due != null; due = sender.dueOrNull()) {
      onDue(due);
    }
  }

  /** When {@link #onTime} wants to be called again, or {@link Long#MAX_VALUE}. */
  public long nextDeadline() {
    return sender.nextDeadline();
  }

  private void onDue(Pending pending) {
    long now = sender.now();
    if (pending.callDeadline() <= now) {
      calls.onTimeout(pending);
    } else if (pending.giveUpAt <= now) {
      sessions.giveUpClose(pending);
    } else if (pending.orderAt <= now) {
      calls.order(pending);
    } else if (pending.request == null) {
      sessions.launchOpen(pending);
    } else if (pending.kind == Request.Kind.OPEN && sessions.isTooLate(pending)) {
      // Replicas need not agree any more that they saw it: those that did not would never answer.
      sessions.onTooLate(pending);
    } else {
      sender.retransmit(pending);
    }
  }

  /** Opens a session; the same as with {@code closes} 0. */
  public void openSession(long handle) {
    openSession(handle, 0);
  }

  /**
   * Opens a session. Calls may be made at once, they wait for it.
   *
   * @param handle chosen by the host, one for each session; only the host sees it
   * @param closes id of a session of the same identity, for example of a process that crashed,
   *     which is closed with it: nothing that was sent in it is executed afterwards, and {@link
   *     ClientActions#sessionOpened} tells what was. 0 for none
   * @throws IllegalArgumentException if the handle is in use
   */
  public void openSession(long handle, long closes) {
    sessions.open(handle, closes);
  }

  /**
   * Gives the handle a new session. If it has one, that is closed with the same operation, and
   * every call under way in it is completed with what is then known for certain (RULES 9). Queued
   * calls go to the new session. No effect while an OPEN is under way. An unknown handle is opened.
   */
  public void reopenSession(long handle) {
    sessions.reopen(handle);
  }

  /**
   * Forgets the handle. Calls that are queued end with NOT_EXECUTED, calls under way with
   * MAY_EXECUTE. If the session is open and nothing is under way in it, the group is asked to end
   * it; {@link ClientActions#sessionClosed} says when that is done, and the host should wait for it
   * before it goes away. Otherwise, or if nobody answers, the next OPEN of this client that has
   * nothing else to close closes the session that was left behind, if it has not expired by then.
   */
  public void closeSession(long handle) {
    sessions.close(handle);
  }

  /** An ordered operation of which all correct replicas give the same reply. */
  public void invoke(long handle, long call, Bytes operation) {
    invoke(handle, call, operation, null, null);
  }

  /**
   * An ordered operation. Operations of a handle are executed in the order of these calls. With a
   * comparator or an extractor all replicas answer whole (RULES 30).
   *
   * @param call chosen by the host, for {@link ClientActions#completed}, which may come at once
   * @param comparator null if the replies of correct replicas are equal bytes
   * @param extractor null to get the reply of the first replica of the quorum
   */
  public void invoke(
      long handle,
      long call,
      Bytes operation,
      ReplyComparator comparator,
      ReplyExtractor extractor) {
    calls.invoke(sessions.getOrNull(handle), call, operation, comparator, extractor);
  }

  /** A read of which all correct replicas give the same reply. */
  public void invokeUnordered(long handle, long call, Bytes operation) {
    invokeUnordered(handle, call, operation, null, null);
  }

  /**
   * An operation that changes nothing, on the state that a quorum of replicas has delivered;
   * ordered in the handle's session instead if that gives no quorum (RULES 29). Needs no open
   * session before that. Parameters as for {@link #invoke(long, long, Bytes, ReplyComparator,
   * ReplyExtractor)}.
   */
  public void invokeUnordered(
      long handle,
      long call,
      Bytes operation,
      ReplyComparator comparator,
      ReplyExtractor extractor) {
    calls.invokeUnordered(sessions.getOrNull(handle), call, operation, comparator, extractor);
  }

  /** The channel to the replica was made anew; what was sent on the old one may be lost. */
  public void onReconnect(int replica) {
    sender.resendTo(replica);
  }

  /**
   * A newer view, which the host has verified. Everything under way is sent to its members at once;
   * replies of the older view count no more. An older view than the client's has no effect. A
   * request under way that is larger than the new view allows will not be answered; its session has
   * to be reopened.
   *
   * @throws IllegalArgumentException if the mode differs, or the view has signed requests and there
   *     is no signer
   */
  public void installView(View next) {
    if (next.mode() != view().mode()) {
      throw new IllegalArgumentException("the mode of a group never changes");
    }
    if (next.id() <= view().id()) {
      return;
    }
    sender.install(next);
    if (otherView <= next.id()) {
      otherView = -1;
    }
    sessions.all().forEach(calls::sendQueued);
  }

  /** A message on the authenticated channel of a replica. */
  public void onReply(int replica, Message.ToClient message) {
    int position = view().indexOf(replica);
    if (message instanceof Message.Reply reply) {
      onReply(replica, position, reply);
    } else if (message instanceof Message.Push push) {
      if (position < 0) {
        actions.ignored(replica, Ignored.NOT_A_MEMBER);
      } else if (pushes.add(position, push, sender.quorums())) {
        actions.pushed(push);
      }
    }
  }

  private void onReply(int replica, int position, Message.Reply reply) {
    Pending pending = sender.underWayOrNull(reply.requestDigest());
    Ignored reason = quorum.reasonToIgnore(position, pending, reply);
    if (reason == Ignored.OTHER_VIEW && reply.view() > view().id()) {
      otherView = Math.max(otherView, reply.view());
    }
    if (reason != null) {
      actions.ignored(replica, reason);
      return;
    }
    if (reply.outcome() == Outcome.BUSY) {
      sender.delay(pending); // and no vote
      return;
    }
    pending.ballot.put(position, reply);
    if (pending.call != null) {
      actions.replied(pending.call.id(), replica, reply.outcome(), reply.result());
    }
    count(pending, position);
  }

  private void count(Pending pending, int position) {
    if (pending.kind == Request.Kind.ORDERED && pending.call == null && pending.ballot.isPast()) {
      calls.onPast(pending, null);
      return;
    }
    ReplyQuorum.Answer answer = quorum.answerOrNull(pending, position);
    if (answer == null) {
      if (pending.kind == Request.Kind.UNORDERED && quorum.isHopeless(pending)) {
        calls.order(pending);
      }
      return;
    }
    switch (pending.kind) {
      case OPEN -> sessions.onOpenAnswered(pending, answer);
      case ORDERED -> onOrderedAnswered(pending, answer);
      case CLOSE -> sessions.onCloseAnswered(pending, answer.outcome());
      case UNORDERED -> calls.onReadAnswered(pending, answer);
    }
  }

  private void onOrderedAnswered(Pending pending, ReplyQuorum.Answer answer) {
    Session session = pending.session;
    switch (answer.outcome()) {
      case REFUSED -> {
        // Nobody is ever to execute its sequence, and what comes after it in the session would wait
        // for ever. The session is closed with the next.
        calls.onRefused(pending);
        sessions.reopen(session.handle);
      }
      case EXPIRED -> {
        // While the session is being closed, the answer to the OPEN says more than this.
        if (session.state == Session.State.OPEN) {
          sessions.onLost(session);
        }
      }
      default -> calls.onPlaceExecuted(pending, answer);
    }
  }
}
