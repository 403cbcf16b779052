package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.CodecLimits;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Execution;
import dev.lockstep.protocol.port.VoteStorage;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.ServingBudget;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.rules.TransferRule;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * This replica's own checkpoints (PROTOCOL 1.18, 1.19): when one is due, what is kept of the log,
 * and pieces for those who ask.
 *
 * <pre>
 *   delivery of a due instance    the protocol's state is noted, the service's is asked for
 *   its execution                 the held replies are noted: the checkpoint goes to storage
 *   durable                       one of the two that are kept; what the older makes needless goes
 * </pre>
 *
 * <p>Replicas take theirs at different instances, so that a quorum never waits for the service.
 */
final class Checkpoints implements DeliveryListener {
  /** Checkpoints that are kept. */
  private static final int KEPT = 2;

  /** Questions for pieces of one peer that wait for its budget. */
  private static final int WAITING = 8;

  /** How long a question waits for its budget before another look, in microseconds. */
  private static final long LOOK = 5_000;

  /** One that is durable. */
  private static final class Kept {
    final long instance;
    final Bytes state;
    final Manifest manifest;
    final Digest hash;
    final List<Certificate> certificates;
    long askedAt = Long.MIN_VALUE / 2;

    Kept(Bytes state, Manifest manifest, List<Certificate> certificates) {
      this.instance = manifest.instance();
      this.state = state;
      this.manifest = manifest;
      this.hash = manifest.hash();
      this.certificates = certificates;
    }
  }

  private final int self;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Voice voice;
  private final ServingBudget budget;
  private final ReplicatedState protocolState;
  private final Execution execution;
  private final CheckpointStorage storage;
  private final VoteStorage votes;
  private final CodecLimits codecLimits;
  private final TransferRule rule;
  private final long period;
  private final int pieceBytes;
  private final long pinned;
  private final TreeMap<Long, Kept> kept = new TreeMap<>();

  /** Questions for pieces of each peer that wait for its budget. */
  private final PeerTable<ArrayDeque<FetchPiece>> waiting;

  /** The instance at which one is being taken, or 0. */
  private long taking;

  /** Whether it is of a state that is not known to be right yet. */
  private boolean provisional;

  /** Its answer is of no use any more. */
  private boolean forgotten;

  private CheckpointHead noted;
  private int waitingCount;
  private long nextLook = Long.MAX_VALUE;

  /**
   * @param period instances between two checkpoints of one replica, 0 for none
   * @param pinned how long a checkpoint is kept after somebody asked for a piece of it,
   *     microseconds
   */
  Checkpoints(
      int self,
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Voice voice,
      ServingBudget budget,
      ReplicatedState protocolState,
      Execution execution,
      CheckpointStorage storage,
      VoteStorage votes,
      CodecLimits codecLimits,
      TransferRule rule,
      long period,
      int pieceBytes,
      long pinned) {
    this.self = self;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.voice = voice;
    this.budget = budget;
    this.protocolState = protocolState;
    this.execution = execution;
    this.storage = storage;
    this.votes = votes;
    this.codecLimits = codecLimits;
    this.rule = rule;
    this.period = period;
    this.pieceBytes = pieceBytes;
    this.pinned = pinned;
    waiting = new PeerTable<>(views.peers(), id -> new ArrayDeque<>());
  }

  // ---- taking -----------------------------------------------------------------------------------

