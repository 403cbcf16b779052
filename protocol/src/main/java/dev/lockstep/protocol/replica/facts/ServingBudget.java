package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;

/**
 * What one peer can make this replica do for it: bytes of decisions and checkpoints per second,
 * questions and bodies per STATUS period. Nobody serves a peer without asking here first.
 */
public final class ServingBudget {
  /** Bodies sent to one peer per STATUS period. */
  private static final int BODIES = 4096;

  /** Questions of one peer per STATUS period. */
  private static final int QUESTIONS = 512;

  /** Retransmitted requests passed on to the others per STATUS period. */
  private static final int RELAYS = 64;

  /** The budget of bytes holds what comes in this many microseconds: an eighth of a second. */
  private static final long BURST_MICROS = 125_000;

  private static final class Peer {
    /** Bytes that it may have now; below 0 while it had more than that. */
    long bytes;

    /** When {@link #bytes} was filled last, in microseconds. */
    long refilledAt = Long.MIN_VALUE;

    int questionsLeft = QUESTIONS;
    int bodiesLeft = BODIES;
  }

  private final Clock clock;
  private final Outbox out;
  private final long bytesPerSecond;
  private final PeerTable<Peer> peers;
  private int relaysLeft = RELAYS;

  public ServingBudget(ViewHistory views, Clock clock, Outbox out, long bytesPerSecond) {
    this.clock = clock;
    this.out = out;
    this.bytesPerSecond = bytesPerSecond;
    peers = new PeerTable<>(views.peers(), id -> new Peer());
    peers.forEachState(peer -> peer.bytes = burst());
  }

  private long burst() {
    return Math.max(1, bytesPerSecond / 8);
  }

  /** A STATUS period begins. */
  public void onPeriod() {
    peers.forEachState(
        peer -> {
          peer.questionsLeft = QUESTIONS;
          peer.bodiesLeft = BODIES;
        });
    relaysLeft = RELAYS;
  }

  /** Whether the peer may have another answer in this STATUS period. Counts as one. */
  public boolean mayAsk(int peer) {
    return --peers.of(peer).questionsLeft >= 0;
  }

  /** Whether the peer may be sent this many bodies more in this period. They count as sent. */
  public boolean mayHaveBodies(int peer, int bodies) {
    Peer budget = peers.of(peer);
    budget.bodiesLeft -= bodies;
    if (budget.bodiesLeft < 0) {
      out.count(Event.OVER_BUDGET, peer);
      return false;
    }
    return true;
  }

  /** Whether one more retransmitted request may be passed on in this period. Counts as one. */
  public boolean mayRelay() {
    return relaysLeft-- > 0;
  }

  /** Whether the peer may have bytes now; what it gets is to be {@link #spend spent}. */
  public boolean hasBytes(int peer) {
    Peer budget = peers.of(peer);
    if (budget.refilledAt == Long.MIN_VALUE) {
      budget.refilledAt = clock.now();
    }
    // At most a burst counts, so the product cannot overflow.
    long micros = Math.min(BURST_MICROS, clock.now() - budget.refilledAt);
    long more = bytesPerSecond * micros / 1_000_000;
    if (more > 0) {
      budget.bytes = Math.min(burst(), budget.bytes + more);
      budget.refilledAt = clock.now();
    }
    return budget.bytes > 0;
  }

  public void spend(int peer, long bytes) {
    peers.of(peer).bytes -= bytes;
  }
}
