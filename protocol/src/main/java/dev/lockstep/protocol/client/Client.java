package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.client.ClientActions.Ignored;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The client's side of the protocol for one client identity (RULES 9 to 11, 29 to 31; PROTOCOL 1.9,
 * 2.4). See the package for what a call can come to, and for bounds.
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
 * <p>A quorum is always the vote quorum of the client's view, also in crash mode, so that a read
 * quorum meets the quorum that answered a write (RULES 29, F6).
 *
 * <p>Events return nothing; what is to be done comes through {@link ClientActions} within the
 * event. Times are in microseconds: {@code now} of a monotonic clock, {@code wall} of one that
 * agrees with the replicas' clocks within the view's bound. Not thread-safe.
 */
public final class Client {
  private final ClientConfig config;
  private final QuorumRule rule;
  private final Signer signer;
  private final ClientActions actions;

  private View view;
  private QuorumSystem quorums;
  private int otherView = -1;

  private long now;
  private long wall;
  private long nextNumber;
  private long nextNonce;
  private long nextRead;

  private final Map<Long, Session> sessions = new TreeMap<>();
  private final PushVotes pushes = new PushVotes();

  /** Sessions that were given up without being closed: later OPENs close them. */
  private final Deque<Long> unclosed = new ArrayDeque<>();

  /** CLOSEs under way; their handles are forgotten already. */
  private final Set<Pending> closing = new LinkedHashSet<>();

  /** Everything with a request, by its digest, in the order in which it was sent first. */
  private final Map<Digest, Pending> underWay = new LinkedHashMap<>();

  private final TreeSet<Pending> timers =
      new TreeSet<>(
          Comparator.<Pending>comparingLong(pending -> pending.wakeAt)
              .thenComparingLong(pending -> pending.number));

  /**
   * @param signer may be null unless the view has signed requests
   * @throws IllegalArgumentException if the view has signed requests and there is no signer
   */
  public Client(ClientConfig config, QuorumRule rule, Signer signer, ClientActions actions) {
    this.config = config;
    this.rule = rule;
    this.signer = signer;
    this.actions = actions;
    enter(config.view());
    // Numbers of reads start somewhere: a late reply to a read of an earlier process of this
    // identity, with the same operation, must not count for a read of this one.
    nextRead = derived("LOCKSTEP-FIRST-READ", 0) >>> 2;
  }

  private void enter(View next) {
    if (isSigned(next) && signer == null) {
      throw new IllegalArgumentException("view " + next.id() + " has signed requests: no signer");
    }
    view = next;
    quorums = new QuorumSystem(next, rule);
  }

  private static boolean isSigned(View view) {
    return view.byzantine() && view.limits().authentication() == View.RequestAuthentication.SIGNED;
  }

  private long derived(String label, long counter) {
    return new Encoder(128)
        .label(label)
        .digest(config.nonceSeed())
        .i64(config.client().high())
        .i64(config.client().low())
        .i64(counter)
        .hash()
        .a();
  }

  // ---- questions ----------------------------------------------------------------------------

  /** The view in which replies are counted. */
  public View view() {
    return view;
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
    Session session = sessions.get(handle);
    return session == null ? 0 : session.id;
  }

  /** What this client holds: calls that are queued or under way, OPENs and CLOSEs. */
  public int held() {
    int held = 0;
    for (Session session : sessions.values()) {
      held += session.outstanding.size() + session.queue.size() + session.reads.size();
      held += session.open == null ? 0 : 1;
    }
    return held + closing.size();
  }

  // ---- time ---------------------------------------------------------------------------------

  /**
   * Time passes. To be called before every other event, and when {@link #nextDeadline} is reached.
   *
   * @param wallMicros for the deadlines of OPENs
   */
  public void onTime(long nowMicros, long wallMicros) {
    now = Math.max(now, nowMicros);
    wall = wallMicros;
    // Ends: whatever is due is done with, or gets a later time.
    while (!timers.isEmpty() && timers.first().wakeAt <= now) {
      onDue(timers.first());
    }
  }

