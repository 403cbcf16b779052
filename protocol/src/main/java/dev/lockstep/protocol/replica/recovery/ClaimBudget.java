package dev.lockstep.protocol.replica.recovery;

import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;

/**
 * How often a replica may claim to have lost its votes (RULES 27): each claim costs whoever
 * acknowledges it a check of a signature and a sync of the disk, in every mode of durability. A few
 * at once, then one per period; one that really loses its votes needs one or two.
 */
final class ClaimBudget {
  /** As many claims as may come at once. */
  static final int BURST = 8;

  private static final class Account {
    /** Until when its claims are paid for, in microseconds. */
    long paidUntil;
  }

  private final Clock clock;
  private final long periodMicros;
  private final PeerTable<Account> accounts;

  ClaimBudget(ViewHistory views, Clock clock, long periodMicros) {
    this.clock = clock;
    this.periodMicros = periodMicros;
    accounts = new PeerTable<>(views.peers(), id -> new Account());
  }

  /** Whether one more claim of the replica may be looked at; if so it is charged. */
  boolean pay(int replica) {
    Account account = accounts.of(replica);
    // A clock that was put back must not keep anybody out for longer than a full burst does.
    long paidUntil = Math.min(account.paidUntil, clock.now() + BURST * periodMicros);
    if (paidUntil > clock.now() + (BURST - 1) * periodMicros) {
      return false;
    }
    account.paidUntil = Math.max(paidUntil, clock.now()) + periodMicros;
    return true;
  }
}
