package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Actions.Event;
import dev.lockstep.protocol.record.Record;
import java.util.List;

/**
 * Gives decisions to peers that are behind: pushed a few at a time, or as answers to
 * FETCH_DECISIONS, from memory or from storage. What one peer can have is bounded in bytes per
 * second, in questions per STATUS period and in reads of the storage at the same time.
 */
final class DecisionServer {
  /** Most decisions in one answer. */
  private static final int RANGE = 256;

  /** Most bytes in one answer, but for a single decision. */
  private static final int BYTES = 4 << 20;

  /** Decisions pushed to one peer per STATUS period. */
  private static final int PUSHED = 32;

  /** Questions of one peer per STATUS period. */
  private static final int QUESTIONS = 512;

  /** Reads of the storage for one peer at the same time. */
  private static final int READS = 8;

  private static final class Peer {
    long bytes;
    long refilledAt;
    int pushesLeft = PUSHED;
    int questionsLeft = QUESTIONS;
    int reads;

    /** Decisions up to here were sent in this period: not again unless it asks. */
    long pushedUpTo;

    /** It asks for what it needs itself. */
    boolean asks;
  }

  private final Replica replica;
  private final Peer[] peers;

  DecisionServer(Replica replica) {
    this.replica = replica;
    peers = new Peer[replica.view().size()];
    for (int i = 0; i < peers.length; i++) {
      peers[i] = new Peer();
      peers[i].bytes = burst();
      peers[i].refilledAt = Long.MIN_VALUE;
    }
  }

  /** A STATUS period begins. */
  void onPeriod() {
    for (Peer peer : peers) {
      peer.pushesLeft = PUSHED;
      peer.questionsLeft = QUESTIONS;
      peer.pushedUpTo = 0;
      peer.asks = false;
    }
  }

  private long burst() {
    return Math.max(1, replica.config().budgets().transferBytes() / 8);
  }

  /** Whether the peer may have more now; what it gets is to be {@link #spend spent}. */
  boolean hasBudget(int member) {
    Peer peer = peers[member];
    if (peer.refilledAt == Long.MIN_VALUE) {
      peer.refilledAt = replica.now();
    }
    // At most an eighth of a second counts, so the product cannot overflow.
    long micros = Math.min(125_000, replica.now() - peer.refilledAt);
    long more = replica.config().budgets().transferBytes() * micros / 1_000_000;
    if (more > 0) {
      peer.bytes = Math.min(burst(), peer.bytes + more);
      peer.refilledAt = replica.now();
    }
    return peer.bytes > 0;
  }

  void spend(int member, long bytes) {
    peers[member].bytes -= bytes;
  }

  /** Whether the peer may have another answer in this STATUS period. */
  boolean mayAsk(int member) {
    return --peers[member].questionsLeft >= 0;
  }

  // ---- pushing ----------------------------------------------------------------------------------

  /** Sends a peer that is a little behind what it lacks above {@code from}. */
  void push(int other, int member, long from) {
    Peer peer = peers[member];
    if (peer.asks || !replica.rules().regency().handsOutDecisions()) {
      return;
    }
    for (long t = Math.max(1, Math.max(from, peer.pushedUpTo) + 1);
        t <= replica.lastDelivered() && peer.pushesLeft > 0 && hasBudget(member);
        t++, peer.pushesLeft--) {
      DecisionLog.Entry entry = replica.log().entryOrNull(t);
      if (entry == null) {
        return;
      }
      send(other, member, entry);
      peer.pushedUpTo = t;
    }
  }

  private void send(int other, int member, DecisionLog.Entry entry) {
    spend(member, entry.bytes());
    replica.send(other, new Message.Decision(entry.batch(), entry.certificate(), entry.bodies()));
    replica.count(Event.DECISION_PUSHED, other);
  }

  // ---- answering --------------------------------------------------------------------------------

  void onFetch(int sender, int member, Message.FetchDecisions fetch) {
    Peer peer = peers[member];
    if (fetch.from() < 1
        || fetch.to() < fetch.from()
        || --peer.questionsLeft < 0
        || !replica.rules().regency().handsOutDecisions()) {
      replica.count(Event.OVER_BUDGET, sender);
      return;
    }
    peer.asks = true;
    long from = fetch.from();
    // Written so that no sum can overflow.
    long to = fetch.to() - from < RANGE ? fetch.to() : from + RANGE - 1;
    to = Math.min(to, replica.lastDelivered());
    int bytes = Math.max(1, Math.min(fetch.bytes(), BYTES));
    if (!hasBudget(member)) {
      replica.count(Event.OVER_BUDGET, sender);
    } else if (from <= to && from < replica.log().first() && from >= replica.firstDecision()) {
      if (peer.reads < READS) {
        peer.reads++;
        replica.readDecisions(sender, from, to, bytes);
      } else {
        replica.count(Event.OVER_BUDGET, sender);
      }
      return;
    } else {
      long sent = 0;
      long t = from;
      for (; t <= to && hasBudget(member); t++) {
        DecisionLog.Entry entry = replica.log().entryOrNull(t);
        if (entry == null || (sent > 0 && sent + entry.bytes() > bytes)) {
          break;
        }
        sent += entry.bytes();
        send(sender, member, entry);
      }
      finish(sender, from, t);
      return;
    }
    finish(sender, from, from);
  }

  /** Storage read decisions for a peer. */
  void onRead(int requester, long from, List<Record.Decided> decisions) {
    int member = replica.view().indexOf(requester);
    if (member < 0 || peers[member].reads == 0) {
      return;
    }
    peers[member].reads--;
    long t = from;
    for (Record.Decided decided : decisions) {
      if (decided.batch().instance() != t || !hasBudget(member)) {
        break;
      }
      send(
          requester,
          member,
          DecisionLog.Entry.of(decided.batch(), decided.certificate(), decided.bodies()));
      t++;
    }
    finish(requester, from, t);
  }

  private void finish(int to, long from, long next) {
    replica.send(
        to, new Message.Fetched(from, next, replica.firstDecision(), replica.lastDelivered()));
  }
}
