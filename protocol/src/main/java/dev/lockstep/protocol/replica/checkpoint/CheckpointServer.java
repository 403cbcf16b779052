package dev.lockstep.protocol.replica.checkpoint;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.Cost;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Gives checkpoints to those who ask: what there is, and pieces as the budget of each allows. */
public final class CheckpointServer {
  /** Questions for pieces of one peer that wait for its budget. */
  private static final int WAITING = 8;

  /** How long a question waits for its budget before another look, in microseconds. */
  private static final long LOOK_MICROS = 5_000;

  /** What a question costs whose answer is empty: the message alone. */
  private static final int EMPTY_BYTES = 64;

  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final PeerCosts costs;
  private final CheckpointStorage storage;
  private final Checkpoints checkpoints;
  private final int pieceBytes;

  /** Questions for pieces of each peer that wait for its budget. */
  private final PeerTable<ArrayDeque<FetchPiece>> waiting;

  private int waitingCount;
  private long nextLook = Long.MAX_VALUE;

  public CheckpointServer(
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      PeerCosts costs,
      CheckpointStorage storage,
      Checkpoints checkpoints,
      int pieceBytes) {
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.costs = costs;
    this.storage = storage;
    this.checkpoints = checkpoints;
    this.pieceBytes = pieceBytes;
    waiting = new PeerTable<>(views.peers(), id -> new ArrayDeque<>());
  }

  public void onFetchOffers(int from) {
    if (!costs.charge(from, Cost.QUESTION)) {
      return;
    }
    List<Message.Offer> offers = new ArrayList<>();
    for (KeptCheckpoint each : checkpoints.kept()) {
      offers.add(new Message.Offer(each.instance, each.hash, each.manifest.bytes()));
    }
    out.send(from, new Message.Offers(offers, log.firstGivable(), log.last()));
  }

  public void onFetchPiece(int from, FetchPiece fetch) {
    ArrayDeque<FetchPiece> queue = waiting.of(from);
    if (!costs.charge(from, Cost.QUESTION)) {
      return;
    }
    if (queue.size() >= WAITING) {
      out.count(Event.OVER_BUDGET, from);
      return;
    }
    queue.add(fetch);
    waitingCount++;
    giveWaiting(from);
    if (waitingCount > 0 && nextLook == Long.MAX_VALUE) {
      nextLook = clock.now() + LOOK_MICROS;
    }
  }

  private void giveWaiting(int to) {
    ArrayDeque<FetchPiece> queue = waiting.of(to);
    while (!queue.isEmpty() && costs.has(to, Cost.ANSWERED_BYTES)) {
      waitingCount--;
      give(to, queue.poll());
    }
  }

  private void give(int to, FetchPiece fetch) {
    KeptCheckpoint one = checkpoints.keptOrNull(fetch.instance());
    int index = fetch.piece();
    if (one == null || index < FetchPiece.MANIFEST || index >= one.manifest.size()) {
      costs.charge(to, Cost.ANSWERED_BYTES, EMPTY_BYTES);
      out.send(to, new Message.Piece(fetch.instance(), index, Bytes.EMPTY));
      return;
    }
    one.askedAt = clock.now();
    if (index == FetchPiece.MANIFEST) {
      costs.charge(to, Cost.ANSWERED_BYTES, 1024 + 32L * one.manifest.size());
      out.send(to, new Message.ManifestOf(one.manifest, one.certificates));
      return;
    }
    costs.charge(
        to, Cost.ANSWERED_BYTES, EMPTY_BYTES + one.manifest.pieceLength(index, pieceBytes));
    int statePieces = one.manifest.statePieces().size();
    if (index < statePieces) {
      Bytes piece = CheckpointHead.piece(one.state, index * pieceBytes, pieceBytes);
      out.send(to, new Message.Piece(fetch.instance(), index, piece));
    } else {
      storage.readPiece(to, fetch.instance(), index - statePieces);
    }
  }

  /** Storage read a piece for a peer. */
  public void onRead(int requester, long instance, int piece, Bytes bytes) {
    KeptCheckpoint one = checkpoints.keptOrNull(instance);
    if (one != null) {
      int index = piece + one.manifest.statePieces().size();
      out.send(requester, new Message.Piece(instance, index, bytes));
    }
  }

  /** When {@link #onTime} wants to be called, in microseconds. */
  public long nextDeadline() {
    return nextLook;
  }

  public void onTime() {
    if (clock.now() < nextLook) {
      return;
    }
    for (int i = 0; i < waiting.size(); i++) {
      giveWaiting(waiting.idAt(i));
    }
    nextLook = waitingCount > 0 ? clock.now() + LOOK_MICROS : Long.MAX_VALUE;
  }
}
