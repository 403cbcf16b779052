package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.checkpoint.CheckpointHead;
import dev.lockstep.protocol.replica.facts.Sources;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.transfer.TransferStatus.Phase;
import dev.lockstep.protocol.view.Genesis;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * Fetches one checkpoint: its table of contents, then the pieces of the protocol's state, which
 * stay in memory, then those of the service's, which go to storage. Each is verified as it comes,
 * so any source that offers the same checkpoint can give any piece.
 */
final class PieceFetcher {
  /** Pieces under way, to a peer or to storage. */
  private static final int OUTSTANDING = 4;

  /**
   * So many times the patience may pass without a piece before a sender that gave some, and is the
   * only one to have the checkpoint, is given up: a busy disk or link is no reason to begin anew.
   */
  private static final int SILENCE = 16;

  /** Questions that were asked again, and whose answers still count when they come. */
  private static final int LATE = 4 * OUTSTANDING;

  /** What becomes of what was fetched. */
  interface Host {
    /** The protocol's state is whole. */
    void onState(Bytes state, List<Certificate> certificates);

    /** Everything is here, the service's state in storage. */
    void onWhole();

    /** Nobody gives more of the candidate. */
    void onNobody();
  }

  private record Ask(int piece, int source, long deadline) {}

  private final Genesis genesis;
  private final Clock clock;
  private final Outbox out;
  private final Sources sources;
  private final Candidates candidates;
  private final CertificateCheck certificateCheck;
  private final CheckpointStorage storage;
  private final Phases phases;
  private final long patienceMicros;
  private final int pieceBytes;
  private final Host host;

  private final List<Ask> asks = new ArrayList<>();
  private final ArrayDeque<Ask> late = new ArrayDeque<>();
  private Candidate candidate;
  private Manifest manifest;
  private List<Certificate> certificates;

  /** When the candidate's manifest or a piece of it came last, in microseconds. */
  private long progressAt;

  /** Pieces that are here: of the protocol's state in {@link #state}, others in storage. */
  private final BitSet present = new BitSet();

  private final BitSet storing = new BitSet();
  private Bytes[] state;

  /**
   * @param patienceMicros how long a question may take
   */
  PieceFetcher(
      Genesis genesis,
      Clock clock,
      Outbox out,
      Sources sources,
      Candidates candidates,
      CertificateCheck certificateCheck,
      CheckpointStorage storage,
      Phases phases,
      long patienceMicros,
      int pieceBytes,
      Host host) {
    this.genesis = genesis;
    this.clock = clock;
    this.out = out;
    this.sources = sources;
    this.candidates = candidates;
    this.certificateCheck = certificateCheck;
    this.storage = storage;
    this.phases = phases;
    this.patienceMicros = patienceMicros;
    this.pieceBytes = pieceBytes;
    this.host = host;
  }

  /** The manifest of the candidate, or null as long as it is not here. */
  Manifest manifestOrNull() {
    return manifest;
  }

  /** Pieces that are here. */
  int piecesDone() {
    return present.cardinality();
  }

  /** Begins with a candidate. */
  void begin(Candidate chosen) {
    candidate = chosen;
    manifest = null;
    state = null;
    progressAt = Long.MIN_VALUE / 2;
    present.clear();
    storing.clear();
    pump();
  }

  /** Nothing more of the candidate is wanted. */
  void forget() {
    candidate = null;
    manifest = null;
    state = null;
    forgetQuestions();
  }

  void forgetQuestions() {
    asks.clear();
    late.clear();
  }

  /** When {@link #expire} wants to be called, in microseconds. */
  long nextDeadline() {
    long next = Long.MAX_VALUE;
    for (Ask ask : asks) {
      next = Math.min(next, ask.deadline);
    }
    return next;
  }

  /** Asks for as much as may be under way. */
  void pump() {
    while (asks.size() + storing.cardinality() < OUTSTANDING) {
      int piece = nextPiece();
      if (piece < FetchPiece.MANIFEST) {
        return;
      }
      int source = sources.choose(peer -> candidates.canGive(peer, candidate));
      if (source < 0) {
        if (asks.isEmpty() && storing.isEmpty() && !mayWait()) {
          host.onNobody();
        }
        return;
      }
      asks.add(new Ask(piece, source, clock.now() + patienceMicros));
      sources.onAsked(source);
      out.send(source, new FetchPiece(candidate.instance(), piece));
    }
  }

  /** The next piece to ask for, or less than -1 if there is none now. */
  private int nextPiece() {
    int none = FetchPiece.MANIFEST - 1;
    if (phases.is(Phase.MANIFEST)) {
      return asks.isEmpty() ? FetchPiece.MANIFEST : none;
    } else if (!phases.is(Phase.STATE) && !phases.is(Phase.CONTENT)) {
      return none;
    }
    int end = phases.is(Phase.STATE) ? manifest.statePieces().size() : manifest.size();
    for (int i = present.nextClearBit(0); i < end; i = present.nextClearBit(i + 1)) {
      if (!storing.get(i) && !isAsked(i)) {
        return i;
      }
    }
    return none;
  }

  private boolean isAsked(int piece) {
    for (Ask ask : asks) {
      if (ask.piece == piece) {
        return true;
      }
    }
    return false;
  }

  /** Whether somebody who gave something of the checkpoint not long ago has it still. */
  private boolean mayWait() {
    return clock.now() - progressAt <= SILENCE * patienceMicros
        && candidates.canAnybodyGive(candidate);
  }

