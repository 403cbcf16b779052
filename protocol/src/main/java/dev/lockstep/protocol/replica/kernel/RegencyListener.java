package dev.lockstep.protocol.replica.kernel;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import java.util.List;

/** What happens to the regency. Who listens in which order is fixed in one place. */
public interface RegencyListener {
  /**
   * The regency is installed: no vote of a lower one leaves any more; what was proposed is void.
   */
  default void onInstalled(long regency) {}

  /** A certificate that was verified as part of a SYNC. */
  default void onProvedDecision(Certificate certificate) {}

  /**
   * A SYNC of the installed regency was accepted: its choices can be voted for.
   *
   * @param values those that came along; not checked
   */
  default void onSynced(List<Batch> values) {}
}
