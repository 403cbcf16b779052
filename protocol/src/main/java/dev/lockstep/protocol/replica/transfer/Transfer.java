package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Execution;
import dev.lockstep.protocol.replica.catchup.DecisionFetcher;
import dev.lockstep.protocol.replica.checkpoint.CheckpointHead;
import dev.lockstep.protocol.replica.checkpoint.Checkpoints;
import dev.lockstep.protocol.replica.checkpoint.ReplicatedState;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Sources;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryGate;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.transfer.TransferStatus.Phase;
import dev.lockstep.protocol.rules.TransferRule;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.BitSet;
import java.util.List;

/**
 * Takes the state of others when their decisions do not reach back to this replica.
 *
 * <pre>
 *   enough peers say that the next decision is gone  -> ask all for their checkpoints
 *   choose one -> manifest -> protocol's state -> service's state, piece by piece, each verified
 *              -> the service takes it up -> decisions after it, as always
 *              -> this replica's own checkpoints at the instances of other replicas' checkpoints
 *              -> f+1 replicas agree: published, done     more than f disagree: another one
 * </pre>
 *
 * <p>Replicas take their checkpoints at different instances, so one sender's claim is compared with
 * the claims of others further on: the decisions in between are certified, and execution is
 * deterministic. Until f+1 agree the replica is <em>tentative</em>: it says nothing that depends on
 * its state. Where f+1 offer the same checkpoint, and in crash mode, it is believed at once.
 */
public final class Transfer implements DeliveryListener, DeliveryGate {
  private final Genesis genesis;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Peers peers;
  private final Voice voice;
  private final Checkpoints checkpoints;
  private final DecisionFetcher decisions;
  private final ReplicatedState protocolState;
  private final CodecLimits codecLimits;
  private final CheckpointStorage storage;
  private final Execution execution;
  private final DeliveryListener life;
  private final long periodMicros;
  private final ProofPatience patience;
  private final Pace pace;
  private final Sources sources;
  private final Phases phases = new Phases();
  private final Candidates candidates;
  private final PieceFetcher pieces;
  private final StateProof proof;

  /** When the others were asked first, in microseconds. */
  private long since;

  private long nextAsk = Long.MAX_VALUE;
  private Candidate candidate;

  /** The checkpoint of which storage holds pieces, or 0. */
  private long receiving;

  /** The candidate's, once the protocol's state is whole. */
  private Checkpoint checkpoint;

  private CheckpointHead head;

  /**
   * Highest instance delivered before the state became tentative: nothing below is ever taken
   * (RULES 26).
   */
  private long floor;

  private Checkpoint publishing;

  /**
   * @param periodMicros how often the others are asked what they have
   * @param patienceMicros how long a question may take
   */
  public Transfer(
      int self,
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Peers peers,
      Voice voice,
      Checkpoints checkpoints,
      DecisionFetcher decisions,
      ReplicatedState protocolState,
      CertificateCheck certificateCheck,
      CodecLimits codecLimits,
      CheckpointStorage storage,
      Execution execution,
      TransferRule rule,
      DeliveryListener life,
      long periodMicros,
      long patienceMicros,
      int pieceBytes) {
    this.genesis = genesis;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.peers = peers;
    this.voice = voice;
    this.checkpoints = checkpoints;
    this.decisions = decisions;
    this.protocolState = protocolState;
    this.codecLimits = codecLimits;
    this.storage = storage;
    this.execution = execution;
    this.life = life;
    this.periodMicros = periodMicros;
    patience = new ProofPatience(clock, log, periodMicros);
    sources = new Sources(self, views, clock, patienceMicros);
    candidates = new Candidates(views, out, log, sources, rule);
    pace = new Pace(clock, candidates, patienceMicros);
    pieces =
        new PieceFetcher(
            genesis,
            clock,
            out,
            sources,
            candidates,
            certificateCheck,
            storage,
            phases,
            patienceMicros,
            pieceBytes,
            new Fetched());
    proof = new StateProof(views, out, candidates, checkpoints, storage, rule);
  }

  /** Nothing while the service changes its state, nor past a state whose hash is wanted. */
  @Override
  public boolean mayDeliver(long instance) {
    return !phases.is(Phase.INSTALLING) && !(checkpoints.isTaking() && wantsHash(instance));
  }

  @Override
  public void onInstance(long instance) {
    checkpoints.onDelivered(instance, wantsHash(instance));
  }

  private boolean wantsHash(long instance) {
    return phases.is(Phase.PROVING) && proof.wantsHash(instance);
  }

  public TransferStatus status() {
    if (candidate == null) {
      return new TransferStatus(phases.now(), 0, -1, 0, 0);
    }
    Manifest manifest = pieces.manifestOrNull();
    return new TransferStatus(
        phases.now(),
        candidate.instance(),
        candidate.source(),
        manifest == null ? 0 : manifest.size(),
        pieces.piecesDone());
  }

