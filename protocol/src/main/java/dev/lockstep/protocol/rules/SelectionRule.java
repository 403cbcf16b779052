package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.message.Testimony.Open;
import dev.lockstep.protocol.message.Testimony.Written;
import dev.lockstep.protocol.view.QuorumSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Which values a set of STOPDATA entries binds (docs/protocol.md, the synchronization phase; the
 * predicates are after Cachin's read and write epochs). Leader and receivers all compute it from
 * the same entries. Entries must be valid, of distinct senders; see {@link EntryRule}.
 */
public interface SelectionRule {
  SelectionRule STANDARD = new SelectionRule() {};

  /** What becomes of an instance. */
  enum Kind {
    DECIDED,
    BOUND,
    NOOP,
    FREE
  }

  /** {@code digest} is null for NOOP and FREE. */
  record Choice(Kind kind, Digest digest) {}

  /**
   * @param prefix all instances up to here are decided (m)
   * @param horizon highest instance that is decided or bound, or {@code prefix} (h)
   * @param choices for every instance in (prefix, prefix + W]
   */
  record Outcome(long prefix, long horizon, TreeMap<Long, Choice> choices) {}

  /** The regency of a lock; "no lock" lies below every regency (T1). */
  default long time(Lock lock) {
    return lock.regency();
  }

  /** The decided prefix is the highest that any entry proves, never the leader's choice (T2). */
  default long prefix(List<Testimony> entries) {
    return entries.stream().mapToLong(Testimony::lastDelivered).max().orElse(0);
  }

  /** No correct replica in a vote quorum voted above this, so nothing above is bound (P2). */
  default long rangeEnd(long prefix, int window) {
    return prefix + window;
  }

  /**
   * Whether a value was written by a correct replica at {@code regency} or later: at least one
   * correct sender lists it. Counts replicas, never weights.
   */
  default boolean isCertified(List<Row> rows, QuorumSystem quorums, long regency, Digest digest) {
    long members = 0;
    for (Row row : rows) {
      // A lock shows a WRITE quorum, so it counts as well (RULES 23).
      boolean listed = row.lock.regency() >= regency && row.lock.digest().equals(digest);
      for (Written written : row.writeSet) {
        listed |= written.regency() >= regency && written.digest().equals(digest);
      }
      if (listed) {
        members |= row.member;
      }
    }
    return quorums.hasOneCorrect(members);
  }

  /** What one entry says of one instance; an instance that it does not list was never voted on. */
  record Row(long member, Lock lock, List<Written> writeSet) {}

  /** Returns null while the entries are not sound: then more are needed. */
  default Outcome evaluate(List<Testimony> entries, QuorumSystem quorums) {
    long senders = 0;
    for (Testimony entry : entries) {
      senders |= quorums.bit(entry.replica());
    }
    if (!quorums.isVoteQuorum(senders)) {
      return null;
    }
    int window = quorums.view().window();
    long prefix = prefix(entries);
    long horizon = prefix;
    TreeMap<Long, Choice> choices = new TreeMap<>();
    for (long t = prefix + 1; t <= rangeEnd(prefix, window); t++) {
      Choice choice = choose(t, entries, quorums);
      if (choice == null) {
        return null;
      }
      choices.put(t, choice);
      if (choice.kind != Kind.FREE) {
        horizon = t;
      }
    }
    // An unbound instance below a bound one would stay open for ever.
    Choice noop = new Choice(Kind.NOOP, null);
    for (long t = prefix + 1; t < horizon; t++) {
      if (choices.get(t).kind == Kind.FREE) {
        choices.put(t, noop);
      }
    }
    return new Outcome(prefix, horizon, choices);
  }

  /** The choice for one instance above the prefix, or null when the entries do not settle it. */
  default Choice choose(long instance, List<Testimony> entries, QuorumSystem quorums) {
    List<Row> rows = new ArrayList<>(entries.size());
    for (Testimony entry : entries) {
      Lock lock = Lock.NONE;
      List<Written> writeSet = List.of();
      for (Open open : entry.open()) {
        if (open.instance() == instance) {
          if (open.decided() != null) {
            return new Choice(Kind.DECIDED, open.decided());
          }
          lock = open.lock();
          writeSet = open.writeSet();
        }
      }
      rows.add(new Row(quorums.bit(entry.replica()), lock, writeSet));
    }
    return quorums.view().byzantine() ? chooseByzantine(rows, quorums) : chooseCrash(rows);
  }

  private Choice chooseByzantine(List<Row> rows, QuorumSystem quorums) {
    Lock best = null;
    for (Row candidate : rows) {
      Lock lock = candidate.lock;
      if (lock.isNone() || (best != null && best.regency() >= lock.regency())) {
        continue;
      }
      long supporters = 0;
      for (Row row : rows) {
        if (time(row.lock) < time(lock) || row.lock.equals(lock)) {
          supporters |= row.member;
        }
      }
      if (quorums.isVoteQuorum(supporters)
          && isCertified(rows, quorums, lock.regency(), lock.digest())) {
        best = lock;
      }
    }
    if (best != null) {
      return new Choice(Kind.BOUND, best.digest());
    }
    long unlocked = 0;
    for (Row row : rows) {
      if (time(row.lock) == time(Lock.NONE)) {
        unlocked |= row.member;
      }
    }
    return quorums.isVoteQuorum(unlocked) ? new Choice(Kind.FREE, null) : null;
  }

  /** Crash mode: nobody lies, so the highest accepted value of any majority is it (RULES 4). */
  private Choice chooseCrash(List<Row> rows) {
    Lock best = Lock.NONE;
    for (Row row : rows) {
      if (row.lock.regency() > best.regency()) {
        best = row.lock;
      }
    }
    return best.isNone() ? new Choice(Kind.FREE, null) : new Choice(Kind.BOUND, best.digest());
  }
}
