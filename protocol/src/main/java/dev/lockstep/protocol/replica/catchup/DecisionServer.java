package dev.lockstep.protocol.replica.catchup;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.VoteStorage;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.Cost;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.List;

/**
 * Gives decisions to peers that are behind: pushed a few at a time, or as answers to
 * FETCH_DECISIONS, from memory or from storage. What one peer can have is bounded in bytes per
 * second, in questions per STATUS period and in reads of the storage at the same time.
 */
public final class DecisionServer {
  /** Most decisions in one answer. */
  private static final int RANGE = 256;

  /** Most bytes in one answer, but for a single decision. */
  private static final int BYTES = 4 << 20;

  /** Decisions pushed to one peer per STATUS period. */
  private static final int PUSHED = 32;

  /** Reads of the storage for one peer at the same time. */
  private static final int READS = 8;

  private static final class Peer {
    /** Decisions that may still be pushed to it in this period. */
    int pushesLeft = PUSHED;

    /** Reads of the storage for it that are under way. */
    int reads;

    /** Decisions up to here were sent in this period: not again unless it asks. */
    long pushedUpTo;

    /** It asks for what it needs itself. */
    boolean asks;
  }

  private final Outbox out;
  private final DecisionLog log;
  private final PeerCosts costs;
  private final VoteStorage storage;
  private final PeerTable<Peer> peers;

  public DecisionServer(
      ViewHistory views, Outbox out, DecisionLog log, PeerCosts costs, VoteStorage storage) {
    this.out = out;
    this.log = log;
    this.costs = costs;
    this.storage = storage;
    peers = new PeerTable<>(views.peers(), id -> new Peer());
  }

  /** A STATUS period begins. */
  void onPeriod() {
    peers.forEachState(
        peer -> {
          peer.pushesLeft = PUSHED;
          peer.pushedUpTo = 0;
          peer.asks = false;
        });
  }

  /** Sends a peer that is a little behind what it lacks above {@code from}. */
  void push(int other, long from) {
    Peer peer = peers.of(other);
    if (peer.asks) {
      return;
    }
    for (long t = Math.max(1, Math.max(from, peer.pushedUpTo) + 1);
        t <= log.last() && peer.pushesLeft > 0 && costs.has(other, Cost.ANSWERED_BYTES);
        t++, peer.pushesLeft--) {
      DecisionLog.Entry entry = log.entryOrNull(t);
      if (entry == null) {
        return;
      }
      send(other, entry);
      peer.pushedUpTo = t;
    }
  }

  private void send(int other, DecisionLog.Entry entry) {
    costs.charge(other, Cost.ANSWERED_BYTES, entry.bytes());
    out.send(other, new Message.Decision(entry.batch(), entry.certificate(), entry.bodies()));
    out.count(Event.DECISION_PUSHED, other);
  }

  public void onFetch(int sender, Message.FetchDecisions fetch) {
    Peer peer = peers.of(sender);
    if (!costs.charge(sender, Cost.QUESTION)) {
      return;
    }
    if (fetch.from() < 1 || fetch.to() < fetch.from()) {
      out.count(Event.OVER_BUDGET, sender);
      return;
    }
    peer.asks = true;
    long from = fetch.from();
    // Written so that no sum can overflow.
    long to = fetch.to() - from < RANGE ? fetch.to() : from + RANGE - 1;
    to = Math.min(to, log.last());
    int bytes = Math.max(1, Math.min(fetch.bytes(), BYTES));
    if (!costs.has(sender, Cost.ANSWERED_BYTES)) {
      out.count(Event.OVER_BUDGET, sender);
    } else if (from <= to && from < log.first() && from >= log.firstGivable()) {
      if (peer.reads < READS) {
        peer.reads++;
        storage.readDecisions(sender, from, to, bytes);
      } else {
        out.count(Event.OVER_BUDGET, sender);
      }
      return;
    } else {
      long sent = 0;
      long t = from;
      for (; t <= to && costs.has(sender, Cost.ANSWERED_BYTES); t++) {
        DecisionLog.Entry entry = log.entryOrNull(t);
        if (entry == null || (sent > 0 && sent + entry.bytes() > bytes)) {
          break;
        }
        sent += entry.bytes();
        send(sender, entry);
      }
      finish(sender, from, t);
      return;
    }
    finish(sender, from, from);
  }

  /** Storage read decisions for a peer. */
  public void onRead(int requester, long from, List<Record.Decided> decisions) {
    Peer peer = peers.ofOrNull(requester);
    if (peer == null || peer.reads == 0) {
      return;
    }
    peer.reads--;
    long t = from;
    for (Record.Decided decided : decisions) {
      if (decided.batch().instance() != t || !costs.has(requester, Cost.ANSWERED_BYTES)) {
        break;
      }
      send(
          requester,
          DecisionLog.Entry.of(decided.batch(), decided.certificate(), decided.bodies()));
      t++;
    }
    finish(requester, from, t);
  }

  private void finish(int to, long from, long next) {
    out.send(to, new Message.Fetched(from, next, log.firstGivable(), log.last()));
  }
}
