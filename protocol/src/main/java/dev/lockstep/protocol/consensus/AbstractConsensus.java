package dev.lockstep.protocol.consensus;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.message.Testimony.Written;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;

/** What both variants share: own votes, the lock, the write set, and the decision. */
abstract class AbstractConsensus implements Consensus {
  final long instance;
  final int self;
  final QuorumSystem quorums;
  final VotingRule rule;
  final Host host;
  final Votes votes;

  /** Invariant: never descends. */
  long votedIn = -1;

  Digest votedFor;

  /** Invariant: its regency never descends (I7). */
  Lock lock = Lock.NONE;

  /** Each digest once, with the highest regency in which it was written; ascending. */
  final List<Written> writeSet = new ArrayList<>();

  /** The regency that is installed, as far as this instance was told: none below is voted in. */
  private long installed;

  private Certificate decision;

  AbstractConsensus(long instance, int self, QuorumSystem quorums, VotingRule rule, Host host) {
    this.instance = instance;
    this.self = self;
    this.quorums = quorums;
    this.rule = rule;
    this.host = host;
    this.votes = new Votes(quorums.view().size(), rule);
  }

  final boolean isStopped(long regency) {
    return regency < installed;
  }

  final long installed() {
    return installed;
  }

  /** The regency is installed, and votes of others in it are worth a look. */
  abstract void onInstalled(long regency);

  final void noteVote(long regency, Digest digest) {
    votedIn = regency;
    votedFor = digest;
    writeSet.removeIf(written -> written.digest().equals(digest));
    writeSet.add(new Written(regency, digest));
  }

  @Override
  public final void stop(long regency) {
    if (regency > installed) {
      installed = regency;
      onInstalled(regency);
    }
  }

  @Override
  public final Testimony.Open state() {
    if (decision != null) {
      return new Testimony.Open(instance, decision.digest(), Lock.NONE, List.of());
    }
    if (votedIn < 0 && lock.isNone()) {
      return null;
    }
    return new Testimony.Open(instance, null, lock, writeSet);
  }

  @Override
  public final void decide(Certificate proof) {
    if (decision == null) {
      decision = proof;
      host.onDecided(instance);
    }
  }

  @Override
  public final Certificate decision() {
    return decision;
  }

  @Override
  public final long votedIn() {
    return votedIn;
  }

  @Override
  public final Digest votedFor() {
    return votedFor;
  }

  @Override
  public final long voters(Digest digest) {
    return votes.voters(digest);
  }

  /** Records an ACCEPT that counts, and decides when a quorum agrees. */
  final void countAccept(int member, long regency, Digest digest, Bytes signature) {
    Votes.Round round = votes.roundFor(member, regency);
    if (round == null || round.accepts[member] != null) {
      return;
    }
    round.accepts[member] = digest;
    round.signatures[member] = signature;
    if (decision == null && quorums.isVoteQuorum(votes.mask(round.accepts, digest))) {
      List<Integer> ids = quorums.view().members().stream().map(View.Member::replica).toList();
      List<Certificate.Vote> proof =
          quorums.view().byzantine() ? votes.certificateVotes(round, digest, ids) : List.of();
      decide(new Certificate(instance, regency, digest, proof));
    }
  }
}
