package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Digest;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.view.View;
import java.util.HashSet;
import java.util.Set;

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

    /** Delivered, superseded, or in a value voted for in this regency and not delivered. */
    boolean isDuplicate(Reference reference);

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
    record Place(ClientId client, long session, long sequence) {}
    if (batch.references().size() < 2) {
      return true;
    }
    Set<Object> seen = new HashSet<>();
    for (Reference reference : batch.references()) {
      Object key =
          reference.session() == 0
              ? reference.digest()
              : new Place(reference.client(), reference.session(), reference.sequence());
      if (!seen.add(key)) {
        return false;
      }
    }
    return true;
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
    for (Reference reference : batch.references()) {
      if (now.isDuplicate(reference)) {
        return Verdict.WAIT;
      }
    }
    return Verdict.VALID;
  }

  /** Whether values that were bound by SYNC are tested for duplicates; they must not be (S1). */
  default boolean testsBoundValues() {
    return false;
  }
}
