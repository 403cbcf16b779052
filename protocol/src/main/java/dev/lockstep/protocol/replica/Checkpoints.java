package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.port.Actions.Event;
import dev.lockstep.protocol.port.Checkpoint;
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
final class Checkpoints {
  /** Checkpoints that are kept. */
  private static final int KEPT = 2;

  /** STATUS periods for which a checkpoint is kept after somebody asked for a piece of it. */
  private static final int PINNED_PERIODS = 64;

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

  private final Replica replica;
  private final long period;
  private final int pieceBytes;
  private final TreeMap<Long, Kept> kept = new TreeMap<>();
  private final List<ArrayDeque<FetchPiece>> waiting = new ArrayList<>();

  /** The instance at which one is being taken, or 0. */
  private long taking;

  /** Whether it is of a state that is not known to be right yet. */
  private boolean provisional;

  /** Its answer is of no use any more. */
  private boolean forgotten;

  private CheckpointHead noted;
  private long firstDecision = 1;
  private int waitingCount;
  private long nextLook = Long.MAX_VALUE;

  Checkpoints(Replica replica) {
    this.replica = replica;
    period = replica.config().checkpointing().period();
    pieceBytes = replica.config().checkpointing().pieceBytes();
    for (int i = 0; i < replica.view().size(); i++) {
      waiting.add(new ArrayDeque<>());
    }
  }

  // ---- taking -----------------------------------------------------------------------------------

  /** Whether the member takes its checkpoints at this instance, as far as all go by one period. */
  boolean isDue(long instance, int member) {
    return period > 0
        && Math.floorMod(instance - (member + 1) * period / replica.view().size(), period) == 0;
  }

