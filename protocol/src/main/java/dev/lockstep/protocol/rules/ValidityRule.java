package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.view.View;
import java.util.List;

/** The validity predicate with its three verdicts (RULES 16, 17). */
public interface ValidityRule {
  ValidityRule STANDARD = new ValidityRule() {};

  /** What a replica does with a proposal. */
  enum Verdict {
    /** WRITE it. */
    VALID,
    /** Only a faulty leader sends this: STOP now. */
    INVALID,
    /** Cannot tell yet, or will not vote: look again later, timers decide. */
    WAIT
  }

  /** What this replica knows of a fresh proposal besides its bytes. */
  interface Circumstances {
    /** All bodies here and authentic. */
    boolean allAuthentic();

    /** All bodies are here, fit their references and the limits; null while some are missing. */
    Boolean bodiesFit();

    /** The clock test that was made once, when the PROPOSE arrived (RULES 7). */
    boolean clockFits();

    /**
     * Some request is delivered or superseded, or stands in another value that was voted for in
     * this regency, or is decided, and is not delivered.
     */
    boolean hasDuplicates();

    /** Another authentic request with the same session and sequence is pending here. */
    boolean hasRival(Reference reference);
  }

  /** Strictly what every voter at the instance shares; holds for every value of any phase. */
  default boolean isStatic(Batch batch, View view, long instance, Digest ancestor) {
    Batch.Header header = batch.header();
    return header.instance() == instance
        && header.view() == view.id()
        && header.ancestor().equals(ancestor)
        && header.timestampMicros() >= 0
        && header.timestampMicros() < Long.MAX_VALUE / 4
        && header.proposedInRegency() >= 0
        && batch.references().size() <= view.limits().batchRequests()
        && hasNoRepetition(batch);
  }

  /**
   * No request twice, and no two requests of a client for one place in a session. The session of
   * another client may be named as well: that request is ordered to be answered EXPIRED.
   */
  private static boolean hasNoRepetition(Batch batch) {
    List<Reference> references = batch.references();
    if (references.size() < 2) {
      return true;
    }
    // Open addressing over positions, instead of a set of keys: this runs for every request at
    // every
    // replica. Digests are spread well, but clients choose sessions and sequences, so what is
    // hashed
    // is mixed; somebody who finds collisions all the same makes one batch slower, within its
    // limit.
    int mask = Integer.highestOneBit(references.size() * 4) - 1;
    int[] seen = new int[mask + 1];
    for (int i = 0; i < references.size(); i++) {
      Reference reference = references.get(i);
      int at = spread(reference) & mask;
      while (seen[at] != 0) {
        if (isSamePlace(references.get(seen[at] - 1), reference)) {
          return false;
        }
        at = (at + 1) & mask;
      }
      seen[at] = i + 1;
    }
    return true;
  }

  private static int spread(Reference reference) {
    long hash =
        reference.session() == 0
            ? reference.digest().a()
            : (reference.session() * 0x9E3779B97F4A7C15L + reference.sequence())
                    * 0xC2B2AE3D27D4EB4FL
                ^ reference.client().high()
                ^ reference.client().low();
    return (int) (hash ^ hash >>> 32);
  }

  private static boolean isSamePlace(Reference one, Reference other) {
    if (one.session() != other.session()) {
      return false;
    }
    return one.session() == 0
        ? one.digest().equals(other.digest())
        : one.sequence() == other.sequence() && one.client().equals(other.client());
  }

  /** The verdict on a fresh proposal of the current regency that passed {@link #isStatic}. */
  default Verdict fresh(Batch batch, long regency, Circumstances now) {
    if (batch.header().proposedInRegency() != regency) {
      return Verdict.INVALID;
    }
    Boolean fit = now.bodiesFit();
    if (fit != null && !fit) {
      return Verdict.INVALID;
    }
    if (fit == null || !now.allAuthentic() || !now.clockFits()) {
      return Verdict.WAIT;
    }
    return now.hasDuplicates() ? Verdict.WAIT : Verdict.VALID;
  }
}
