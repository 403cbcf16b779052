package dev.lockstep.protocol.ledger;

import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.QuorumSystem;

/** Where decision certificates are verified: what anybody can check of the log. */
public final class CertificateCheck {
  private final Domains domains;
  private final QuorumSystem quorums;
  private final VotingRule rule;
  private final Verifier verifier;

  public CertificateCheck(
      Domains domains, QuorumSystem quorums, VotingRule rule, Verifier verifier) {
    this.domains = domains;
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
              domains.at(certificate.instance()),
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
