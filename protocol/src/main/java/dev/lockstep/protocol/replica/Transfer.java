package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.CodecLimits;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.message.Message.Offer;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Execution;
import dev.lockstep.protocol.replica.TransferStatus.Phase;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Sources;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryGate;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.rules.TransferRule;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.VoteSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Takes the state of others when their decisions do not reach back to this replica (PROTOCOL 1.18).
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
final class Transfer implements DeliveryListener, DeliveryGate {
  /** Pieces under way, to a peer or to storage. */
  private static final int OUTSTANDING = 4;

  /** Claims that are remembered of each member. */
  private static final int CLAIMS = 16;

  /** STATUS periods after which a state that nobody can prove is given up for another one. */
  private static final int PROOF_PERIODS = 20;

  /** The same after it was given up again and again. */
  private static final int PROOF_PERIODS_MAX = 64 * PROOF_PERIODS;

  /** So many times as long if there are decisions to follow: they may only be slow to come. */
  private static final int BEHIND = 8;

  /**
   * So many times the patience may pass without a piece before a sender that gave some, and is the
   * only one to have the checkpoint, is given up: a busy disk or link is no reason to begin anew.
   */
  private static final int SILENCE = 16;

  /** Questions that were asked again, and whose answers still count when they come. */
  private static final int LATE = 4 * OUTSTANDING;

  private static final class Source {
    /** State hashes by instance: the first that it claimed for each. */
    final TreeMap<Long, Digest> claims = new TreeMap<>();

    List<Offer> offers = List.of();

    /** Last instance at which it agreed with a hash of this replica's own state. */
    long agreedAt;

    /** It was caught; nothing that it says counts in this transfer. */
    boolean liar;

    boolean claims(long instance, Digest hash) {
      return hash.equals(claims.get(instance));
    }
  }

  private static final Set<Map.Entry<Long, Digest>> NOTHING = Set.of();

  private record Candidate(int source, long instance, Digest hash) {
    @Override
    public String toString() {
      return "Candidate[member=" + source + ", instance=" + instance + ", hash=" + hash + "]";
    }
  }

  private record Ask(int piece, int source, long deadline) {}

  private final int self;
  private final Genesis genesis;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Peers peers;
  private final Voice voice;
  private final Checkpoints checkpoints;
  private final DecisionFetcher fetcher;
  private final ReplicatedState protocolState;
  private final Certificates certificatesCheck;
  private final CodecLimits codecLimits;
  private final CheckpointStorage storage;
  private final Execution execution;
  private final TransferRule rule;
  private final DeliveryListener life;
  private final long period;
  private final long patience;
  private final int pieceBytes;
  private final Sources sources;
  private final PeerTable<Source> offering;
  private final Set<Candidate> tried = new HashSet<>();
  private final List<Ask> asks = new ArrayList<>();
  private final ArrayDeque<Ask> late = new ArrayDeque<>();

  /** When the candidate's manifest or a piece of it came last. */
  private long progressAt;

  private Phase phase = Phase.NONE;
  private long since;
  private long nextAsk = Long.MAX_VALUE;

  private Candidate candidate;
  private Manifest manifest;
  private List<Certificate> certificates;

  /** Pieces that are here: of the protocol's state in {@link #state}, others in storage. */
  private final BitSet present = new BitSet();

  private final BitSet storing = new BitSet();
  private Bytes[] state;
  private Checkpoint checkpoint;
  private CheckpointHead head;

  /** Since a state of others was taken up: hashes of this replica's own state, by instance. */
  private final TreeMap<Long, Digest> own = new TreeMap<>();

  /** The checkpoints behind {@link #own}. */
  private final TreeMap<Long, Checkpoint> ownCheckpoints = new TreeMap<>();

  /** Whose claims agree with, or differ from, a hash in {@link #own}. */
  private VoteSet agreeing;

  private VoteSet differing;

  /**
   * Highest instance delivered before the state became tentative: nothing below is ever taken
   * (RULES 26).
   */
  private long floor;

  /** STATUS periods after which this time a state that nobody can prove is given up. */
  private int proofPeriods = PROOF_PERIODS;

