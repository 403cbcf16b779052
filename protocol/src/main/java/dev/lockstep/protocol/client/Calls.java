package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * The calls of the application: they wait in the queue of their session for its window, get a
 * sequence, are under way, and end with exactly one result.
 */
final class Calls {
  private final ClientConfig config;
  private final RequestSender sender;
  private final ReplyQuorum quorum;
  private final ClientActions actions;
  private long nextRead;

  Calls(ClientConfig config, RequestSender sender, ReplyQuorum quorum, ClientActions actions) {
    this.config = config;
    this.sender = sender;
    this.quorum = quorum;
    this.actions = actions;
    // Numbers of reads start somewhere: a late reply to a read of an earlier process of this
    // identity, with the same operation, must not count for a read of this one.
    nextRead = config.derived("LOCKSTEP-FIRST-READ", 0) >>> 2;
  }

  /** An ordered operation in the session, which is null if there is no such handle. */
  void invoke(
      Session session,
      long call,
      Bytes operation,
      ReplyComparator comparator,
      ReplyExtractor extractor) {
    Pending.Call made = called(call, operation, comparator, extractor);
    boolean sendable = session != null && session.queue.isEmpty() && hasWindow(session);
    if (isTaken(session, made, sendable)) {
      enqueue(session, made);
      sendQueued(session);
    }
  }

  /** A read, for which a session that is not open yet will do. */
  void invokeUnordered(
      Session session,
      long call,
      Bytes operation,
      ReplyComparator comparator,
      ReplyExtractor extractor) {
    Pending.Call made = called(call, operation, comparator, extractor);
    if (!isTaken(session, made, false)) {
      return;
    }
    Pending read = sender.make(session, Request.Kind.UNORDERED, made);
    session.reads.add(read);
    read.orderAt = sender.after(config.timing().readTimeoutMicros());
    sender.launch(
        read,
        new Request(
            Request.Kind.UNORDERED, config.client(), 0, nextRead++, operation, Bytes.EMPTY));
  }

  private Pending.Call called(
      long call, Bytes operation, ReplyComparator comparator, ReplyExtractor extractor) {
    long deadline = sender.after(config.timing().callTimeoutMicros());
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
    return call.operation().length() > sender.view().limits().requestBytes();
  }

  private boolean hasWindow(Session session) {
    return session.hasWindow(sender.view().limits().sessionWindow());
  }

  private void enqueue(Session session, Pending.Call call) {
    Pending pending = sender.make(session, Request.Kind.ORDERED, call);
    session.queue.add(pending);
    sender.schedule(pending);
  }

  /** Sends what is queued as far as the window allows. */
  void sendQueued(Session session) {
    while (!session.queue.isEmpty() && hasWindow(session)) {
      Pending next = session.queue.iterator().next();
      if (isTooLarge(next.call)) {
        // The view has changed since. No replica would take it, and its sequence would stop all.
        finish(next, ClientResult.of(Status.REFUSED));
        continue;
      }
      session.queue.remove(next);
      long sequence = session.nextSequence++;
      session.outstanding.put(sequence, next);
      sender.launch(
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
  void order(Pending read) {
    Session session = read.session;
    release(read);
    if (session.state == Session.State.OVER) {
      complete(read, ClientResult.of(Status.NOT_EXECUTED));
      return;
    }
    enqueue(session, read.call);
    sendQueued(session);
  }

  /** The caller has waited as long as it wants. */
  void onTimeout(Pending pending) {
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
      sender.schedule(pending);
    }
  }

  /** A quorum executed an ordered request, or has executed its place. */
  void onPlaceExecuted(Pending pending, ReplyQuorum.Answer answer) {
    switch (answer.outcome()) {
      case EXECUTED -> {
        Bytes value = quorum.valueOrAsk(pending, answer.members());
        if (value != null) {
          onPast(pending, ClientResult.executed(value));
        }
      }
      case FORGOTTEN -> onPast(pending, ClientResult.of(Status.FORGOTTEN));
      case CONFLICT -> onPast(pending, ClientResult.of(Status.CONFLICT));
      default -> throw new IllegalStateException("no place was executed with " + answer.outcome());
    }
  }

  /** A quorum will not let this operation be ordered. Its sequence is used all the same. */
  void onRefused(Pending pending) {
    if (pending.call != null) {
      complete(pending, ClientResult.of(Status.REFUSED));
      sender.schedule(pending);
    }
  }

  /** A quorum answered a read. */
  void onReadAnswered(Pending read, ReplyQuorum.Answer answer) {
    if (answer.outcome() != Outcome.EXECUTED) {
      order(read);
      return;
    }
    Bytes value = quorum.valueOrAsk(read, answer.members());
    if (value != null) {
      finish(read, ClientResult.executed(value));
    }
  }

  /**
   * The sequence has been executed, and so have all before it (RULES 10).
   *
   * @param result null when nobody waits for it
   */
  void onPast(Pending pending, ClientResult result) {
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

  /** The session was closed: what was under way in it ends with what that says (RULES 9). */
  void fence(Session session, OpenedResult opened) {
    for (Pending fenced : List.copyOf(session.outstanding.values())) {
      finish(fenced, fenced.call == null ? null : afterClosing(fenced, opened));
    }
  }

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
    Bytes value = ReplyQuorum.extracted(pending, List.of(held.result()));
    return value == null ? ClientResult.of(Status.FORGOTTEN) : ClientResult.executed(value);
  }

  /**
   * Ends all calls of the session but unordered reads.
   *
   * @param sent what is known of those that were sent; the others were never executed
   */
  void endAll(Session session, Status sent) {
    for (Pending pending : List.copyOf(session.outstanding.values())) {
      finish(pending, ClientResult.of(sent));
    }
    for (Pending pending : List.copyOf(session.queue)) {
      finish(pending, ClientResult.of(Status.NOT_EXECUTED));
    }
  }

  /** Ends the unordered reads of the session. */
  void endReads(Session session) {
    for (Pending read : List.copyOf(session.reads)) {
      finish(read, ClientResult.of(Status.NOT_EXECUTED));
    }
  }

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

  private void release(Pending pending) {
    sender.forget(pending);
    pending.session.remove(pending);
  }
}
