package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The sessions of a client by handle: how they are opened, opened anew, lost and closed. */
final class ClientSessions {
  private final ClientConfig config;
  private final RequestSender sender;
  private final ReplyQuorum quorum;
  private final Calls calls;
  private final ClientActions actions;
  private final Map<Long, Session> sessions = new TreeMap<>();

  /** Sessions that were given up without being closed: later OPENs close them. */
  private final Deque<Long> unclosed = new ArrayDeque<>();

  /** CLOSEs under way; their handles are forgotten already. */
  private final Set<Pending> closing = new LinkedHashSet<>();

  private long nextNonce;

  ClientSessions(
      ClientConfig config,
      RequestSender sender,
      ReplyQuorum quorum,
      Calls calls,
      ClientActions actions) {
    this.config = config;
    this.sender = sender;
    this.quorum = quorum;
    this.calls = calls;
    this.actions = actions;
  }

  Session getOrNull(long handle) {
    return sessions.get(handle);
  }

  Collection<Session> all() {
    return sessions.values();
  }

  /** CLOSEs under way. */
  int closing() {
    return closing.size();
  }

  void open(long handle, long closes) {
    if (sessions.containsKey(handle)) {
      throw new IllegalArgumentException("handle " + handle + " is in use");
    }
    if (sessions.size() >= most()) {
      actions.sessionRefused(handle);
      return;
    }
    Session session = new Session(handle);
    sessions.put(handle, session);
    open(session, closes);
  }

  /** Closes the handle's session, if there is one, and opens another with the same operation. */
  void reopen(long handle) {
    Session session = sessions.get(handle);
    if (session == null) {
      open(handle, 0);
    } else if (session.state == Session.State.OPEN) {
      session.state = Session.State.REOPENING;
      open(session, session.id);
    } else if (session.state == Session.State.OVER) {
      session.state = Session.State.OPENING;
      open(session, 0);
    }
  }

  void close(long handle) {
    Session session = sessions.remove(handle);
    if (session == null) {
      return;
    }
    boolean sendable =
        session.state == Session.State.OPEN
            && session.outstanding.isEmpty()
            && closing.size() < most();
    if (session.open != null) {
      release(session.open);
    }
    calls.endAll(session, Status.MAY_EXECUTE);
    calls.endReads(session);
    if (sendable) {
      sendClose(session);
    } else {
      leaveBehind(session);
    }
  }

  /** How many sessions one client may have. */
  private int most() {
    return sender.view().limits().sessionsPerClient();
  }

  private void sendClose(Session session) {
    Pending pending = sender.make(session, Request.Kind.CLOSE, null);
    pending.giveUpAt = sender.after(config.timing().callTimeoutMicros());
    closing.add(pending);
    sender.launch(
        pending,
        new Request(
            Request.Kind.CLOSE,
            config.client(),
            session.id,
            session.nextSequence,
            Bytes.EMPTY,
            Bytes.EMPTY));
  }

  /** A quorum answered a CLOSE. */
  void onCloseAnswered(Pending pending, Outcome outcome) {
    release(pending);
    // Executed, or found that there is no such session any more: it is over in any case.
    if (outcome == Outcome.EXECUTED || outcome == Outcome.EXPIRED) {
      actions.sessionClosed(pending.session.handle);
    } else {
      leaveBehind(pending.session);
    }
  }

  /** Nobody answered a CLOSE in time. */
  void giveUpClose(Pending pending) {
    release(pending);
    leaveBehind(pending.session);
  }

  private void leaveBehind(Session session) {
    if (session.id != 0) {
      unclosed.add(session.id);
      if (unclosed.size() > most()) {
        unclosed.remove();
      }
    }
    actions.sessionClosed(session.handle);
  }

  private void open(Session session, long closes) {
    session.closes = closes != 0 || unclosed.isEmpty() ? closes : unclosed.remove();
    session.lateOpens = 0;
    makeOpen(session, sender.now());
  }

