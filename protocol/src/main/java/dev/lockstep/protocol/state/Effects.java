package dev.lockstep.protocol.state;

import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Reference;
import java.util.List;

/**
 * What the delivery of a batch did: the same at every replica.
 *
 * @param timeMicros ordered time of the instance (RULES 7)
 * @param effects one for each reference, in order
 * @param ended sessions that expired at the start of this instance, longest idle first, then those
 *     that were closed, in order
 */
public record Effects(long instance, long timeMicros, List<Effect> effects, List<Long> ended) {
  public Effects {
    effects = List.copyOf(effects);
    ended = List.copyOf(ended);
  }

  /**
   * What became of one reference.
   *
   * @param index its position in the batch
   * @param session the session that it concerns; for OPENED the one that the client has now; 0 for
   *     an OPEN that got none
   * @param closed the older session that this OPEN closed, or 0
   * @param closedLastExecuted last sequence executed in {@code closed}, or -1 without one
   * @param open the decoded operation when the verdict is OPENED, else null
   */
  public record Effect(
      int index,
      Reference reference,
      Verdict verdict,
      long session,
      long closed,
      long closedLastExecuted,
      OpenSession open) {

    static Effect of(int index, Reference reference, Verdict verdict) {
      return new Effect(index, reference, verdict, reference.session(), 0, -1, null);
    }
  }
}