  /** Gives up the questions that took too long, and asks others. */
  void expire() {
    TreeSet<Integer> slow = new TreeSet<>();
    for (Iterator<Ask> each = asks.iterator(); each.hasNext(); ) {
      Ask ask = each.next();
      if (clock.now() >= ask.deadline) {
        each.remove();
        sources.onAnswered(ask.source);
        slow.add(ask.source);
        late.add(ask);
        if (late.size() > LATE) {
          late.remove();
        }
      }
    }
    for (int source : slow) {
      sources.shun(source);
      out.count(Event.SOURCE_REPLACED, source);
    }
    if (!slow.isEmpty()) {
      pump();
    }
  }

  /** Whether it answers a question, if late. The question is done with. */
  private boolean isAnswer(int from, long instance, int piece) {
    if (candidate == null || candidate.instance() != instance) {
      return false;
    }
    if (late.removeIf(ask -> ask.source == from && ask.piece == piece)) {
      return true;
    }
    for (Iterator<Ask> each = asks.iterator(); each.hasNext(); ) {
      Ask ask = each.next();
      if (ask.source == from && ask.piece == piece) {
        each.remove();
        sources.onAnswered(from);
        return true;
      }
    }
    return false;
  }

  /** What the peer gave is right. */
  private void onGood(int source) {
    sources.onUseful(source);
    sources.pardon(source);
    progressAt = clock.now();
  }

  void onManifestOf(int from, Message.ManifestOf message) {
    Manifest given = message.manifest();
    if (!isAnswer(from, given.instance(), FetchPiece.MANIFEST) || !phases.is(Phase.MANIFEST)) {
      return; // late: another one gave it
    }
    if (!given.hash().equals(candidate.hash())
        || !given.isConsistent(pieceBytes)
        || given.stateBytes() > CheckpointHead.STATE_BYTES
        || !areValid(message.certificates())) {
      candidates.blame(from, "manifest of " + given.instance());
      pump();
      return;
    }
    if (given.bytes() != candidates.bytes(candidate)) {
      candidates.blame(candidate.source(), "size of " + given.instance());
      host.onNobody();
      return;
    }
    onGood(from);
    manifest = given;
    certificates = message.certificates();
    state = new Bytes[given.statePieces().size()];
    phases.moveTo(Phase.STATE, "the manifest is here");
    pump();
  }

  /** Whether these are certificates of the last W instances of the candidate. */
  private boolean areValid(List<Certificate> given) {
    long first = Math.max(1, candidate.instance() - genesis.window() + 1);
    if (given.size() != candidate.instance() - first + 1) {
      return false;
    }
    for (int i = 0; i < given.size(); i++) {
      if (given.get(i).instance() != first + i || !certificateCheck.isValid(given.get(i))) {
        return false;
      }
    }
    return true;
  }

  void onPiece(int from, Message.Piece message) {
    int index = message.piece();
    if (!isAnswer(from, message.instance(), index) || isHere(index)) {
      return; // late: another one gave it
    }
    if (message.bytes().length() == 0) {
      // It has it no more. Its next offers will say so.
      candidates.forgetOffers(from);
      sources.shun(from);
      out.count(Event.SOURCE_REPLACED, from);
    } else if (!isRight(index, message.bytes())) {
      candidates.blame(from, "piece " + index + " of " + candidate);
    } else {
      onGood(from);
      take(index, message.bytes());
    }
    if (!phases.is(Phase.NONE) && !phases.is(Phase.ASKING)) {
      pump();
    }
  }

  private boolean isHere(int index) {
    return index >= 0 && (present.get(index) || storing.get(index));
  }

  private boolean isRight(int index, Bytes bytes) {
    // No piece answers a question for the manifest.
    return index >= 0
        && manifest != null
        && bytes.length() == manifest.pieceLength(index, pieceBytes)
        && Digest.hash(bytes.array()).equals(manifest.piece(index));
  }

  private void take(int index, Bytes bytes) {
    for (Iterator<Ask> each = asks.iterator(); each.hasNext(); ) {
      Ask again = each.next();
      if (again.piece == index) {
        each.remove();
        sources.onAnswered(again.source);
      }
    }
    int statePieces = manifest.statePieces().size();
    if (index >= statePieces) {
      storing.set(index);
      storage.storePiece(candidate.instance(), index - statePieces, bytes);
      return;
    }
    state[index] = bytes;
    present.set(index);
    if (present.cardinality() == state.length) {
      assemble();
    }
  }

  private void assemble() {
    Encoder whole = new Encoder(Math.max(1, manifest.stateBytes()));
    for (Bytes piece : state) {
      whole.raw(piece.array());
    }
    state = null;
    host.onState(new Bytes(whole.toByteArray()), certificates);
  }

  /** Storage has room for the content; these pieces of it are there. */
  void onRoom(BitSet there) {
    progressAt = clock.now();
    int first = manifest.statePieces().size();
    there.stream().forEach(piece -> present.set(first + piece));
    finishOrPump();
  }

  /** Storage has a piece of the content. */
  void onStored(int piece) {
    int index = piece + manifest.statePieces().size();
    if (piece < 0 || !storing.get(index)) {
      return; // of an earlier attempt
    }
    storing.clear(index);
    present.set(index);
    finishOrPump();
  }

  private void finishOrPump() {
    if (phases.is(Phase.CONTENT) && present.cardinality() == manifest.size()) {
      host.onWhole();
    }
    pump();
  }
}
