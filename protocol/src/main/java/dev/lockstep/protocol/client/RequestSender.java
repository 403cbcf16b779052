package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Signs requests, sends them to the members of the view, and sends them again, with back-off and
 * each time with another replica that is to answer whole, until somebody has them {@linkplain
 * #forget forgotten}. Keeps the time, the view and the timers of everything that is queued or under
 * way.
 */
final class RequestSender {
  private final ClientConfig config;
  private final QuorumRule rule;
  private final Signer signer;
  private final ClientActions actions;

  private View view;
  private QuorumSystem quorums;
  private long now;
  private long wall;
  private long nextNumber;

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
  RequestSender(ClientConfig config, QuorumRule rule, Signer signer, ClientActions actions) {
    this.config = config;
    this.rule = rule;
    this.signer = signer;
    this.actions = actions;
    enter(config.view());
  }

  private void enter(View next) {
    if (isSigned(next) && signer == null) {
      throw new IllegalArgumentException("view " + next.id() + " has signed requests: no signer");
    }
    view = next;
    quorums = new QuorumSystem(next, rule);
  }

  private static boolean isSigned(View view) {
    return view.requestsAreSigned();
  }

  View view() {
    return view;
  }

  QuorumSystem quorums() {
    return quorums;
  }

  /** Monotonic time of the event that is handled, in microseconds. */
  long now() {
    return now;
  }

  /** Time of the event by the clock that agrees with those of the replicas, in microseconds. */
  long wall() {
    return wall;
  }

  void advance(long nowMicros, long wallMicros) {
    now = Math.max(now, nowMicros);
    wall = wallMicros;
  }

  /** So much time after now; what is too far away never comes. */
  long after(long micros) {
    return sum(now, micros);
  }

  static long sum(long time, long duration) {
    long sum = time + duration;
    return sum < time ? Long.MAX_VALUE : sum;
  }

  /** The interval that follows this one. */
  long longer(long intervalMicros) {
    return Math.min(config.timing().retransmitCapMicros(), sum(intervalMicros, intervalMicros));
  }

  /** Something new of the session, which has nothing to be sent yet. */
  Pending make(Session session, Request.Kind kind, Pending.Call callOrNull) {
    return new Pending(nextNumber++, session, kind, callOrNull);
  }

  /** Its times changed. */
  void schedule(Pending pending) {
    timers.remove(pending);
    pending.wakeAt = pending.earliest();
    if (pending.wakeAt != Long.MAX_VALUE) {
      timers.add(pending);
    }
  }

  /** Something whose time has come, or null. */
  Pending dueOrNull() {
    return timers.isEmpty() || timers.first().wakeAt > now ? null : timers.first();
  }

  /** When the next time comes, or {@link Long#MAX_VALUE}. */
  long nextDeadline() {
    return timers.isEmpty() ? Long.MAX_VALUE : timers.first().wakeAt;
  }

  /** The request with the digest if it is under way, else null. */
  Pending underWayOrNull(Digest digest) {
    return underWay.get(digest);
  }

  /** Gives it its request and sends that, now and again. */
  void launch(Pending pending, Request request) {
    pending.request = signed(request);
    underWay.put(request.digest(), pending);
    start(pending);
  }

  /** Sends to all members of the view with an empty ballot and from the shortest interval on. */
  private void start(Pending pending) {
    pending.replier = (int) (pending.number % view.size());
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

  /** Nobody answered in time, or too few: to all again, and later the next time. */
  void retransmit(Pending pending) {
    pending.intervalMicros = longer(pending.intervalMicros);
    pending.replier = (pending.replier + 1) % view.size();
    sendToAll(pending);
  }

  private void sendToAll(Pending pending) {
    pending.askedForWhole = false;
    pending.delayed = false;
    pending.sendAt = after(pending.intervalMicros);
    schedule(pending);
    if (pending.isPaused()) {
      return;
    }
    Message.ClientRequest message = message(pending);
    for (View.Member member : view.members()) {
      actions.send(member.replica(), message);
    }
  }

  /** One replica has no room: the next retry comes later, once for each retry. */
  void delay(Pending pending) {
    if (!pending.delayed) {
      pending.delayed = true;
      pending.sendAt = sum(pending.sendAt, pending.intervalMicros);
      schedule(pending);
    }
  }

  /**
   * Asks the next of these members for the whole result: once for each retry, so that a replica
   * that changes its reply to and fro cannot make the client send as often.
   *
   * @param members positions in the view as a mask, not empty
   */
  void askForWhole(Pending pending, long members) {
    if (pending.askedForWhole || pending.isPaused()) {
      return;
    }
    pending.askedForWhole = true;
    do {
      pending.replier = (pending.replier + 1) % view.size();
    } while ((members & 1L << pending.replier) == 0);
    actions.send(view.members().get(pending.replier).replica(), message(pending));
  }

  private Message.ClientRequest message(Pending pending) {
    int replier =
        pending.isCustom() ? -1 : view.members().get(pending.replier % view.size()).replica();
    return new Message.ClientRequest(pending.request, replier);
  }

  /** The channel to the replica was made anew; what was sent on the old one may be lost. */
  void resendTo(int replica) {
    int member = view.indexOf(replica);
    if (member < 0) {
      return;
    }
    for (Pending pending : underWay.values()) {
      if (!pending.ballot.has(member) && !pending.isPaused()) {
        actions.send(replica, message(pending));
      }
    }
  }

  /** Another view: everything under way is sent to its members, and replies count anew. */
  void install(View next) {
    enter(next);
    for (Pending pending : underWay.values()) {
      // The signature is not part of the request's digest.
      pending.request = signed(pending.request.withSignature(Bytes.EMPTY));
      start(pending);
    }
  }

  /** Neither sent nor woken up again, and replies to it are unknown. */
  void forget(Pending pending) {
    timers.remove(pending);
    if (pending.request != null) {
      underWay.remove(pending.request.digest());
    }
  }
}
