package dev.lockstep.protocol.ledger;

import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.Genesis;

/**
 * Whether a replica that is said to have lost its votes says so itself (RULES 27). In crash mode
 * nobody signs, and nobody lies (RULES 4).
 */
public final class ClaimCheck {
  private final Genesis genesis;
  private final Verifier verifier;

  public ClaimCheck(Genesis genesis, Verifier verifier) {
    this.genesis = genesis;
    this.verifier = verifier;
  }

  public boolean isGenuine(Claim claim) {
    return !genesis.byzantine()
        || verifier.replica(
            claim.replica(),
            Statements.incarnation(genesis.cluster(), claim.replica(), claim.incarnation()),
            claim.signature());
  }
}