  /** When {@link #onTime} wants to be called again, or {@link Long#MAX_VALUE}. */
  public long nextDeadline() {
    return timers.isEmpty() ? Long.MAX_VALUE : timers.first().wakeAt;
  }

  private void onDue(Pending pending) {
    if (pending.callDeadline() <= now) {
      onCallTimeout(pending);
    } else if (pending.giveUpAt <= now) {
      release(pending);
      leaveBehind(pending.session);
    } else if (pending.orderAt <= now) {
      order(pending);
    } else if (pending.request == null) {
      launchOpen(pending);
    } else {
      retransmit(pending);
    }
  }

  private void schedule(Pending pending) {
    timers.remove(pending);
    pending.wakeAt = pending.earliest();
    if (pending.wakeAt != Long.MAX_VALUE) {
      timers.add(pending);
    }
  }

  private static long sum(long time, long duration) {
    long sum = time + duration;
    return sum < time ? Long.MAX_VALUE : sum;
  }

  // ---- sessions -----------------------------------------------------------------------------

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
    if (sessions.containsKey(handle)) {
      throw new IllegalArgumentException("handle " + handle + " is in use");
    }
    if (sessions.size() >= view.limits().sessionsPerClient()) {
      actions.sessionRefused(handle);
      return;
    }
    Session session = new Session(handle);
    sessions.put(handle, session);
    open(session, closes);
  }

  /**
   * Gives the handle a new session. If it has one, that is closed with the same operation, and
   * every call under way in it is completed with what is then known for certain (RULES 9). Queued
   * calls go to the new session. No effect while an OPEN is under way. An unknown handle is opened.
   */
  public void reopenSession(long handle) {
    Session session = sessions.get(handle);
    if (session == null) {
      openSession(handle, 0);
    } else if (session.state == Session.State.OPEN) {
      session.state = Session.State.REOPENING;
      open(session, session.id);
    } else if (session.state == Session.State.OVER) {
      session.state = Session.State.OPENING;
      open(session, 0);
    }
  }

  /**
   * Forgets the handle. Calls that are queued end with NOT_EXECUTED, calls under way with
   * MAY_EXECUTE. If the session is open and nothing is under way in it, the group is asked to end
   * it; {@link ClientActions#sessionClosed} says when that is done, and the host should wait for it
   * before it goes away. Otherwise, or if nobody answers, the next OPEN of this client that has
   * nothing else to close closes the session that was left behind, if it has not expired by then.
   */
  public void closeSession(long handle) {
    Session session = sessions.remove(handle);
    if (session == null) {
      return;
    }
    boolean sendable =
        session.state == Session.State.OPEN
            && session.outstanding.isEmpty()
            && closing.size() < view.limits().sessionsPerClient();
    if (session.open != null) {
      release(session.open);
    }
    endAll(session, Status.MAY_EXECUTE);
    for (Pending read : List.copyOf(session.reads)) {
      finish(read, ClientResult.of(Status.NOT_EXECUTED));
    }
    if (sendable) {
      close(session);
    } else {
      leaveBehind(session);
    }
  }

  private void close(Session session) {
    Pending pending = new Pending(nextNumber++, session, Request.Kind.CLOSE, null);
    pending.giveUpAt = sum(now, config.timing().callTimeoutMicros());
    closing.add(pending);
    launch(
        pending,
        new Request(
            Request.Kind.CLOSE,
            config.client(),
            session.id,
            session.nextSequence,
            Bytes.EMPTY,
            Bytes.EMPTY));
  }

  private void leaveBehind(Session session) {
    if (session.id != 0) {
      unclosed.add(session.id);
      if (unclosed.size() > view.limits().sessionsPerClient()) {
        unclosed.remove();
      }
    }
    actions.sessionClosed(session.handle);
  }

  private void open(Session session, long closes) {
    session.closes = closes != 0 || unclosed.isEmpty() ? closes : unclosed.remove();
    session.lateOpens = 0;
    makeOpen(session, now);
  }

  private void makeOpen(Session session, long at) {
    session.open = new Pending(nextNumber++, session, Request.Kind.OPEN, null);
    session.open.sendAt = at;
    if (at <= now) {
      launchOpen(session.open);
    } else {
      schedule(session.open);
    }
  }

  private void launchOpen(Pending pending) {
    View.Limits limits = view.limits();
    long bound = limits.openBoundMicros();
    long most = Math.max(bound - 2 * limits.clockBoundMicros(), bound / 2);
    OpenSession open =
        new OpenSession(
            derived("LOCKSTEP-OPEN-NONCE", nextNonce++),
            sum(wall, Math.min(config.timing().openDeadlineMicros(), most)),
            pending.session.closes);
    launch(
        pending, new Request(Request.Kind.OPEN, config.client(), 0, 0, open.encode(), Bytes.EMPTY));
  }

  /** A quorum answered an OPEN. */
  private void onOpenAnswered(Pending pending, Outcome outcome, long agreeing) {
    Session session = pending.session;
    if (outcome == Outcome.EXPIRED) {
      release(pending);
      // It may have taken effect before its deadline, and nobody will say so any more. Its session
      // expires by itself; what it closed is then found to be over, and calls become LOST. From the
      // second time on with a delay: a clock that is behind makes every OPEN late.
      session.lateOpens++;
      long delay = 0;
      for (int i = 1; i < session.lateOpens; i++) {
        delay = i == 1 ? config.timing().retransmitMicros() : longer(delay);
      }
      makeOpen(session, sum(now, delay));
      return;
    }
    if (outcome == Outcome.REFUSED) {
      onRefused(pending);
      return;
    }
    Bytes whole = wholeOrAsk(pending, agreeing);
    if (whole == null) {
      return;
    }
    OpenedResult opened = OpenedResult.decodeOrNull(whole);
    if (opened == null) {
      onRefused(pending); // cannot be while at most f replicas are faulty
      return;
    }
    release(pending);
    for (Pending fenced : List.copyOf(session.outstanding.values())) {
      finish(fenced, fenced.call == null ? null : afterClosing(fenced, opened));
    }
    session.id = opened.session();
    session.closes = 0;
    session.nextSequence = 1;
    session.state = Session.State.OPEN;
    actions.sessionOpened(session.handle, opened);
    sendQueued(session);
  }

  private void onRefused(Pending pending) {
    Session session = pending.session;
    release(pending);
    session.closes = 0;
    if (session.state == Session.State.REOPENING) {
      // The OPEN may still be bound a second time and then find room; the session it closes would
      // turn out to be lost, like one that expired.
      session.state = Session.State.OPEN;
      sendQueued(session);
    } else {
      session.state = Session.State.OVER;
      endAll(session, Status.LOST);
    }
    actions.sessionRefused(session.handle);
  }

  /** What closing the session says about a request that was under way in it (RULES 9). */
  private static ClientResult afterClosing(Pending pending, OpenedResult opened) {
    long sequence = pending.request.sequence();
    if (opened.closedLastExecuted() < 0) {
      return ClientResult.of(Status.LOST);
    }
    if (sequence > opened.closedLastExecuted()) {
      return ClientResult.of(Status.NOT_EXECUTED);
    }
    OpenedResult.Held held = opened.heldOrNull(sequence);
    if (held != null && !held.request().equals(pending.request.digest())) {
      return ClientResult.of(Status.CONFLICT);
    }
    if (held == null || held.outcome() != Outcome.EXECUTED) {
      return ClientResult.of(Status.FORGOTTEN);
    }
    Bytes value = extracted(pending, List.of(held.result()));
    return value == null ? ClientResult.of(Status.FORGOTTEN) : ClientResult.executed(value);
  }

  /** A quorum says that the session is unknown, foreign or over: so it stays (RULES 9). */
  private void onLost(Session session) {
    session.state = Session.State.OVER;
    session.id = 0;
    endAll(session, Status.LOST);
    actions.sessionLost(session.handle);
  }

  /**
   * Ends all calls but unordered reads.
   *
   * @param sent what is known of those that were sent; the others were never executed
   */
  private void endAll(Session session, Status sent) {
    for (Pending pending : List.copyOf(session.outstanding.values())) {
      finish(pending, ClientResult.of(sent));
    }
    for (Pending pending : List.copyOf(session.queue)) {
      finish(pending, ClientResult.of(Status.NOT_EXECUTED));
    }
  }

  // ---- calls --------------------------------------------------------------------------------

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
    Session session = sessions.get(handle);
    Pending.Call made = called(call, operation, comparator, extractor);
    boolean sendable =
        session != null
            && session.queue.isEmpty()
            && session.hasWindow(view.limits().sessionWindow());
    if (isTaken(session, made, sendable)) {
      enqueue(session, made);
      sendQueued(session);
    }
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
    Session session = sessions.get(handle);
    Pending.Call made = called(call, operation, comparator, extractor);
    if (!isTaken(session, made, false)) {
      return;
    }
    Pending read = new Pending(nextNumber++, session, Request.Kind.UNORDERED, made);
    session.reads.add(read);
    read.orderAt = sum(now, config.timing().readTimeoutMicros());
    launch(
        read,
        new Request(
            Request.Kind.UNORDERED, config.client(), 0, nextRead++, operation, Bytes.EMPTY));
  }

  private Pending.Call called(
      long call, Bytes operation, ReplyComparator comparator, ReplyExtractor extractor) {
    long deadline = sum(now, config.timing().callTimeoutMicros());
    return new Pending.Call(call, operation, comparator, extractor, deadline);
  }

  private boolean isTaken(Session session, Pending.Call call, boolean sendable) {
    Status refusal = null;
    if (session == null || session.state == Session.State.OVER) {
      refusal = Status.NOT_EXECUTED;
    } else if (isTooLarge(call)) {
      refusal = Status.REFUSED;
    } else if (!sendable && !session.hasQueueRoom(config.queuedCalls())) {
      refusal = Status.BUSY;
    }
    if (refusal != null) {
      actions.completed(call.id(), ClientResult.of(refusal));
    }
    return refusal == null;
  }

  private boolean isTooLarge(Pending.Call call) {
    return call.operation().length() > view.limits().requestBytes();
  }

  private void enqueue(Session session, Pending.Call call) {
    Pending pending = new Pending(nextNumber++, session, Request.Kind.ORDERED, call);
    session.queue.add(pending);
    schedule(pending);
  }

  private void sendQueued(Session session) {
    while (!session.queue.isEmpty() && session.hasWindow(view.limits().sessionWindow())) {
      Pending next = session.queue.iterator().next();
      if (isTooLarge(next.call)) {
        // The view has changed since. No replica would take it, and its sequence would stop all.
        finish(next, ClientResult.of(Status.REFUSED));
        continue;
      }
      session.queue.remove(next);
      long sequence = session.nextSequence++;
      session.outstanding.put(sequence, next);
      launch(
          next,
          new Request(
              Request.Kind.ORDERED,
              config.client(),
              session.id,
              sequence,
              next.call.operation(),
              Bytes.EMPTY));
    }
  }

  /** An unordered read found no quorum: the same call, but ordered. */
  private void order(Pending read) {
    Session session = read.session;
    release(read);
    if (session.state == Session.State.OVER) {
      complete(read, ClientResult.of(Status.NOT_EXECUTED));
      return;
    }
    enqueue(session, read.call);
    sendQueued(session);
  }

  private void onCallTimeout(Pending pending) {
    if (pending.request == null || pending.kind == Request.Kind.UNORDERED) {
      finish(pending, ClientResult.of(Status.NOT_EXECUTED));
      return;
    }
    // The caller has its answer, but the sequence is used: see the package for why it stays.
    boolean executed = pending.ballot.isExecuted();
    complete(pending, ClientResult.of(executed ? Status.FORGOTTEN : Status.MAY_EXECUTE));
    if (pending.ballot.isPast()) {
      onPast(pending, null);
    } else {
      schedule(pending);
    }
  }

  // ---- sending ------------------------------------------------------------------------------

  private void launch(Pending pending, Request request) {
    pending.request = signed(request);
    underWay.put(request.digest(), pending);
    pending.replier = (int) (pending.number % view.size());
    start(pending);
  }

  /** Sends to all members of the view with an empty ballot and from the shortest interval on. */
  private void start(Pending pending) {
    pending.ballot = new Ballot(quorums);
    pending.intervalMicros = config.timing().retransmitMicros();
    sendToAll(pending);
  }

  private Request signed(Request request) {
    if (!isSigned(view) || request.kind() == Request.Kind.UNORDERED) {
      return request;
    }
    return request.withSignature(
        signer.sign(Statements.request(config.cluster(), request.digest())));
  }

  /** Whether the deadline of an OPEN has passed by every correct clock. */
  private boolean isTooLate(Request request) {
    OpenSession open = OpenSession.decodeOrNull(request.operation());
    return wall > sum(open.deadlineMicros(), 2 * view.limits().clockBoundMicros());
  }

  private void retransmit(Pending pending) {
    if (pending.kind == Request.Kind.OPEN && isTooLate(pending.request)) {
      // Replicas need not agree any more that they saw it: those that did not would never answer.
      onOpenAnswered(pending, Outcome.EXPIRED, 0);
      return;
    }
    pending.intervalMicros = longer(pending.intervalMicros);
    pending.replier = (pending.replier + 1) % view.size();
    sendToAll(pending);
  }

  private long longer(long interval) {
    return Math.min(config.timing().retransmitCapMicros(), sum(interval, interval));
  }

  private void sendToAll(Pending pending) {
    pending.askedForWhole = false;
    pending.delayed = false;
    pending.sendAt = sum(now, pending.intervalMicros);
    schedule(pending);
    if (isPaused(pending)) {
      return;
    }
    Message.ClientRequest message = message(pending);
    for (View.Member member : view.members()) {
      actions.send(member.replica(), message);
    }
  }

  private static boolean isPaused(Pending pending) {
    return pending.kind == Request.Kind.ORDERED && pending.session.state == Session.State.REOPENING;
  }

  private Message.ClientRequest message(Pending pending) {
    int replier =
        pending.isCustom() ? -1 : view.members().get(pending.replier % view.size()).replica();
    return new Message.ClientRequest(pending.request, replier);
  }

  /** The channel to the replica was made anew; what was sent on the old one may be lost. */
  public void onReconnect(int replica) {
    int member = view.indexOf(replica);
    if (member < 0) {
      return;
    }
    for (Pending pending : underWay.values()) {
      if (!pending.ballot.has(member) && !isPaused(pending)) {
        actions.send(replica, message(pending));
      }
    }
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
    if (next.mode() != view.mode()) {
      throw new IllegalArgumentException("the mode of a group never changes");
    }
    if (next.id() <= view.id()) {
      return;
    }
    enter(next);
    if (otherView <= next.id()) {
      otherView = -1;
    }
    for (Pending pending : underWay.values()) {
      // The signature is not part of the request's digest.
      pending.request = signed(pending.request.withSignature(Bytes.EMPTY));
      pending.replier = (int) (pending.number % view.size());
      start(pending);
    }
    sessions.values().forEach(this::sendQueued);
  }

  // ---- replies ------------------------------------------------------------------------------

  /** A message on the authenticated channel of a replica. */
  public void onReply(int replica, Message.ToClient message) {
    if (message instanceof Message.Reply reply) {
      int member = view.indexOf(replica);
      Pending pending = underWay.get(reply.requestDigest());
      Ignored reason = reasonToIgnore(member, pending, reply);
      if (reason == Ignored.OTHER_VIEW) {
        otherView = Math.max(otherView, reply.view() > view.id() ? reply.view() : -1);
      }
      if (reason != null) {
        actions.ignored(replica, reason);
      } else if (reply.outcome() == Outcome.BUSY) {
        onBusy(pending);
      } else {
        pending.ballot.put(member, reply);
        if (pending.call != null) {
          actions.replied(pending.call.id(), replica, reply.outcome(), reply.result());
        }
        count(pending, member);
      }
    } else if (message instanceof Message.Push push) {
      int member = view.indexOf(replica);
      if (member < 0) {
        actions.ignored(replica, Ignored.NOT_A_MEMBER);
      } else if (pushes.add(member, push, quorums)) {
        actions.pushed(push);
      }
    }
  }

  private Ignored reasonToIgnore(int member, Pending pending, Message.Reply reply) {
    if (member < 0) {
      return Ignored.NOT_A_MEMBER;
    }
    if (pending == null
        || pending.request.session() != reply.session()
        || pending.request.sequence() != reply.sequence()) {
      return Ignored.UNKNOWN_REQUEST;
    }
    if (reply.view() != view.id()) {
      return Ignored.OTHER_VIEW;
    }
    return isWellFormed(pending, reply) ? null : Ignored.MALFORMED;
  }

  /** Whether a correct replica may answer this request so. */
  private static boolean isWellFormed(Pending pending, Message.Reply reply) {
    Outcome outcome = reply.outcome();
    boolean hasResult = outcome == Outcome.EXECUTED || outcome == Outcome.OPENED;
    if (reply.result() == null && hasResult) {
      // Digests of results that may differ say nothing.
      return isPossible(pending.kind, outcome) && !pending.isCustom();
    }
    Bytes result = hasResult ? reply.result() : Bytes.EMPTY;
    return isPossible(pending.kind, outcome)
        && ResultDigest.of(outcome, result).equals(reply.resultDigest());
  }

  private static boolean isPossible(Request.Kind kind, Outcome outcome) {
    return switch (outcome) {
      case BUSY -> true;
      case EXECUTED -> kind != Request.Kind.OPEN;
      case OPENED -> kind == Request.Kind.OPEN;
      case CONFLICT, FORGOTTEN -> kind == Request.Kind.ORDERED || kind == Request.Kind.CLOSE;
      case EXPIRED -> kind != Request.Kind.UNORDERED;
      case REFUSED -> true;
    };
  }

  /** One replica has no room: the next retry comes later, once for each retry. No vote. */
  private void onBusy(Pending pending) {
    if (!pending.delayed) {
      pending.delayed = true;
      pending.sendAt = sum(pending.sendAt, pending.intervalMicros);
      schedule(pending);
    }
  }

  /** Only the group of the reply that came last can have become a quorum. */
  private void count(Pending pending, int member) {
    if (pending.kind == Request.Kind.ORDERED && pending.call == null && pending.ballot.isPast()) {
      onPast(pending, null);
      return;
    }
    long agreeing = pending.ballot.agreeing(member, pending.comparator());
    Outcome outcome = pending.ballot.outcome(member);
    if (!quorums.isVoteQuorum(agreeing)) {
      if (pending.kind == Request.Kind.UNORDERED
          && pending.ballot.isHopeless(pending.comparator())) {
        order(pending);
      }
      return;
    }
    switch (pending.kind) {
      case OPEN -> onOpenAnswered(pending, outcome, agreeing);
      case ORDERED -> onOrderedAnswered(pending, outcome, agreeing);
      case CLOSE -> {
        release(pending);
        // Executed, or found that there is no such session any more: it is over in any case.
        if (outcome == Outcome.EXECUTED || outcome == Outcome.EXPIRED) {
          actions.sessionClosed(pending.session.handle);
        } else {
          leaveBehind(pending.session);
        }
      }
      case UNORDERED -> onReadAnswered(pending, outcome, agreeing);
    }
  }

  private void onOrderedAnswered(Pending pending, Outcome outcome, long agreeing) {
    switch (outcome) {
      case EXECUTED -> {
        Bytes value = valueOrAsk(pending, agreeing);
        if (value != null) {
          onPast(pending, ClientResult.executed(value));
        }
      }
      case FORGOTTEN -> onPast(pending, ClientResult.of(Status.FORGOTTEN));
      case REFUSED -> onOperationRefused(pending);
      case CONFLICT -> onPast(pending, ClientResult.of(Status.CONFLICT));
      case EXPIRED -> {
        // While the session is being closed, the answer to the OPEN says more than this.
        if (pending.session.state == Session.State.OPEN) {
          onLost(pending.session);
        }
      }
      default -> throw new IllegalStateException("no outcome of an ordered request: " + outcome);
    }
  }

  /**
   * A quorum will not let this operation be ordered, so nobody is ever to execute its sequence, and
   * what comes after it in the session would wait for ever. The session is closed with the next.
   */
  private void onOperationRefused(Pending pending) {
    if (pending.call != null) {
      complete(pending, ClientResult.of(Status.REFUSED));
      schedule(pending);
    }
    reopenSession(pending.session.handle);
  }

  private void onReadAnswered(Pending pending, Outcome outcome, long agreeing) {
    if (outcome != Outcome.EXECUTED) {
      order(pending);
      return;
    }
    Bytes value = valueOrAsk(pending, agreeing);
    if (value != null) {
      finish(pending, ClientResult.executed(value));
    }
  }

  /** The sequence has been executed, and so have all before it (RULES 10). */
  private void onPast(Pending pending, ClientResult result) {
    Session session = pending.session;
    finish(pending, result);
    // Nobody waits for the replies of those whose callers timed out.
    List<Pending> earlier =
        new ArrayList<>(session.outstanding.headMap(pending.request.sequence()).values());
    for (Pending before : earlier) {
      if (before.call == null) {
        release(before);
      }
    }
    sendQueued(session);
  }

  private Bytes valueOrAsk(Pending pending, long agreeing) {
    return pending.isCustom()
        ? extracted(pending, pending.ballot.results(agreeing))
        : wholeOrAsk(pending, agreeing);
  }

  /** Null if the extractor cannot make a result of these. */
  private static Bytes extracted(Pending pending, List<Bytes> results) {
    if (pending.call.extractor() == null) {
      return results.get(0);
    }
    try {
      return pending.call.extractor().extract(results);
    } catch (RuntimeException e) {
      // The application's code, on bytes of which a faulty replica may have chosen some.
      return null;
    }
  }

  /**
   * The result that these members agree on. If none of them sent more than its digest, the next of
   * them is asked at once (RULES 30): once for each retry, so that a replica that changes its reply
   * to and fro cannot make the client send as often.
   */
  private Bytes wholeOrAsk(Pending pending, long agreeing) {
    Bytes whole = pending.ballot.whole(agreeing);
    if (whole == null && !pending.askedForWhole && !isPaused(pending)) {
      pending.askedForWhole = true;
      do {
        pending.replier = (pending.replier + 1) % view.size();
      } while ((agreeing & 1L << pending.replier) == 0);
      actions.send(view.members().get(pending.replier).replica(), message(pending));
    }
    return whole;
  }

  // ---- endings ------------------------------------------------------------------------------

  /** The result may be null when nobody waits for it. */
  private void finish(Pending pending, ClientResult result) {
    release(pending);
    complete(pending, result);
  }

  private void complete(Pending pending, ClientResult result) {
    if (pending.call != null) {
      long id = pending.call.id();
      pending.call = null;
      actions.completed(id, result);
    }
  }

  /** Forgets it, wherever it is. */
  private void release(Pending pending) {
    Session session = pending.session;
    timers.remove(pending);
    if (pending.request != null) {
      underWay.remove(pending.request.digest());
    }
    switch (pending.kind) {
      case OPEN -> session.open = null;
      case UNORDERED -> session.reads.remove(pending);
      case CLOSE -> closing.remove(pending);
      case ORDERED -> {
        if (pending.request == null) {
          session.queue.remove(pending);
        } else {
          session.outstanding.remove(pending.request.sequence());
        }
      }
    }
  }
}