  private Checkpoint publishing;
  private long deliveredAtLook;

  /**
   * @param period how often the others are asked what they have, in microseconds
   * @param patience how long a question may take, in microseconds
   */
  Transfer(
      int self,
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Peers peers,
      Voice voice,
      Checkpoints checkpoints,
      DecisionFetcher fetcher,
      ReplicatedState protocolState,
      Certificates certificatesCheck,
      CodecLimits codecLimits,
      CheckpointStorage storage,
      Execution execution,
      TransferRule rule,
      DeliveryListener life,
      long period,
      long patience,
      int pieceBytes) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.peers = peers;
    this.voice = voice;
    this.checkpoints = checkpoints;
    this.fetcher = fetcher;
    this.protocolState = protocolState;
    this.certificatesCheck = certificatesCheck;
    this.codecLimits = codecLimits;
    this.storage = storage;
    this.execution = execution;
    this.rule = rule;
    this.life = life;
    this.period = period;
    this.patience = patience;
    this.pieceBytes = pieceBytes;
    sources = new Sources(self, views, clock, patience);
    offering = new PeerTable<>(views.peers(), id -> new Source());
    agreeing = views.installing().none();
    differing = views.installing().none();
  }

  /** Nothing while the service changes its state, nor past a state whose hash is wanted. */
  @Override
  public boolean mayDeliver(long instance) {
    return phase != Phase.INSTALLING && !(checkpoints.isTaking() && wantsHash(instance));
  }

  @Override
  public void onInstance(long instance) {
    checkpoints.onDelivered(instance, wantsHash(instance));
  }

  TransferStatus status() {
    if (candidate == null) {
      return new TransferStatus(phase, 0, -1, 0, 0);
    }
    return new TransferStatus(
        phase,
        candidate.instance,
        candidate.source,
        manifest == null ? 0 : manifest.size(),
        present.cardinality());
  }

  // ---- beginning --------------------------------------------------------------------------------

  long nextDeadline() {
    long next = nextAsk;
    for (Ask ask : asks) {
      next = Math.min(next, ask.deadline);
    }
    return next;
  }

  /** The decisions of others do not reach back. */
  void onOutOfReach() {
    if (phase == Phase.NONE) {
      out.count(Event.TRANSFER_BEGUN);
      out.trace("transfer", "begins");
      offering.forEachState(source -> source.liar = false);
      tried.clear();
      look();
    } else if (phase == Phase.PROVING) {
      // Whoever had what comes after the state has dropped it.
      giveUp();
    }
  }

  private void look() {
    phase = Phase.ASKING;
    candidate = null;
    manifest = null;
    checkpoint = null;
    head = null;
    asks.clear();
    late.clear();
    sources.forgetQuestions();
    since = clock.now();
    askAll();
  }

  private void askAll() {
    nextAsk = clock.now() + period;
    out.broadcast(new Message.FetchOffers());
  }

  void onTime() {
    if (phase == Phase.NONE) {
      return;
    }
    expire();
    if (clock.now() >= nextAsk) {
      if (phase == Phase.ASKING && !voice.isTentative() && !fetcher.isOutOfReach()) {
        end();
        return;
      }
      askAll();
      if (phase == Phase.ASKING) {
        choose();
      } else if (phase == Phase.PROVING) {
        lookForProof();
      } else if (phase == Phase.STATE || phase == Phase.CONTENT) {
        // The only sender may be one to be asked again by now.
        pump();
      }
    }
  }

  /**
   * While decisions come there will be checkpoints to compare with, and while storage has one of
   * this replica's state there will be its hash; else another candidate may be better.
   */
  private void lookForProof() {
    if (log.last() != deliveredAtLook || checkpoints.isTaking()) {
      deliveredAtLook = log.last();
      since = clock.now();
    }
    // Behind the others it need not wait for them, only for what they have decided already.
    boolean behind = peers.highestHeard() > log.last() + 2L * genesis.window();
    if (clock.now() - since > (behind ? BEHIND : 1) * proofPeriods * period) {
      Candidate other = next();
      if (other == null) {
        tried.clear();
        tried.add(candidate);
      } else if (canBeProved(other)) {
        // Perhaps it was only too early: storage and network may be slow everywhere.
        proofPeriods = Math.min(PROOF_PERIODS_MAX, 2 * proofPeriods);
        giveUp();
      }
    }
  }

  /**
   * Deliveries may make a transfer needless: they pass the checkpoint, or bring this replica up to
   * the others, because somebody's log reaches back after all. Then it votes and answers again, and
   * what it said since must not be undone by a state that comes late (RULES 26, F18).
   */
  @Override
  public void onDelivered() {
    boolean fetching =
        phase == Phase.MANIFEST
            || phase == Phase.STATE
            || phase == Phase.RECEIVING
            || phase == Phase.CONTENT;
    long last = log.last();
    if (!voice.isTentative()
        && fetching
        && (candidate.instance <= last
            || peers.highestHeard() <= last + 2L * genesis.window())) {
      out.trace("transfer", "is overtaken");
      if (phase == Phase.RECEIVING || phase == Phase.CONTENT) {
        storage.releaseCheckpoint(candidate.instance);
      }
      end();
    }
  }

  private void end() {
    phase = Phase.NONE;
    proofPeriods = PROOF_PERIODS;
    candidate = null;
    nextAsk = Long.MAX_VALUE;
    asks.clear();
    late.clear();
    manifest = null;
    state = null;
  }

  void onOffers(int from, Message.Offers message) {
    Source source = offering.of(from);
    if (phase == Phase.NONE) {
      return;
    }
    sources.onHeard(from);
    source.offers = message.offers();
    for (Offer offer : message.offers()) {
      if (source.claims.size() >= CLAIMS) {
        forgetPassed(source);
      }
      if (source.claims.size() < CLAIMS) {
        source.claims.putIfAbsent(offer.instance(), offer.hash());
      }
    }
    if (phase == Phase.ASKING) {
      boolean all = true;
      for (int other : out.others()) {
        all &= sources.heardAt(other) >= since;
      }
      if (all) {
        choose();
      }
    } else if (phase == Phase.PROVING) {
      evaluate();
    }
  }

  /**
   * What is claimed of instances that were delivered without a hash can be compared with nothing
   * any more. A claim that is being compared stays, however many its member makes.
   */
  private void forgetPassed(Source source) {
    if (!checkpoints.isTaking()) {
      source.claims.keySet().removeIf(t -> t <= log.last() && !own.containsKey(t));
    }
  }

  // ---- choosing ---------------------------------------------------------------------------------

  /**
   * What to try, in this order: the newest checkpoint for which as many others have newer ones as
   * are needed to prove it; then those that more can prove; then newer ones, older ones. Those that
   * were tried come last.
   */
  private Candidate next() {
    List<Candidate> newest = new ArrayList<>();
    List<Candidate> older = new ArrayList<>();
    for (int peer : out.others()) {
      Source source = offering.of(peer);
      if (source.liar || sources.isShunned(peer)) {
        continue;
      }
      List<Candidate> offered = new ArrayList<>();
      for (Offer offer : source.offers) {
        if (offer.instance() >= 1
            && offer.instance() > (voice.isTentative() ? floor : log.last())
            && source.claims(offer.instance(), offer.hash())
            && mayBegin(offer)) {
          offered.add(new Candidate(peer, offer.instance(), offer.hash()));
        }
      }
      offered.sort(Comparator.comparingLong(Candidate::instance).reversed());
      if (!offered.isEmpty()) {
        newest.add(offered.get(0));
        older.addAll(offered.subList(1, offered.size()));
      }
    }
    newest.sort(
        Comparator.comparingLong(Candidate::instance)
            .reversed()
            .thenComparingInt(Candidate::source));
    older.sort(Comparator.comparingLong(Candidate::instance).reversed());
    List<Candidate> order = new ArrayList<>();
    int first = Math.min(provers() - 1, newest.size() - 1);
    for (int i = first; i >= 0 && i < newest.size(); i++) {
      order.add(newest.get(i));
    }
    for (int i = first - 1; i >= 0; i--) {
      order.add(newest.get(i));
    }
    order.addAll(older);
    for (Candidate each : order) {
      if (!tried.contains(each) && canBeProved(each)) {
        return each;
      }
    }
    for (Candidate each : order) {
      if (!tried.contains(each)) {
        return each;
      }
    }
    return null;
  }

  /** Of how many replicas one must be correct. */
  private int provers() {
    return views.quorums(log.last() + 1).oneCorrect();
  }

  private boolean mayBegin(Offer offer) {
    VoteSet same = views.installing().none();
    offering.forEach(
        (peer, source) -> {
          if (source.claims(offer.instance(), offer.hash())) {
            same.add(peer);
          }
        });
    return rule.mayBegin(same);
  }

  /** Whether there are claims enough at or after the candidate. */
  private boolean canBeProved(Candidate each) {
    if (each == null) {
      return false;
    }
    VoteSet claiming = views.installing().none();
    claiming.add(each.source);
    offering.forEach(
        (peer, source) -> {
          if (!source.liar && source.claims.ceilingKey(each.instance) != null) {
            claiming.add(peer);
          }
        });
    return claiming.hasOneCorrect();
  }

  private void choose() {
    Candidate chosen = next();
    if (chosen == null) {
      tried.clear();
      return;
    }
    tried.add(chosen);
    candidate = chosen;
    progressAt = Long.MIN_VALUE / 2;
    manifest = null;
    present.clear();
    storing.clear();
    state = null;
    checkpoint = null;
    head = null;
    phase = Phase.MANIFEST;
    out.trace("transfer", chosen);
    pump();
  }

  /** Nothing comes of this candidate; is there another one? */
  private void abandon() {
    if (checkpoint != null && phase == Phase.CONTENT) {
      out.trace("transfer", "abandons " + candidate);
    }
    look();
  }

  private void blame(int source, String why) {
    if (!offering.of(source).liar) {
      offering.of(source).liar = true;
      out.count(Event.TRANSFER_BLAMED, source);
      out.trace("blames " + source, why);
    }
  }

  // ---- pieces -----------------------------------------------------------------------------------

  private void pump() {
    while (asks.size() + storing.cardinality() < OUTSTANDING) {
      int piece = nextPiece();
      if (piece < FetchPiece.MANIFEST) {
        return;
      }
      int source = sources.choose(this::canGive);
      if (source < 0) {
        if (asks.isEmpty() && storing.isEmpty() && !mayWait()) {
          abandon();
        }
        return;
      }
      asks.add(new Ask(piece, source, clock.now() + patience));
      sources.onAsked(source);
      out.send(source, new FetchPiece(candidate.instance, piece));
    }
  }

  /** The next piece to ask for, or less than -1 if there is none now. */
  private int nextPiece() {
    int none = FetchPiece.MANIFEST - 1;
    if (phase == Phase.MANIFEST) {
      return asks.isEmpty() ? FetchPiece.MANIFEST : none;
    } else if (phase != Phase.STATE && phase != Phase.CONTENT) {
      return none;
    }
    int end = phase == Phase.STATE ? manifest.statePieces().size() : manifest.size();
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
    if (clock.now() - progressAt > SILENCE * patience) {
      return false;
    }
    for (int i = 0; i < offering.size(); i++) {
      if (canGive(offering.idAt(i))) {
        return true;
      }
    }
    return false;
  }

  /** Whether it offers exactly the chosen checkpoint, and was not caught lying. */
  private boolean canGive(int peer) {
    Source source = offering.of(peer);
    return !source.liar
        && source.claims(candidate.instance, candidate.hash)
        && source.offers.contains(new Offer(candidate.instance, candidate.hash));
  }

  private void expire() {
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
  private boolean answered(int from, long instance, int piece) {
    if (candidate == null || candidate.instance != instance) {
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

  void onManifested(int from, Message.Manifested message) {
    Manifest given = message.manifest();
    if (!answered(from, given.instance(), FetchPiece.MANIFEST) || phase != Phase.MANIFEST) {
      return;
    }
    if (!given.hash().equals(candidate.hash)
        || !given.isConsistent(pieceBytes)
        || given.stateBytes() > CheckpointHead.STATE_BYTES
        || !areValid(message.certificates())) {
      blame(from, "manifest of " + given.instance());
      pump();
      return;
    }
    onGood(from);
    manifest = given;
    certificates = message.certificates();
    state = new Bytes[given.statePieces().size()];
    phase = Phase.STATE;
    pump();
  }

  private boolean areValid(List<Certificate> given) {
    long first = Math.max(1, candidate.instance - genesis.window() + 1);
    if (given.size() != candidate.instance - first + 1) {
      return false;
    }
    for (int i = 0; i < given.size(); i++) {
      if (given.get(i).instance() != first + i || !certificatesCheck.isValid(given.get(i))) {
        return false;
      }
    }
    return true;
  }

  void onPiece(int from, Message.Piece message) {
    int index = message.piece();
    if (!answered(from, message.instance(), index)
        || index >= 0 && (present.get(index) || storing.get(index))) {
      return;
    }
    if (message.bytes().length() == 0) {
      // It has it no more. Its next offers will say so.
      offering.of(from).offers = List.of();
      sources.shun(from);
      out.count(Event.SOURCE_REPLACED, from);
    } else if (manifest == null
        || message.bytes().length() != manifest.pieceLength(index, pieceBytes)
        || !Digest.hash(message.bytes().array()).equals(manifest.piece(index))) {
      blame(from, "piece " + index + " of " + candidate);
    } else {
      onGood(from);
      take(index, message.bytes());
    }
    if (phase != Phase.NONE && phase != Phase.ASKING) {
      pump();
    }
  }

  private void take(int index, Bytes bytes) {
    for (Iterator<Ask> each = asks.iterator(); each.hasNext(); ) {
      Ask again = each.next();
      if (again.piece == index) {
        each.remove();
        sources.onAnswered(again.source);
      }
    }
    if (index >= manifest.statePieces().size()) {
      storing.set(index);
      storage.storePiece(candidate.instance, index - manifest.statePieces().size(), bytes);
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
    Bytes bytes = new Bytes(whole.toByteArray());
    state = null;
    try {
      head = CheckpointHead.decode(bytes, certificates, codecLimits);
      protocolState.refuseUnfit(head);
    } catch (DecodeException e) {
      // Their claim covers these bytes.
      offering.forEach(
          (peer, source) -> {
            if (source.claims(candidate.instance, candidate.hash)) {
              blame(peer, e.getMessage());
            }
          });
      abandon();
      return;
    }
    checkpoint =
        new Checkpoint(
            candidate.instance,
            CheckpointHead.encode(bytes, certificates),
            manifest.contentBytes(),
            manifest.contentPieces());
    phase = Phase.RECEIVING;
    storage.receive(checkpoint);
  }

  /** Storage is ready; these pieces of the content are there. */
  void onReceiving(long instance, BitSet there) {
    if (phase != Phase.RECEIVING || candidate.instance != instance) {
      return;
    }
    phase = Phase.CONTENT;
    progressAt = clock.now();
    int first = manifest.statePieces().size();
    there.stream().forEach(piece -> present.set(first + piece));
    installWhenWhole();
    pump();
  }

  void onPieceStored(long instance, int piece) {
    if (phase != Phase.CONTENT || candidate.instance != instance) {
      return;
    }
    int index = piece + manifest.statePieces().size();
    if (piece < 0 || !storing.get(index)) {
      // Of an earlier attempt.
      return;
    }
    storing.clear(index);
    present.set(index);
    installWhenWhole();
    pump();
  }

  private void installWhenWhole() {
    if (phase == Phase.CONTENT && present.cardinality() == manifest.size()) {
      phase = Phase.INSTALLING;
      checkpoints.forget();
      execution.install(checkpoint);
    }
  }

  // ---- proving ----------------------------------------------------------------------------------

  /** The service has taken up the state, or could not. */
  void onInstalled(long instance, boolean done) {
    if (phase != Phase.INSTALLING || candidate.instance != instance) {
      return;
    }
    dropOwn();
    if (!voice.isTentative()) {
      floor = log.last();
    }
    voice.setTentative(true);
    if (!done) {
      abandon();
      return;
    }
    out.count(Event.TRANSFER_INSTALLED);
    own.put(instance, candidate.hash);
    ownCheckpoints.put(instance, checkpoint);
    phase = Phase.PROVING;
    since = clock.now();
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

  private void dropOwn() {
    for (long instance : ownCheckpoints.keySet()) {
      storage.releaseCheckpoint(instance);
    }
    own.clear();
    ownCheckpoints.clear();
    agreeing = views.installing().none();
    differing = views.installing().none();
  }

  /**
   * Whether this replica wants the hash of its own state at the instance, at which it then takes a
   * whole checkpoint. A member that agreed or differed once has said what it can say: a liar that
   * claims to have a checkpoint at every instance costs one.
   */
  boolean wantsHash(long instance) {
    if (phase != Phase.PROVING) {
      return false;
    }
    for (int i = 0; i < offering.size(); i++) {
      if (!offering.at(i).liar
          && !isJudged(offering.idAt(i))
          && offering.at(i).claims.containsKey(instance)) {
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
    return views
        .installing()
        .reachedByOneCorrect(
            id -> offering.of(id).claims.isEmpty() ? 0 : offering.of(id).claims.lastKey());
  }

  /** This replica's own state at an instance since it took up that of others. */
  void onHash(Checkpoint taken, Digest hash) {
    if (phase != Phase.PROVING) {
      storage.releaseCheckpoint(taken.instance());
      return;
    }
    own.put(taken.instance(), hash);
    ownCheckpoints.put(taken.instance(), taken);
    evaluate();
  }

  /** What a member said once of a state counts for good, also when its claim was pushed out. */
  private void evaluate() {
    offering.forEach(
        (peer, source) -> {
          for (Map.Entry<Long, Digest> mine : source.liar ? NOTHING : own.entrySet()) {
            Digest claim = source.claims.get(mine.getKey());
            if (claim != null && claim.equals(mine.getValue())) {
              agreeing.add(peer);
              source.agreedAt = mine.getKey();
            } else if (claim != null) {
              differing.add(peer);
            }
          }
        });
    offering.forEach(
        (peer, source) -> {
          if (differing.contains(peer)) {
            agreeing.remove(peer);
          }
        });
    if (rule.isTrusted(agreeing)) {
      long proved = lastAgreed();
      offering.forEach(
          (peer, source) -> {
            if (differing.contains(peer)) {
              blame(peer, "hash of its state");
            }
          });
      phase = Phase.PUBLISHING;
      asks.clear();
      late.clear();
      publishing = ownCheckpoints.remove(proved);
      storage.publish(proved);
    } else if (differing.hasOneCorrect()) {
      blame(candidate.source, "hash of its state");
      giveUp();
    }
  }

  /** The last instance at which one of those that agree was found to. */
  private long lastAgreed() {
    long last = 0;
    for (int i = 0; i < offering.size(); i++) {
      if (agreeing.contains(offering.idAt(i))) {
        last = Math.max(last, offering.at(i).agreedAt);
      }
    }
    return last;
  }

  private void giveUp() {
    out.trace("transfer", "gives up " + candidate);
    checkpoints.forget();
    dropOwn();
    look();
  }

  /** The proved checkpoint is durable: this replica is one like all others again. */
  void onPublished(long instance) {
    if (phase != Phase.PUBLISHING || publishing.instance() != instance) {
      return;
    }
    Checkpoint adopted = publishing;
    publishing = null;
    dropOwn();
    checkpoints.forget();
    voice.setTentative(false);
    end();
    checkpoints.adopt(adopted);
    out.count(Event.TRANSFER_DONE);
    out.trace("transfer", "done at " + instance);
    life.onProved();
  }

  String describe() {
    return phase == Phase.NONE
        ? ""
        : ", transfer "
            + phase
            + " of "
            + candidate
            + (voice.isTentative() ? " tentative" : "")
            + " with "
            + own.keySet();
  }
}
