package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.EnumMap;
import java.util.Map;

/**
 * What each peer has cost this replica, and whether it may cost it more: an account for each {@link
 * Cost}. Whoever is about to do something for a peer, or because of its message, asks here before
 * it does it; what is refused is counted for the peer.
 */
public final class PeerCosts {
  /** Bytes per second of requests that clients send again and that are passed on to the others. */
  private static final long RELAYED_BYTES = 1 << 20;

  /** Fills up with time. Below 0 after something that was larger than what was left. */
  private final class Account {
    private final long perSecond;
    private final long atOnce;
    private long left;

    /** When {@link #left} was filled last, in microseconds. */
    private long filledAt = clock.now();

    Account(long perSecond, long atOnce) {
      this.perSecond = perSecond;
      this.atOnce = atOnce;
      left = atOnce;
    }

    boolean hasSome() {
      // No more than what fills it counts, so the product cannot overflow.
      long most = (atOnce - left) / perSecond * 1_000_000 + 2_000_000;
      long micros = Math.min(most, clock.now() - filledAt);
      long more = perSecond * micros / 1_000_000;
      if (more > 0) {
        left = Math.min(atOnce, left + more);
        filledAt = clock.now();
      }
      return left > 0;
    }

    boolean take(long amount) {
      if (!hasSome()) {
        return false;
      }
      left -= amount;
      return true;
    }
  }

  private final Clock clock;
  private final Outbox out;
  private final PeerTable<Map<Cost, Account>> peers;
  private final Account relayed;

  /**
   * @param transferBytes bytes per second that one peer can have of decisions and checkpoints
   */
  public PeerCosts(ViewHistory views, Clock clock, Outbox out, long transferBytes) {
    this.clock = clock;
    this.out = out;
    peers = new PeerTable<>(views.peers(), id -> accounts(transferBytes));
    relayed = new Account(RELAYED_BYTES, RELAYED_BYTES / 4);
  }

  private Map<Cost, Account> accounts(long transferBytes) {
    Map<Cost, Account> accounts = new EnumMap<>(Cost.class);
    for (Cost cost : Cost.values()) {
      accounts.put(cost, new Account(cost.perSecond(transferBytes), cost.atOnce(transferBytes)));
    }
    return accounts;
  }

  /** Whether the peer may cause one more of it, which is charged then; else it is counted. */
  public boolean charge(int peer, Cost cost) {
    return charge(peer, cost, 1);
  }

  /**
   * Whether the peer may cause this much of it, which is charged then; else it is counted.
   * Something large may be had on credit: then there is nothing more until it is paid.
   */
  public boolean charge(int peer, Cost cost, long amount) {
    if (account(peer, cost).take(amount)) {
      return true;
    }
    out.count(Event.OVER_BUDGET, peer);
    return false;
  }

  /** Whether the peer may cause any of it now. Nothing is charged or counted. */
  public boolean has(int peer, Cost cost) {
    return account(peer, cost).hasSome();
  }

  private Account account(int peer, Cost cost) {
    return peers.of(peer).get(cost);
  }

  /**
   * Whether a request that a client sent again may be passed on to all others: so many bytes for
   * all clients together.
   */
  public boolean mayRelay(long bytes) {
    return relayed.take(bytes);
  }
}