  /** When {@link #onTime} wants to be called, in microseconds. */
  public long nextDeadline() {
    return Math.min(nextAsk, pieces.nextDeadline());
  }

  /** The decisions of others do not reach back. */
  public void onOutOfReach() {
    if (phases.is(Phase.NONE)) {
      out.count(Event.TRANSFER_BEGUN);
      out.trace("transfer", "begins");
      candidates.begin();
      look("the decisions of others do not reach back");
    } else if (phases.is(Phase.PROVING)) {
      giveUp("whoever had what comes after the state has dropped it");
    }
  }

  private void look(String why) {
    phases.moveTo(Phase.ASKING, why);
    candidate = null;
    checkpoint = null;
    head = null;
    pieces.forget();
    sources.forgetQuestions();
    since = clock.now();
    askAll();
  }

  private void askAll() {
    nextAsk = clock.now() + periodMicros;
    out.broadcast(new Message.FetchOffers());
  }

  public void onTime() {
    if (phases.is(Phase.NONE)) {
      return;
    }
    pieces.expire();
    if (phases.isFetching() && pace.isTooSlow()) {
      abandon("it comes too slowly");
    }
    if (clock.now() < nextAsk) {
      return;
    }
    if (phases.is(Phase.ASKING) && !voice.isTentative() && !decisions.isOutOfReach()) {
      end("decisions come after all");
      return;
    }
    askAll();
    switch (phases.now()) {
      case ASKING -> choose();
      case PROVING -> lookForProof();
      // The only sender may be one to be asked again by now.
      case STATE, CONTENT -> pieces.pump();
      case NONE, MANIFEST, RECEIVING, INSTALLING, PUBLISHING -> {}
    }
  }

  /** What nobody can prove is given up for another one. */
  private void lookForProof() {
    // Behind the others it need not wait for them, only for what they have decided already.
    boolean behind = peers.highestHeard() > log.last() + 2L * genesis.window();
    if (!patience.isOver(checkpoints.isTaking(), behind)) {
      return;
    }
    Candidate other = candidates.nextOrNull(lowest());
    if (other == null) {
      candidates.forgetTried();
      candidates.markTried(candidate);
    } else if (candidates.canBeProved(other)) {
      patience.lengthen();
      giveUp("nobody proves it");
    }
  }

  /** The instance that a checkpoint must be above to be taken. */
  private long lowest() {
    return voice.isTentative() ? floor : log.last();
  }

  /**
   * Deliveries may make a transfer needless: they pass the checkpoint, or bring this replica up to
   * the others, because somebody's log reaches back after all. Then it votes and answers again, and
   * what it said since must not be undone by a state that comes late (RULES 26, F18).
   */
  @Override
  public void onDelivered() {
    long last = log.last();
    if (!voice.isTentative()
        && phases.isFetching()
        && (candidate.instance() <= last || peers.highestHeard() <= last + 2L * genesis.window())) {
      out.trace("transfer", "is overtaken");
      end("deliveries have overtaken it");
    }
  }

  private void end(String why) {
    phases.moveTo(Phase.NONE, why);
    dropReceived();
    patience.reset();
    candidate = null;
    nextAsk = Long.MAX_VALUE;
    pieces.forget();
  }

  public void onOffers(int from, Message.Offers message) {
    if (phases.is(Phase.NONE)) {
      return; // an answer to a question of a transfer that is over
    }
    sources.onHeard(from);
    candidates.onOffers(from, message.offers(), this::isClaimOfUse);
    if (phases.is(Phase.ASKING)) {
      if (out.others().stream().allMatch(other -> sources.heardAt(other) >= since)) {
        choose();
      }
    } else if (phases.is(Phase.PROVING)) {
      evaluate();
    }
  }

  /**
   * Whether what is claimed of the instance may yet be compared with this replica's own state. That
   * begins with the candidate, and an instance that was delivered without taking the hash is past.
   */
  private boolean isClaimOfUse(long instance) {
    return candidate != null
        && instance >= candidate.instance()
        && (checkpoints.isTaking() || instance > log.last() || proof.has(instance));
  }

  private void choose() {
    Candidate chosen = candidates.nextOrNull(lowest());
    if (chosen == null) {
      candidates.forgetTried();
      return;
    }
    candidates.markTried(chosen);
    candidate = chosen;
    pace.begin(chosen);
    phases.moveTo(Phase.MANIFEST, "one was chosen");
    out.trace("transfer", chosen);
    pieces.begin(chosen);
  }

  private void abandon(String why) {
    out.trace("transfer", "abandons " + candidate + ": " + why);
    out.count(Event.SOURCE_REPLACED, candidate.source());
    candidates.noteFailure(candidate);
    look(why);
  }

  private void dropReceived() {
    if (receiving != 0) {
      storage.releaseCheckpoint(receiving);
      receiving = 0;
    }
  }

