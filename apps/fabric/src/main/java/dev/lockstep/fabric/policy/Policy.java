package dev.lockstep.fabric.policy;

import dev.lockstep.fabric.msp.Identity;
import java.util.List;

/** Which sets of signers suffice for something. Immutable and thread-safe. */
public interface Policy {
  /**
   * Whether these signers suffice.
   *
   * @param signers members whose signatures are checked, each there once; see {@link Signers}
   * @return null if they do, else the reason why not
   */
  String refusalOrNull(List<Identity> signers);
}
