package dev.lockstep.protocol.ledger;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.QuorumSystem;

/** Where decision certificates are verified: what anybody can check of the log. */
public final class CertificateCheck {
  private final Digest cluster;
  private final QuorumSystem quorums;
  private final VotingRule rule;
  private final Verifier verifier;

  public CertificateCheck(
      Digest cluster, QuorumSystem quorums, VotingRule rule, Verifier verifier) {
    this.cluster = cluster;
    this.quorums = quorums;
    this.rule = rule;
    this.verifier = verifier;
  }

  /**
   * Distinct members of a vote quorum, every signature over the same instance, regency and digest.
   * In crash mode certificates are claims of honest replicas (RULES 4).
   */
  public boolean isValid(Certificate certificate) {
    if (certificate.instance() < 1 || certificate.regency() < 0) {
      return false;
    }
    if (!quorums.view().byzantine()) {
      return true;
    }
    long signers = 0;
    for (Certificate.Vote vote : certificate.votes()) {
      long bit = quorums.bit(vote.replica());
      if (bit == 0 || (signers & bit) != 0) {
        return false;
      }
      signers |= bit;
    }
    if (!quorums.isVoteQuorum(signers)) {
      return false;
    }
    for (Certificate.Vote vote : certificate.votes()) {
      byte[] statement =
          rule.acceptStatement(
              cluster,
              quorums.view().id(),
              certificate.instance(),
              certificate.regency(),
              certificate.digest(),
              vote.replica());
      if (!verifier.replica(vote.replica(), statement, vote.signature())) {
        return false;
      }
    }
    return true;
  }
}
