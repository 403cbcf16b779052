package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.replica.checkpoint.Checkpoints;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.rules.TransferRule;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.VoteSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Whether a state that was taken up is right. Replicas take their checkpoints at different
 * instances, so this replica follows the decisions, which are certified, takes the hash of its own
 * state where others took theirs, and compares: execution is deterministic, so whoever claims
 * another hash than this state has, speaks of another state.
 */
final class StateProof {
  private static final class Judged {
    /** The last instance at which it agreed with a hash of this replica's own state. */
    long agreedAt;
  }

  private final ViewHistory views;
  private final Outbox out;
  private final Candidates candidates;
  private final Checkpoints checkpoints;
  private final CheckpointStorage storage;
  private final TransferRule rule;
  private final PeerTable<Judged> judged;

  /** Hashes of this replica's own state since it took up that of others, by instance. */
  private final TreeMap<Long, Digest> own = new TreeMap<>();

  /** The checkpoints behind {@link #own}. */
  private final TreeMap<Long, Checkpoint> ownCheckpoints = new TreeMap<>();

  /** Whose claims agree with, or differ from, a hash in {@link #own}: no one is in both. */
  private VoteSet agreeing;

  private VoteSet differing;

  StateProof(
      ViewHistory views,
      Outbox out,
      Candidates candidates,
      Checkpoints checkpoints,
      CheckpointStorage storage,
      TransferRule rule) {
    this.views = views;
    this.out = out;
    this.candidates = candidates;
    this.checkpoints = checkpoints;
    this.storage = storage;
    this.rule = rule;
    judged = new PeerTable<>(views.peers(), id -> new Judged());
    agreeing = views.installing().none();
    differing = views.installing().none();
  }

  /** This replica's own state after an instance. */
  void add(Checkpoint checkpoint, Digest hash) {
    own.put(checkpoint.instance(), hash);
    ownCheckpoints.put(checkpoint.instance(), checkpoint);
  }

  /** Whether claims for the instance are compared. */
  boolean has(long instance) {
    return own.containsKey(instance);
  }

  Set<Long> instances() {
    return own.keySet();
  }

  /** Nothing is compared any more; storage may drop what was kept for it. */
  void drop() {
    ownCheckpoints.keySet().forEach(storage::releaseCheckpoint);
    own.clear();
    ownCheckpoints.clear();
    agreeing = views.installing().none();
    differing = views.installing().none();
  }

  /** Compares anew. What a member said once of a state counts, also when its claim is gone. */
  void evaluate() {
    for (int i = 0; i < judged.size(); i++) {
      int peer = judged.idAt(i);
      if (candidates.isLiar(peer)) {
        continue;
      }
      for (Map.Entry<Long, Digest> mine : own.entrySet()) {
        Digest claim = candidates.claimOrNull(peer, mine.getKey());
        if (claim != null && claim.equals(mine.getValue())) {
          agreeing.add(peer);
          judged.at(i).agreedAt = mine.getKey();
        } else if (claim != null) {
          differing.add(peer);
        }
      }
    }
    forEachDiffering(agreeing::remove);
  }

  /** Whether one of those that agree must be correct. */
  boolean isProved() {
    return rule.isTrusted(agreeing);
  }

  /** Whether one of those that differ must be correct. */
  boolean isRefuted() {
    return differing.hasOneCorrect();
  }

  void forEachDiffering(IntConsumer each) {
    for (int i = 0; i < judged.size(); i++) {
      if (differing.contains(judged.idAt(i))) {
        each.accept(judged.idAt(i));
      }
    }
  }

  /** The newest checkpoint that was proved; it is the caller's from now on. */
  Checkpoint takeProved() {
    long last = 0;
    for (int i = 0; i < judged.size(); i++) {
      if (agreeing.contains(judged.idAt(i))) {
        last = Math.max(last, judged.at(i).agreedAt);
      }
    }
    return ownCheckpoints.remove(last);
  }

  /**
   * Whether this replica wants the hash of its own state at the instance, at which it then takes a
   * whole checkpoint. A member that agreed or differed once has said what it can say: a liar that
   * claims to have a checkpoint at every instance costs one.
   */
  boolean wantsHash(long instance) {
    for (int i = 0; i < judged.size(); i++) {
      int peer = judged.idAt(i);
      if (!candidates.isLiar(peer)
          && !isJudged(peer)
          && candidates.claimOrNull(peer, instance) != null) {
        return true;
      }
    }
    for (int peer : out.others()) {
      if (!isJudged(peer) && checkpoints.isDue(instance, peer)) {
        return instance > known();
      }
    }
    return false;
  }

  private boolean isJudged(int peer) {
    return agreeing.contains(peer) || differing.contains(peer);
  }

  /** Up to here what was offered tells at which instances there are checkpoints. */
  private long known() {
    return views.installing().reachedByOneCorrect(candidates::highestClaim);
  }
}
