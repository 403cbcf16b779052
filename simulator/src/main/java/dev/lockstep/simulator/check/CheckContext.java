package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.view.View;
import java.util.Set;

/**
 * What the checkers are told about a run before it starts.
 *
 * @param byzantine replicas that are faulty from the start; all others are correct
 * @param durable whether a confirmed record is on the disk itself; otherwise it only survives the
 *     process
 * @param wrongClocks correct replicas whose clocks are wrong beyond the bound; they count against f
 * @param clockBoundMicros bound within which the other correct clocks agree
 * @param settleMicros how long after the network has healed regencies may still change freely
 * @param changeAllowance regency changes that may happen after that: f, plus what the back-off
 *     costs, plus what Byzantine clients may cost where requests are vouched for (RULES 13)
 */
public record CheckContext(
    View view,
    Digest cluster,
    Verifier verifier,
    Set<Integer> byzantine,
    boolean durable,
    Set<Integer> wrongClocks,
    long clockBoundMicros,
    long settleMicros,
    int changeAllowance) {
  public CheckContext {
    byzantine = Set.copyOf(byzantine);
    wrongClocks = Set.copyOf(wrongClocks);
  }
}