  private void makeOpen(Session session, long at) {
    session.open = sender.make(session, Request.Kind.OPEN, null);
    session.open.sendAt = at;
    if (at <= sender.now()) {
      launchOpen(session.open);
    } else {
      sender.schedule(session.open);
    }
  }

  /** The time of an OPEN that waited has come. */
  void launchOpen(Pending pending) {
    View.Limits limits = sender.view().limits();
    long bound = limits.openBoundMicros();
    long most = Math.max(bound - 2 * limits.clockBoundMicros(), bound / 2);
    long lifetime = Math.min(config.timing().openDeadlineMicros(), most);
    OpenSession open =
        new OpenSession(
            config.derived("LOCKSTEP-OPEN-NONCE", nextNonce++),
            RequestSender.sum(sender.wall(), lifetime),
            pending.session.closes);
    sender.launch(
        pending, new Request(Request.Kind.OPEN, config.client(), 0, 0, open.encode(), Bytes.EMPTY));
  }

  /** Whether the deadline of an OPEN under way has passed by every correct clock. */
  boolean isTooLate(Pending pending) {
    OpenSession open = OpenSession.decodeOrNull(pending.request.operation());
    long clocks = 2 * sender.view().limits().clockBoundMicros();
    return sender.wall() > RequestSender.sum(open.deadlineMicros(), clocks);
  }

  /** A quorum answered an OPEN. */
  void onOpenAnswered(Pending pending, ReplyQuorum.Answer answer) {
    switch (answer.outcome()) {
      case EXPIRED -> onTooLate(pending);
      case REFUSED -> onRefused(pending);
      default -> {
        Bytes whole = quorum.wholeOrAsk(pending, answer.members());
        if (whole != null) {
          onOpened(pending, OpenedResult.decodeOrNull(whole));
        }
      }
    }
  }

  private void onOpened(Pending pending, OpenedResult openedOrNull) {
    if (openedOrNull == null) {
      onRefused(pending); // cannot be while at most f replicas are faulty
      return;
    }
    Session session = pending.session;
    release(pending);
    calls.fence(session, openedOrNull);
    session.id = openedOrNull.session();
    session.closes = 0;
    session.nextSequence = 1;
    session.state = Session.State.OPEN;
    actions.sessionOpened(session.handle, openedOrNull);
    calls.sendQueued(session);
  }

  /**
   * The OPEN has no effect any more. It may have taken effect before its deadline, and nobody will
   * say so any more. Its session expires by itself; what it closed is then found to be over, and
   * calls become LOST. From the second time on the next one is sent with a delay: a clock that is
   * behind makes every OPEN late.
   */
  void onTooLate(Pending pending) {
    Session session = pending.session;
    release(pending);
    session.lateOpens++;
    long delay = 0;
    for (int i = 1; i < session.lateOpens; i++) {
      delay = i == 1 ? config.timing().retransmitMicros() : sender.longer(delay);
    }
    makeOpen(session, sender.after(delay));
  }

  private void onRefused(Pending pending) {
    Session session = pending.session;
    release(pending);
    session.closes = 0;
    if (session.state == Session.State.REOPENING) {
      // The OPEN may still be bound a second time and then find room; the session it closes would
      // turn out to be lost, like one that expired.
      session.state = Session.State.OPEN;
      calls.sendQueued(session);
    } else {
      session.state = Session.State.OVER;
      calls.endAll(session, Status.LOST);
    }
    actions.sessionRefused(session.handle);
  }

  /** A quorum says that the session is unknown, foreign or over: so it stays (RULES 9). */
  void onLost(Session session) {
    session.state = Session.State.OVER;
    session.id = 0;
    calls.endAll(session, Status.LOST);
    actions.sessionLost(session.handle);
  }

  /** An OPEN or a CLOSE is done with. */
  private void release(Pending pending) {
    sender.forget(pending);
    closing.remove(pending);
    pending.session.remove(pending);
  }
}
