package dev.lockstep.protocol.replica.checkpoint;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Execution;
import dev.lockstep.protocol.port.VoteStorage;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.Collection;
import java.util.TreeMap;

/**
 * This replica's own checkpoints: when one is due, how it is taken, which are kept, and how much of
 * the log with them.
 *
 * <pre>
 *   delivery of a due instance    the protocol's state is noted, the service's is asked for
 *   its execution                 the held replies are noted: the checkpoint goes to storage
 *   durable                       one of the two that are kept; what the older makes needless goes
 * </pre>
 *
 * <p>Replicas take theirs at different instances, so that a quorum never waits for the service.
 */
public final class Checkpoints implements DeliveryListener {
  /** Checkpoints that are kept. */
  private static final int KEPT = 2;

  private final int self;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Voice voice;
  private final ReplicatedState protocolState;
  private final Execution execution;
  private final CheckpointStorage storage;
  private final VoteStorage votes;
  private final CodecLimits codecLimits;
  private final long period;
  private final int pieceBytes;
  private final long pinnedMicros;
  private final TreeMap<Long, KeptCheckpoint> kept = new TreeMap<>();

  /** The instance at which one is being taken, or 0. */
  private long taking;

  /** Whether it is of a state that is not known to be right yet. */
  private boolean provisional;

  /** Its answer is of no use any more. */
  private boolean forgotten;

  private CheckpointHead noted;

  /**
   * @param period instances between two checkpoints of one replica, 0 for none
   * @param pinnedMicros how long a checkpoint is kept after somebody asked for a piece of it,
   *     microseconds
   */
  public Checkpoints(
      int self,
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Voice voice,
      ReplicatedState protocolState,
      Execution execution,
      CheckpointStorage storage,
      VoteStorage votes,
      CodecLimits codecLimits,
      long period,
      int pieceBytes,
      long pinnedMicros) {
    this.self = self;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.voice = voice;
    this.protocolState = protocolState;
    this.execution = execution;
    this.storage = storage;
    this.votes = votes;
    this.codecLimits = codecLimits;
    this.period = period;
    this.pieceBytes = pieceBytes;
    this.pinnedMicros = pinnedMicros;
  }

  /** Whether the replica takes its checkpoints at this instance, as far as all go by one period. */
  public boolean isDue(long instance, int replica) {
    View view = views.at(instance);
    int position = view.indexOf(replica);
    return period > 0
        && Math.floorMod(instance - (position + 1) * period / view.size(), period) == 0;
  }

  /**
   * The instance was delivered, and nothing after it.
   *
   * @param wanted take one although it is not due: to compare it with another replica's
   */
  public void onDelivered(long instance, boolean wanted) {
    if (taking != 0 || !(wanted || (!voice.isTentative() && isDue(instance, self)))) {
      return;
    }
    taking = instance;
    provisional = voice.isTentative();
    noted = protocolState.delivered();
    execution.snapshot(instance);
  }

  /** Whether one is under way; the next one has to wait. */
  public boolean isTaking() {
    return taking != 0;
  }

  public void onExecuted(long instance) {
    if (instance != taking || noted == null) {
      return;
    }
    CheckpointHead head = protocolState.executed(noted);
    noted = null;
    storage.checkpoint(
        instance, CheckpointHead.encode(head.state(), head.certificates()), provisional);
  }

  /** Storage has it. Returns the hash of the state, or null if nobody waits for it any more. */
  public Digest onTaken(Checkpoint checkpoint) {
    if (checkpoint.instance() != taking) {
      return null;
    }
    taking = 0;
    if (forgotten) {
      forgotten = false;
      storage.releaseCheckpoint(checkpoint.instance());
      return null;
    }
    KeptCheckpoint made = made(checkpoint);
    if (!provisional) {
      out.count(Event.CHECKPOINTED);
      kept.put(checkpoint.instance(), made);
      prune();
    }
    return made.hash;
  }

  /**
   * What is being taken is of a state that is given up. If storage has it already, the next one
   * waits for its answer: it could be one for the same instance, and the answers not told apart.
   */
  public void forget() {
    if (noted != null) {
      storage.releaseCheckpoint(taking);
      taking = 0;
      noted = null;
    } else {
      forgotten = taking != 0;
    }
  }

  private KeptCheckpoint made(Checkpoint checkpoint) {
    try {
      CheckpointHead head = CheckpointHead.decode(checkpoint.head(), codecLimits);
      Bytes state = CheckpointHead.state(checkpoint.head());
      Manifest manifest = CheckpointHead.manifest(state, checkpoint, pieceBytes);
      return new KeptCheckpoint(state, manifest, head.certificates());
    } catch (DecodeException e) {
      throw new IllegalStateException(
          "the checkpoint at instance " + checkpoint.instance() + " is not what was stored", e);
    }
  }

  /** One that storage found at the start. */
  public void restore(Checkpoint checkpoint) {
    kept.put(checkpoint.instance(), made(checkpoint));
  }

  /**
   * This one, taken from others or proved by them, is the only one from here on, and the log goes
   * on from it.
   */
  public void adopt(Checkpoint checkpoint) {
    for (long older : kept.keySet()) {
      if (older != checkpoint.instance()) {
        storage.releaseCheckpoint(older);
      }
    }
    kept.clear();
    kept.put(checkpoint.instance(), made(checkpoint));
    truncate(checkpoint.instance() + 1);
  }

  /** The one at the instance, or null. */
  KeptCheckpoint keptOrNull(long instance) {
    return kept.get(instance);
  }

  /** What there is to be given, the oldest first. */
  Collection<KeptCheckpoint> kept() {
    return kept.values();
  }

  private void prune() {
    while (kept.size() > KEPT) {
      KeptCheckpoint oldest = kept.firstEntry().getValue();
      if (kept.size() == KEPT + 1 && clock.now() - oldest.askedAt < pinnedMicros) {
        break;
      }
      kept.pollFirstEntry();
      storage.releaseCheckpoint(oldest.instance);
    }
    if (kept.size() >= KEPT) {
      truncate(kept.firstKey() + 1);
    }
  }

  private void truncate(long below) {
    if (below > log.firstStored()) {
      log.setFirstStored(below);
      votes.truncate(below);
    }
  }

  @Override
  public void onAdopted(long instance) {
    log.setFirstStored(instance + 1);
  }
}
