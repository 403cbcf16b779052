package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.AdversaryContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What correct replicas will conclude from a set of entries (RULES 23). An adversary that wants its
 * SYNC accepted has to know; it is kept apart from the protocol's own code so that a fault there is
 * not repeated here.
 *
 * @param m highest delivered instance that the entries prove
 * @param outcomes of m+1 to m+W
 */
public record SyncReading(long m, List<Outcome> outcomes) {
  public enum Kind {
    FREE,
    BOUND,
    DECIDED
  }

  /** Outcome of one instance; the digest is null when it is free. */
  public record Outcome(Kind kind, Digest digest) {}

  private record Row(
      int replica, Digest decided, Testimony.Lock lock, List<Testimony.Written> writeSet) {}

  /** Returns null when the set is no vote quorum or not sound. Does not check the entries. */
  public static SyncReading ofOrNull(
      AdversaryContext context, Collection<Message.SignedTestimony> entries) {
    long mask = 0;
    long m = 0;
    for (Message.SignedTestimony entry : entries) {
      mask |= context.quorums().bit(entry.core().replica());
      m = Math.max(m, entry.core().lastDelivered());
    }
    if (!context.quorums().isVoteQuorum(mask)) {
      return null;
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (long t = m + 1; t <= m + context.view().window(); t++) {
      Outcome outcome = outcome(context, rows(entries, t));
      if (outcome == null) {
        return null;
      }
      outcomes.add(outcome);
    }
    return new SyncReading(m, outcomes);
  }

  public Outcome at(long instance) {
    long index = instance - m - 1;
    return index < 0 || index >= outcomes.size() ? null : outcomes.get((int) index);
  }

  /** The highest instance that the SYNC itself settles. */
  public long settled() {
    for (int i = outcomes.size() - 1; i >= 0; i--) {
      if (outcomes.get(i).kind != Kind.FREE) {
        return m + 1 + i;
      }
    }
    return m;
  }

  private static List<Row> rows(Collection<Message.SignedTestimony> entries, long instance) {
    List<Row> rows = new ArrayList<>();
    for (Message.SignedTestimony entry : entries) {
      Row row = new Row(entry.core().replica(), null, Testimony.Lock.NONE, List.of());
      for (Testimony.Open open : entry.core().open()) {
        if (open.instance() == instance) {
          row = new Row(row.replica, open.decided(), open.lock(), open.writeSet());
        }
      }
      rows.add(row);
    }
    return rows;
  }

  private static Outcome outcome(AdversaryContext context, List<Row> rows) {
    long unlocked = 0;
    Outcome bound = null;
    long boundIn = -1;
    for (Row row : rows) {
      if (row.decided != null) {
        return new Outcome(Kind.DECIDED, row.decided);
      }
      if (row.lock.isNone()) {
        unlocked |= context.quorums().bit(row.replica);
      } else if (row.lock.regency() > boundIn && isBound(context, rows, row.lock)) {
        bound = new Outcome(Kind.BOUND, row.lock.digest());
        boundIn = row.lock.regency();
      }
    }
    if (bound != null) {
      return bound;
    }
    return context.quorums().isVoteQuorum(unlocked) ? new Outcome(Kind.FREE, null) : null;
  }

  private static boolean isBound(AdversaryContext context, List<Row> rows, Testimony.Lock lock) {
    long highest = 0;
    long certified = 0;
    for (Row row : rows) {
      long bit = context.quorums().bit(row.replica);
      if (row.lock.regency() < lock.regency() || row.lock.equals(lock)) {
        highest |= bit;
      }
      boolean wrote =
          row.lock.digest().equals(lock.digest()) && row.lock.regency() >= lock.regency();
      for (Testimony.Written written : row.writeSet) {
        wrote |= written.digest().equals(lock.digest()) && written.regency() >= lock.regency();
      }
      if (wrote) {
        certified |= bit;
      }
    }
    return context.quorums().isVoteQuorum(highest) && context.quorums().hasOneCorrect(certified);
  }
}
