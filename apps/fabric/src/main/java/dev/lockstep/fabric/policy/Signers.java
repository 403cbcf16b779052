package dev.lockstep.fabric.policy;

import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.msp.MspManager;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes signers of signatures. */
public final class Signers {
  /**
   * Signatures that are looked at in one set; those behind are ignored. No channel has as many
   * nodes or admins, and each costs time.
   */
  public static final int MAX_SIGNATURES = 256;

  private Signers() {}

  /**
   * The members whose signatures verify, each once, in the order of their first good signature.
   * Once a signer is found good no more of its signatures are checked.
   */
  public static List<Identity> of(List<SignedData> signatures, MspManager msps) {
    List<Identity> signers = new ArrayList<>();
    Set<Identity.Key> seen = new HashSet<>();
    for (SignedData signature :
        signatures.subList(0, Math.min(signatures.size(), MAX_SIGNATURES))) {
      Identity signer = msps.memberOrNull(signature.identity());
      if (signer != null
          && !seen.contains(signer.key())
          && signer.verify(signature.data(), signature.signature())) {
        seen.add(signer.key());
        signers.add(signer);
      }
    }
    return signers;
  }
}
