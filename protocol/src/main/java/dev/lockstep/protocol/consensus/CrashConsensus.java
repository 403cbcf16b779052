package dev.lockstep.protocol.consensus;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.QuorumSystem;

/**
 * PROPOSE, ACCEPT: the crash variant (thesis 4.4; RULES 4). The first vote is the ACCEPT; it is the
 * lock as well. Nothing is signed.
 */
public final class CrashConsensus extends AbstractConsensus {
  public CrashConsensus(long instance, int self, QuorumSystem quorums, VotingRule rule, Host host) {
    super(instance, self, quorums, rule, host);
  }

  @Override
  public void vote(long regency, Batch batch) {
    Digest digest = batch.digest();
    votedIn = regency;
    votedFor = digest;
    lock = new Lock(regency, digest);
    host.persistWrote(
        instance,
        regency,
        batch,
        () -> {
          if (!isStopped(regency)) {
            sendAccept(regency, digest);
          }
        });
  }

  private void sendAccept(long regency, Digest digest) {
    if (decision() == null) {
      host.broadcastAccept(instance, regency, digest, Bytes.EMPTY);
    }
    countAccept(self, regency, digest, Bytes.EMPTY);
  }

  @Override
  void onInstalled(long regency) {}

  /** Crash mode has no WRITE; nobody correct sends one. */
  @Override
  public void onWrite(int member, long regency, Digest digest) {}

  @Override
  public void onAccept(int member, long regency, Digest digest, Bytes signature) {
    countAccept(member, regency, digest, Bytes.EMPTY);
  }

  @Override
  public void onSigned(long regency, Digest digest, Bytes signature) {}

  @Override
  public void onVerified(int member, long regency, Digest digest, Bytes signature, boolean valid) {}

  @Override
  public void review(long regency) {}

  @Override
  public void restoreWrote(long regency, Digest digest) {
    votedIn = regency;
    votedFor = digest;
    lock = new Lock(regency, digest);
    votes.roundFor(self, regency).accepts[self] = digest;
  }

  @Override
  public void restoreLock(long regency, Digest digest) {}

  @Override
  public void resend(long regency, Resend resend) {
    Votes.Round round = votes.roundOrNull(regency);
    if (round != null && round.accepts[self] != null) {
      resend.accept(regency, round.accepts[self], Bytes.EMPTY);
    }
  }
}