  /** Storage could not take what was received. That of others may be smaller, or room be made. */
  public void onReceiveFailed(long instance) {
    boolean receives = phases.is(Phase.RECEIVING) || phases.is(Phase.CONTENT);
    if (receives && candidate.instance() == instance) {
      dropReceived();
      abandon("storage cannot take it");
    }
  }

  public void onManifestOf(int from, Message.ManifestOf message) {
    pieces.onManifestOf(from, message);
  }

  public void onPiece(int from, Message.Piece message) {
    pieces.onPiece(from, message);
  }

  private final class Fetched implements PieceFetcher.Host {
    @Override
    public void onState(Bytes state, List<Certificate> certificates) {
      try {
        head = CheckpointHead.decode(state, certificates, codecLimits);
        protocolState.refuseUnfit(head);
      } catch (DecodeException e) {
        // Their claim covers these bytes.
        candidates.forEachClaiming(candidate, peer -> candidates.blame(peer, e.getMessage()));
        look("its state is none");
        return;
      }
      Manifest manifest = pieces.manifestOrNull();
      checkpoint =
          new Checkpoint(
              candidate.instance(),
              CheckpointHead.encode(state, certificates),
              manifest.contentBytes(),
              manifest.contentPieces());
      phases.moveTo(Phase.RECEIVING, "the protocol's state is whole");
      receiving = checkpoint.instance();
      storage.receive(checkpoint);
    }

    @Override
    public void onWhole() {
      phases.moveTo(Phase.INSTALLING, "everything is here");
      checkpoints.forget();
      execution.install(checkpoint);
    }

    @Override
    public void onNobody() {
      abandon("nobody gives more of it");
    }
  }

  /** Storage is ready; these pieces of the content are there. */
  public void onReceiving(long instance, BitSet there) {
    if (!phases.is(Phase.RECEIVING) || candidate.instance() != instance) {
      return;
    }
    phases.moveTo(Phase.CONTENT, "storage has room");
    pieces.onRoom(there);
  }

  public void onPieceStored(long instance, int piece) {
    if (phases.is(Phase.CONTENT) && candidate.instance() == instance) {
      pieces.onStored(piece);
    }
  }

  /** The service has taken up the state, or could not. */
  public void onInstalled(long instance, boolean done) {
    if (!phases.is(Phase.INSTALLING) || candidate.instance() != instance) {
      return;
    }
    proof.drop();
    if (!voice.isTentative()) {
      floor = log.last();
    }
    voice.setTentative(true);
    if (!done) {
      look("the service cannot take it up");
      return;
    }
    out.count(Event.TRANSFER_INSTALLED);
    receiving = 0;
    proof.add(checkpoint, candidate.hash());
    phases.moveTo(Phase.PROVING, "the service has taken it up");
    patience.begin();
    continueFrom(head);
    head = null;
    evaluate();
  }

  private void continueFrom(CheckpointHead taken) {
    try {
      protocolState.adopt(taken);
    } catch (DecodeException e) {
      throw new IllegalStateException("a state that was checked before", e);
    }
    life.onAdopted(taken.instance());
  }

  /** This replica's own state at an instance since it took up that of others. */
  public void onHash(Checkpoint taken, Digest hash) {
    if (!phases.is(Phase.PROVING)) {
      storage.releaseCheckpoint(taken.instance());
      return;
    }
    proof.add(taken, hash);
    evaluate();
  }

  private void evaluate() {
    proof.evaluate();
    if (proof.isProved()) {
      proof.forEachDiffering(peer -> candidates.blame(peer, "hash of its state"));
      phases.moveTo(Phase.PUBLISHING, "enough others have the same state");
      pieces.forgetQuestions();
      publishing = proof.takeProved();
      storage.publish(publishing.instance());
    } else if (proof.isRefuted()) {
      candidates.blame(candidate.source(), "hash of its state");
      giveUp("enough others have another state");
    }
  }

  private void giveUp(String why) {
    out.trace("transfer", "gives up " + candidate);
    checkpoints.forget();
    proof.drop();
    look(why);
  }

  /** The proved checkpoint is durable: this replica is one like all others again. */
  public void onPublished(long instance) {
    if (!phases.is(Phase.PUBLISHING) || publishing.instance() != instance) {
      return;
    }
    Checkpoint adopted = publishing;
    publishing = null;
    proof.drop();
    checkpoints.forget();
    voice.setTentative(false);
    end("it is proved");
    checkpoints.adopt(adopted);
    out.count(Event.TRANSFER_DONE);
    out.trace("transfer", "done at " + instance);
    life.onProved();
  }

  /** For stall reports. */
  public String describe() {
    String state = voice.isTentative() ? " tentative" : "";
    return phases.is(Phase.NONE)
        ? ""
        : ", transfer " + phases.now() + " of " + candidate + state + " with " + proof.instances();
  }
}