  /** Whether the replica takes its checkpoints at this instance, as far as all go by one period. */
  boolean isDue(long instance, int replica) {
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
  void onDelivered(long instance, boolean wanted) {
    if (taking != 0 || !(wanted || (!voice.isTentative() && isDue(instance, self)))) {
      return;
    }
    taking = instance;
    provisional = voice.isTentative();
    noted = protocolState.delivered();
    execution.snapshot(instance);
  }

  /** Whether one is under way; the next one has to wait. */
  boolean isTaking() {
    return taking != 0;
  }

  void onExecuted(long instance) {
    if (instance != taking || noted == null) {
      return;
    }
    CheckpointHead head = protocolState.executed(noted);
    noted = null;
    if (rule.dropsBeforeDurable() && !provisional) {
      kept.keySet().forEach(storage::releaseCheckpoint);
      kept.clear();
      truncate(instance + 1);
    }
    storage.checkpoint(
        instance, CheckpointHead.encode(head.state(), head.certificates()), provisional);
  }

  /** Storage has it. Returns the hash of the state, or null if nobody waits for it any more. */
  Digest onTaken(Checkpoint checkpoint) {
    if (checkpoint.instance() != taking) {
      return null;
    }
    taking = 0;
    if (forgotten) {
      forgotten = false;
      storage.releaseCheckpoint(checkpoint.instance());
      return null;
    }
    Kept made = made(checkpoint);
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
  void forget() {
    if (noted != null) {
      storage.releaseCheckpoint(taking);
      taking = 0;
      noted = null;
    } else {
      forgotten = taking != 0;
    }
  }

  private Kept made(Checkpoint checkpoint) {
    try {
      CheckpointHead head = CheckpointHead.decode(checkpoint.head(), codecLimits);
      Bytes state = CheckpointHead.state(checkpoint.head());
      Manifest manifest = CheckpointHead.manifest(state, checkpoint, pieceBytes);
      return new Kept(state, manifest, head.certificates());
    } catch (DecodeException e) {
      throw new IllegalStateException(
          "the checkpoint at instance " + checkpoint.instance() + " is not what was stored", e);
    }
  }

  // ---- keeping ----------------------------------------------------------------------------------

  /** One that storage found at the start. */
  void restore(Checkpoint checkpoint) {
    kept.put(checkpoint.instance(), made(checkpoint));
  }

  /**
   * This one, taken from others or proved by them, is the only one from here on, and the log goes
   * on from it.
   */
  void adopt(Checkpoint checkpoint) {
    for (long older : kept.keySet()) {
      if (older != checkpoint.instance()) {
        storage.releaseCheckpoint(older);
      }
    }
    kept.clear();
    kept.put(checkpoint.instance(), made(checkpoint));
    truncate(checkpoint.instance() + 1);
  }

  private void prune() {
    while (kept.size() > KEPT) {
      Kept oldest = kept.firstEntry().getValue();
      if (kept.size() == KEPT + 1 && clock.now() - oldest.askedAt < pinned) {
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

  // ---- giving -----------------------------------------------------------------------------------

  void onFetchOffers(int sender) {
    if (!budget.mayAsk(sender)) {
      out.count(Event.OVER_BUDGET, sender);
      return;
    }
    List<Message.Offer> offers = new ArrayList<>();
    kept.forEach((instance, one) -> offers.add(new Message.Offer(instance, one.hash)));
    out.send(sender, new Message.Offers(offers, log.firstGivable(), log.last()));
  }

  void onFetchPiece(int sender, FetchPiece fetch) {
    ArrayDeque<FetchPiece> queue = waiting.of(sender);
    if (!budget.mayAsk(sender) || queue.size() >= WAITING) {
      out.count(Event.OVER_BUDGET, sender);
      return;
    }
    queue.add(fetch);
    waitingCount++;
    giveWaiting(sender);
    if (waitingCount > 0 && nextLook == Long.MAX_VALUE) {
      nextLook = clock.now() + LOOK;
    }
  }

  private void giveWaiting(int to) {
    ArrayDeque<FetchPiece> queue = waiting.of(to);
    while (!queue.isEmpty() && budget.hasBytes(to)) {
      waitingCount--;
      give(to, queue.poll());
    }
  }

  private void give(int to, FetchPiece fetch) {
    Kept one = kept.get(fetch.instance());
    int index = fetch.piece();
    if (one == null || index < FetchPiece.MANIFEST || index >= one.manifest.size()) {
      budget.spend(to, 64);
      out.send(to, new Message.Piece(fetch.instance(), index, Bytes.EMPTY));
      return;
    }
    one.askedAt = clock.now();
    if (index == FetchPiece.MANIFEST) {
      budget.spend(to, 1024 + 32L * one.manifest.size());
      out.send(to, new Message.Manifested(one.manifest, one.certificates));
      return;
    }
    budget.spend(to, 64L + one.manifest.pieceLength(index, pieceBytes));
    int statePieces = one.manifest.statePieces().size();
    if (index < statePieces) {
      Bytes piece = CheckpointHead.piece(one.state, index * pieceBytes, pieceBytes);
      out.send(to, new Message.Piece(fetch.instance(), index, piece));
    } else {
      storage.readPiece(to, fetch.instance(), index - statePieces);
    }
  }

  /** Storage read a piece for a peer. */
  void onRead(int requester, long instance, int piece, Bytes bytes) {
    Kept one = kept.get(instance);
    if (one != null) {
      int index = piece + one.manifest.statePieces().size();
      out.send(requester, new Message.Piece(instance, index, bytes));
    }
  }

  long nextDeadline() {
    return nextLook;
  }

  void onTime() {
    if (clock.now() < nextLook) {
      return;
    }
    for (int i = 0; i < waiting.size(); i++) {
      giveWaiting(waiting.idAt(i));
    }
    nextLook = waitingCount > 0 ? clock.now() + LOOK : Long.MAX_VALUE;
  }
}
