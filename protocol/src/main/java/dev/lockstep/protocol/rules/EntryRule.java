package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Decided;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.message.Testimony.Open;
import dev.lockstep.protocol.message.Testimony.Written;
import java.util.HashSet;
import java.util.Set;

/**
 * Which STOPDATA entries are valid (docs/protocol.md, the synchronization phase). An entry with
 * anything wrong is removed whole; a SYNC that contains one is invalid.
 */
public interface EntryRule {
  EntryRule STANDARD = new EntryRule() {};

  /** Whether somebody proved that a digest was decided at an instance. */
  interface Proofs {
    boolean isProved(long instance, Digest digest);
  }

  /** The first instance whose certificate a claim of {@code lastDelivered} must carry. */
  default long firstProof(long lastDelivered, int window) {
    return Math.max(1, lastDelivered - window + 1);
  }

  /**
   * Whether an entry's sender has lost its votes since it made the entry, as an entry of the same
   * SYNC shows (RULES 27). So the answer is the same for everybody who has that SYNC.
   */
  default boolean isOutdated(Testimony entry, Testimony shows) {
    for (Claim claim : shows.acknowledged()) {
      if (claim.replica() == entry.replica() && claim.incarnation() > entry.incarnation()) {
        return true;
      }
    }
    return false;
  }

  /** Checks everything but membership and signatures. Total: any content gives an answer. */
  default boolean isValid(Testimony entry, long regency, int window, Proofs proofs) {
    if (entry.regency() != regency
        || entry.lastDelivered() < 0
        || entry.lastDelivered() > Long.MAX_VALUE / 2
        || entry.incarnation() < 0) {
      return false;
    }
    long last = entry.lastDelivered();
    long t = firstProof(last, window);
    for (Decided decided : entry.prefix()) {
      if (decided.instance() != t++ || !proofs.isProved(decided.instance(), decided.digest())) {
        return false;
      }
    }
    if (t != last + 1) {
      return false;
    }
    long previous = last;
    for (Open open : entry.open()) {
      if (open.instance() <= previous || open.instance() > last + window) {
        return false;
      }
      previous = open.instance();
      if (!isValid(open, regency, proofs)) {
        return false;
      }
    }
    return isOrdered(entry);
  }

  private boolean isOrdered(Testimony entry) {
    int previous = -1;
    for (Claim claim : entry.acknowledged()) {
      if (claim.replica() <= previous
          || claim.replica() == entry.replica()
          || claim.incarnation() < 1) {
        return false;
      }
      previous = claim.replica();
    }
    return true;
  }

  private boolean isValid(Open open, long regency, Proofs proofs) {
    if (open.decided() != null) {
      return open.lock().isNone()
          && open.writeSet().isEmpty()
          && proofs.isProved(open.instance(), open.decided());
    }
    Lock lock = open.lock();
    if (lock.regency() >= regency
        || lock.regency() < -1
        || (lock.isNone() && !lock.equals(Lock.NONE))) {
      return false;
    }
    if (open.writeSet().size() > regency) {
      return false;
    }
    Set<Digest> seen = new HashSet<>();
    long previous = -1;
    for (Written written : open.writeSet()) {
      if (written.regency() <= previous
          || written.regency() >= regency
          || !seen.add(written.digest())) {
        return false;
      }
      previous = written.regency();
    }
    return true;
  }
}
