package dev.lockstep.protocol.consensus;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.QuorumSystem;

/**
 * PROPOSE, WRITE, ACCEPT (thesis Algorithm 6; where it differs: docs/divergence.md).
 *
 * <pre>
 *   vote(value) -> record durable -> WRITE to all
 *   quorum of WRITE -> lock -> record durable and signature made -> ACCEPT to all
 *   quorum of checked ACCEPT -> decided, the signatures are the certificate
 * </pre>
 *
 * The ACCEPT is signed while the WRITE round is in flight. A replica may lock and accept without
 * the value: correct members of the WRITE quorum hold it.
 */
public final class ByzantineConsensus extends AbstractConsensus {
  private Bytes signature;
  private long signatureRegency = -1;
  private Digest signatureDigest;
  private boolean lockDurable;
  private boolean accepted;

  public ByzantineConsensus(
      long instance, int self, QuorumSystem quorums, VotingRule rule, Host host) {
    super(instance, self, quorums, rule, host);
  }

  @Override
  public void vote(long regency, Batch batch) {
    Digest digest = batch.digest();
    noteVote(regency, digest);
    requestSignature(regency, digest);
    host.persistWrote(
        instance,
        regency,
        batch,
        () -> {
          if (!isStopped(regency)) {
            sendWrite(regency, digest);
          }
        });
  }

  private void sendWrite(long regency, Digest digest) {
    if (decision() == null) {
      host.broadcastWrite(instance, regency, digest);
    }
    onWrite(self, regency, digest);
  }

  private void requestSignature(long regency, Digest digest) {
    if (signatureRegency != regency || !digest.equals(signatureDigest)) {
      signatureRegency = regency;
      signatureDigest = digest;
      signature = null;
      host.requestSignature(instance, regency, digest);
    }
  }

  @Override
  public void onWrite(int member, long regency, Digest digest) {
    Votes.Round round = votes.roundFor(member, regency);
    if (round == null) {
      return;
    }
    if (round.writes[member] != null) {
      if (!round.writes[member].equals(digest)) {
        host.onDoubleVote(member);
      }
      return;
    }
    round.writes[member] = digest;
    countWrites(round, regency, digest);
  }

  @Override
  public void review(long regency) {
    Votes.Round round = votes.roundOrNull(regency);
    if (round == null) {
      return;
    }
    for (Digest digest : round.writes) {
      if (digest != null) {
        countWrites(round, regency, digest);
      }
    }
    sendAcceptWhenReady(regency);
  }

  private void countWrites(Votes.Round round, long regency, Digest digest) {
    if (quorums.isVoteQuorum(votes.mask(round.writes, digest))) {
      onWriteQuorum(regency, digest);
    }
  }

  /** A quorum wrote the value: lock it, and ACCEPT once lock and signature are there. */
  private void onWriteQuorum(long regency, Digest digest) {
    if (lock.regency() >= regency
        || decision() != null
        || isStopped(regency)
        || !host.mayVote(instance, regency)) {
      return;
    }
    lock = new Lock(regency, digest);
    lockDurable = false;
    accepted = false;
    requestSignature(regency, digest);
    host.persistLock(
        instance,
        regency,
        digest,
        () -> {
          if (lock.regency() == regency) {
            lockDurable = true;
            sendAcceptWhenReady(regency);
          }
        });
  }

  @Override
  public void onSigned(long regency, Digest digest, Bytes made) {
    if (signatureRegency == regency && digest.equals(signatureDigest)) {
      signature = made;
      sendAcceptWhenReady(regency);
    }
  }

  private void sendAcceptWhenReady(long regency) {
    if (accepted
        || !lockDurable
        || signature == null
        || lock.regency() != regency
        || signatureRegency != regency
        || !lock.digest().equals(signatureDigest)
        || isStopped(regency)
        || !host.mayVote(instance, regency)) {
      return;
    }
    accepted = true;
    if (decision() == null) {
      host.broadcastAccept(instance, regency, lock.digest(), signature);
    }
    countAccept(self, regency, lock.digest(), signature);
  }

  @Override
  public void onAccept(int member, long regency, Digest digest, Bytes offered) {
    if (decision() != null) {
      return;
    }
    Votes.Round round = votes.roundFor(member, regency);
    if (round == null) {
      return;
    }
    Digest known = round.accepts[member] != null ? round.accepts[member] : round.checking[member];
    if (known != null) {
      if (!known.equals(digest)) {
        host.onDoubleVote(member);
      }
      return;
    }
    if (round.refused[member]) {
      return;
    }
    // Counted only when its signature is checked (RULES 22).
    round.checking[member] = digest;
    round.unchecked[member] = offered;
    check(round, regency, member);
  }

  /**
   * Has the signature checked, once it is one that can matter: of a regency that is installed, and
   * not long ago. So a member can have one ACCEPT checked for each regency of each instance,
   * however many it sends.
   */
  private void check(Votes.Round round, long regency, int member) {
    Bytes offered = round.unchecked[member];
    if (offered != null && regency <= installed() && regency > installed() - Votes.REGENCIES) {
      round.unchecked[member] = null;
      host.requestVerification(member, instance, regency, round.checking[member], offered);
    }
  }

  @Override
  void onInstalled(long regency) {
    Votes.Round round = decision() == null ? votes.roundOrNull(regency) : null;
    if (round != null) {
      for (int member = 0; member < round.unchecked.length; member++) {
        check(round, regency, member);
      }
    }
  }

  @Override
  public void onVerified(int member, long regency, Digest digest, Bytes offered, boolean valid) {
    Votes.Round round = votes.roundOrNull(regency);
    if (round == null
        || !digest.equals(round.checking[member])
        || round.unchecked[member] != null) {
      return;
    }
    round.checking[member] = null;
    if (valid) {
      countAccept(member, regency, digest, offered);
    } else {
      round.refused[member] = true;
      host.onBadSignature(member);
    }
  }

  @Override
  public void restoreWrote(long regency, Digest digest) {
    noteVote(regency, digest);
    votes.roundFor(self, regency).writes[self] = digest;
  }

  @Override
  public void restoreLock(long regency, Digest digest) {
    lock = new Lock(regency, digest);
    lockDurable = true;
    requestSignature(regency, digest);
  }

  @Override
  public void resend(long regency, Resend resend) {
    Votes.Round round = votes.roundOrNull(regency);
    if (round == null) {
      return;
    }
    if (round.writes[self] != null) {
      resend.write(regency, round.writes[self]);
    }
    if (round.accepts[self] != null) {
      resend.accept(regency, round.accepts[self], round.signatures[self]);
    }
  }
}