  /**
   * The instance was delivered; called before anything else is.
   *
   * @param wanted take one although it is not due: to compare it with another replica's
   */
  void onDelivered(long instance, boolean wanted) {
    if (taking != 0 || !(wanted || (!replica.isTentative() && isDue(instance, selfIndex())))) {
      return;
    }
    taking = instance;
    provisional = replica.isTentative();
    List<Digest> headers = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = Math.max(1, instance - replica.view().window() + 1); t <= instance; t++) {
      headers.add(replica.log().header(t));
      certificates.add(replica.log().certificateOrNull(t));
    }
    noted =
        new CheckpointHead(
            instance, headers, certificates, replica.sessions().snapshot(), Bytes.EMPTY);
    replica.actions().snapshot(instance);
  }

  private int selfIndex() {
    return replica.selfIndex();
  }

  /** Whether one is under way; the next one has to wait. */
  boolean isTaking() {
    return taking != 0;
  }

  void onExecuted(long instance) {
    if (instance != taking || noted == null) {
      return;
    }
    CheckpointHead head =
        new CheckpointHead(
            instance,
            noted.headers(),
            noted.certificates(),
            noted.sessions(),
            replica.replies().snapshot());
    noted = null;
    if (replica.rules().transfer().dropsBeforeDurable() && !provisional) {
      kept.keySet().forEach(replica.actions()::releaseCheckpoint);
      kept.clear();
      truncate(instance + 1);
    }
    replica
        .actions()
        .checkpoint(
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
      replica.actions().releaseCheckpoint(checkpoint.instance());
      return null;
    }
    Kept made = made(checkpoint);
    if (!provisional) {
      replica.count(Event.CHECKPOINTED, -1);
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
      replica.actions().releaseCheckpoint(taking);
      taking = 0;
      noted = null;
    } else {
      forgotten = taking != 0;
    }
  }

  private Kept made(Checkpoint checkpoint) {
    try {
      CheckpointHead head = CheckpointHead.decode(checkpoint.head(), replica.codecLimits());
      Bytes state = CheckpointHead.state(checkpoint.head());
      Manifest manifest = CheckpointHead.manifest(state, checkpoint, pieceBytes);
      return new Kept(state, manifest, head.certificates());
    } catch (DecodeException e) {
      throw new IllegalStateException(
          "the checkpoint at instance " + checkpoint.instance() + " is not what was stored", e);
    }
  }

  // ---- keeping ----------------------------------------------------------------------------------

  /** The oldest instance of which this replica still has the decision. */
  long firstDecision() {
    return firstDecision;
  }

  void setFirstDecision(long instance) {
    firstDecision = instance;
  }

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
        replica.actions().releaseCheckpoint(older);
      }
    }
    kept.clear();
    kept.put(checkpoint.instance(), made(checkpoint));
    truncate(checkpoint.instance() + 1);
  }

  private void prune() {
    while (kept.size() > KEPT) {
      Kept oldest = kept.firstEntry().getValue();
      if (kept.size() == KEPT + 1
          && replica.now() - oldest.askedAt
              < PINNED_PERIODS * replica.config().timing().statusPeriod()) {
        break;
      }
      kept.pollFirstEntry();
      replica.actions().releaseCheckpoint(oldest.instance);
    }
    if (kept.size() >= KEPT) {
      truncate(kept.firstKey() + 1);
    }
  }

  private void truncate(long below) {
    if (below > firstDecision) {
      firstDecision = below;
      replica.actions().truncate(below);
    }
  }

  // ---- giving -----------------------------------------------------------------------------------

  void onFetchOffers(int sender, int member) {
    if (!replica.server().mayAsk(member)) {
      replica.count(Event.OVER_BUDGET, sender);
      return;
    }
    List<Message.Offer> offers = new ArrayList<>();
    kept.forEach((instance, one) -> offers.add(new Message.Offer(instance, one.hash)));
    replica.send(
        sender, new Message.Offers(offers, replica.firstDecision(), replica.lastDelivered()));
  }

  void onFetchPiece(int sender, int member, FetchPiece fetch) {
    ArrayDeque<FetchPiece> queue = waiting.get(member);
    if (!replica.server().mayAsk(member) || queue.size() >= WAITING) {
      replica.count(Event.OVER_BUDGET, sender);
      return;
    }
    queue.add(fetch);
    waitingCount++;
    give(sender, member);
    if (waitingCount > 0 && nextLook == Long.MAX_VALUE) {
      nextLook = replica.now() + LOOK;
    }
  }

  private void give(int to, int member) {
    ArrayDeque<FetchPiece> queue = waiting.get(member);
    while (!queue.isEmpty() && replica.server().hasBudget(member)) {
      waitingCount--;
      give(to, member, queue.poll());
    }
  }

  private void give(int to, int member, FetchPiece fetch) {
    Kept one = kept.get(fetch.instance());
    int index = fetch.piece();
    if (one == null || index < FetchPiece.MANIFEST || index >= one.manifest.size()) {
      replica.server().spend(member, 64);
      replica.send(to, new Message.Piece(fetch.instance(), index, Bytes.EMPTY));
      return;
    }
    one.askedAt = replica.now();
    if (index == FetchPiece.MANIFEST) {
      replica.server().spend(member, 1024 + 32L * one.manifest.size());
      replica.send(to, new Message.Manifested(one.manifest, one.certificates));
      return;
    }
    replica.server().spend(member, 64L + one.manifest.pieceLength(index, pieceBytes));
    int statePieces = one.manifest.statePieces().size();
    if (index < statePieces) {
      Bytes piece = CheckpointHead.piece(one.state, index * pieceBytes, pieceBytes);
      replica.send(to, new Message.Piece(fetch.instance(), index, piece));
    } else {
      replica.actions().readPiece(to, fetch.instance(), index - statePieces);
    }
  }

  /** Storage read a piece for a peer. */
  void onRead(int requester, long instance, int piece, Bytes bytes) {
    Kept one = kept.get(instance);
    if (one != null) {
      int index = piece + one.manifest.statePieces().size();
      replica.send(requester, new Message.Piece(instance, index, bytes));
    }
  }

  long nextDeadline() {
    return nextLook;
  }

  void onTime() {
    if (replica.now() < nextLook) {
      return;
    }
    for (int member = 0; member < waiting.size(); member++) {
      give(replica.view().members().get(member).replica(), member);
    }
    nextLook = waitingCount > 0 ? replica.now() + LOOK : Long.MAX_VALUE;
  }
}
