package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.message.Message.Offer;
import dev.lockstep.protocol.port.Actions.Event;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.replica.TransferStatus.Phase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

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
final class Transfer {
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

  private static final int SHUN_MAX = 32;

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

    /** When it answered last. */
    long heardAt = Long.MIN_VALUE / 2;

    /** Last instance at which it agreed with a hash of this replica's own state. */
    long agreedAt;

    /** It was caught; nothing that it says counts in this transfer. */
    boolean liar;

    long shunnedUntil = Long.MIN_VALUE;
    long shunFor;
    int asked;
  }

  private record Candidate(int member, long instance, Digest hash) {}

  private record Ask(int piece, int member, long deadline) {}

  private final Replica replica;
  private final Source[] sources;
  private final int pieceBytes;
  private final long patience;
  private final Set<Candidate> tried = new HashSet<>();
  private final List<Ask> asks = new ArrayList<>();
  private final ArrayDeque<Ask> late = new ArrayDeque<>();

  /** When the candidate's manifest or a piece of it came last. */
  private long progressAt;

  private Phase phase = Phase.NONE;
  private long since;
  private long nextAsk = Long.MAX_VALUE;
  private int turn;

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

  /** Members whose claims agree with, or differ from, a hash in {@link #own}: a bit for each. */
  private long agreeing;

  private long differing;

  /**
   * Highest instance delivered before the state became tentative: nothing below is ever taken
   * (RULES 26).
   */
  private long floor;

  /** STATUS periods after which this time a state that nobody can prove is given up. */
  private int proofPeriods = PROOF_PERIODS;

  private boolean tentative;
  private Checkpoint publishing;
  private long deliveredAtLook;

  Transfer(Replica replica) {
    this.replica = replica;
    pieceBytes = replica.config().checkpointing().pieceBytes();
    patience = 8 * replica.config().timing().fetchPeriod();
    sources = new Source[replica.view().size()];
    Arrays.setAll(sources, i -> new Source());
  }

  /** Whether this replica's state is not known to be right. */
  boolean isTentative() {
    return tentative;
  }

  /** Whether nothing may be delivered, because the service is changing its state. */
  boolean isInstalling() {
    return phase == Phase.INSTALLING;
  }

  TransferStatus status() {
    if (candidate == null) {
      return new TransferStatus(phase, 0, -1, 0, 0);
    }
    return new TransferStatus(
        phase,
        candidate.instance,
        replica(candidate.member),
        manifest == null ? 0 : manifest.size(),
        present.cardinality());
  }

  private int replica(int member) {
    return replica.view().members().get(member).replica();
  }

  private long period() {
    return replica.config().timing().statusPeriod();
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
      replica.count(Event.TRANSFER_BEGUN, -1);
      replica.trace("transfer", "begins");
      for (Source source : sources) {
        source.liar = false;
      }
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
    for (Source source : sources) {
      source.asked = 0;
    }
    since = replica.now();
    askAll();
  }

  private void askAll() {
    nextAsk = replica.now() + period();
    replica.broadcast(new Message.FetchOffers());
  }

  void onTime() {
    if (phase == Phase.NONE) {
      return;
    }
    expire();
    if (replica.now() >= nextAsk) {
      if (phase == Phase.ASKING && !tentative && !replica.fetcher().isOutOfReach()) {
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
    if (replica.lastDelivered() != deliveredAtLook || replica.checkpoints().isTaking()) {
      deliveredAtLook = replica.lastDelivered();
      since = replica.now();
    }
    // Behind the others it need not wait for them, only for what they have decided already.
    boolean behind =
        replica.highestHeard() > replica.lastDelivered() + 2L * replica.view().window();
    if (replica.now() - since > (behind ? BEHIND : 1) * proofPeriods * period()) {
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
  void onDelivered() {
    boolean fetching =
        phase == Phase.MANIFEST
            || phase == Phase.STATE
            || phase == Phase.RECEIVING
            || phase == Phase.CONTENT;
    long last = replica.lastDelivered();
    if (!tentative
        && fetching
        && (candidate.instance <= last
            || replica.highestHeard() <= last + 2L * replica.view().window())) {
      replica.trace("transfer", "is overtaken");
      if (phase == Phase.RECEIVING || phase == Phase.CONTENT) {
        replica.actions().releaseCheckpoint(candidate.instance);
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

  void onOffers(int member, Message.Offers message) {
    Source source = sources[member];
    if (phase == Phase.NONE) {
      return;
    }
    source.heardAt = replica.now();
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
      for (int other = 0; other < sources.length; other++) {
        all &= other == replica.selfIndex() || sources[other].heardAt >= since;
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
    if (!replica.checkpoints().isTaking()) {
      source.claims.keySet().removeIf(t -> t <= replica.lastDelivered() && !own.containsKey(t));
    }
  }

  // ---- choosing ---------------------------------------------------------------------------------

  private boolean isUsable(Source source) {
    return !source.liar && source.shunnedUntil <= replica.now();
  }

  /**
   * What to try, in this order: the newest checkpoint for which as many others have newer ones as
   * are needed to prove it; then those that more can prove; then newer ones, older ones. Those that
   * were tried come last.
   */
  private Candidate next() {
    List<Candidate> newest = new ArrayList<>();
    List<Candidate> older = new ArrayList<>();
    for (int member = 0; member < sources.length; member++) {
      Source source = sources[member];
      if (member == replica.selfIndex() || !isUsable(source)) {
        continue;
      }
      List<Candidate> offered = new ArrayList<>();
      for (Offer offer : source.offers) {
        if (offer.instance() >= 1
            && offer.instance() > (tentative ? floor : replica.lastDelivered())
            && offer.hash().equals(source.claims.get(offer.instance()))
            && mayBegin(offer)) {
          offered.add(new Candidate(member, offer.instance(), offer.hash()));
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
            .thenComparingInt(Candidate::member));
    older.sort(Comparator.comparingLong(Candidate::instance).reversed());
    List<Candidate> order = new ArrayList<>();
    int first = Math.min(replica.quorums().oneCorrect() - 1, newest.size() - 1);
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

  private boolean mayBegin(Offer offer) {
    long offering = 0;
    for (int member = 0; member < sources.length; member++) {
      if (offer.hash().equals(sources[member].claims.get(offer.instance()))) {
        offering |= 1L << member;
      }
    }
    return replica.rules().transfer().mayBegin(replica.quorums(), offering);
  }

  /** Whether there are claims enough at or after the candidate. */
  private boolean canBeProved(Candidate each) {
    if (each == null) {
      return false;
    }
    long mask = 1L << each.member;
    for (int member = 0; member < sources.length; member++) {
      if (!sources[member].liar && sources[member].claims.ceilingKey(each.instance) != null) {
        mask |= 1L << member;
      }
    }
    return replica.quorums().hasOneCorrect(mask);
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
    replica.trace("transfer", chosen);
    pump();
  }

  /** Nothing comes of this candidate; is there another one? */
  private void abandon() {
    if (checkpoint != null && phase == Phase.CONTENT) {
      replica.trace("transfer", "abandons " + candidate);
    }
    look();
  }

  private void blame(int member, String why) {
    if (!sources[member].liar) {
      sources[member].liar = true;
      replica.count(Event.TRANSFER_BLAMED, replica(member));
      replica.trace("blames " + replica(member), why);
    }
  }

  // ---- pieces -----------------------------------------------------------------------------------

  private void pump() {
    while (asks.size() + storing.cardinality() < OUTSTANDING) {
      int piece = nextPiece();
      if (piece < FetchPiece.MANIFEST) {
        return;
      }
      int member = source();
      if (member < 0) {
        if (asks.isEmpty() && storing.isEmpty() && !mayWait()) {
          abandon();
        }
        return;
      }
      asks.add(new Ask(piece, member, replica.now() + patience));
      sources[member].asked++;
      replica.send(replica(member), new FetchPiece(candidate.instance, piece));
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
    if (replica.now() - progressAt > SILENCE * patience) {
      return false;
    }
    for (Source source : sources) {
      if (!source.liar && offers(source)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it offers exactly the chosen checkpoint. */
  private boolean offers(Source source) {
    return candidate.hash.equals(source.claims.get(candidate.instance))
        && source.offers.contains(new Offer(candidate.instance, candidate.hash));
  }

  /** Of those that offer exactly this checkpoint, one with the fewest questions; in turn. */
  private int source() {
    int best = -1;
    turn++;
    for (int i = 0; i < sources.length; i++) {
      int member = (turn + i) % sources.length;
      Source source = sources[member];
      if (member != replica.selfIndex()
          && isUsable(source)
          && offers(source)
          && (best < 0 || source.asked < sources[best].asked)) {
        best = member;
      }
    }
    return best;
  }

  private void shun(int member) {
    Source source = sources[member];
    source.shunFor = Math.min(SHUN_MAX * patience, Math.max(patience, 2 * source.shunFor));
    source.shunnedUntil = replica.now() + source.shunFor;
  }

  private void expire() {
    long slow = 0;
    for (Iterator<Ask> each = asks.iterator(); each.hasNext(); ) {
      Ask ask = each.next();
      if (replica.now() >= ask.deadline) {
        each.remove();
        sources[ask.member].asked--;
        slow |= 1L << ask.member;
        late.add(ask);
        if (late.size() > LATE) {
          late.remove();
        }
      }
    }
    for (int member = 0; member < sources.length; member++) {
      if ((slow & 1L << member) != 0) {
        shun(member);
        replica.count(Event.SOURCE_REPLACED, replica(member));
      }
    }
    if (slow != 0) {
      pump();
    }
  }

  /** Whether it answers a question, if late. The question is done with. */
  private boolean answered(int member, long instance, int piece) {
    if (candidate == null || candidate.instance != instance) {
      return false;
    }
    if (late.removeIf(ask -> ask.member == member && ask.piece == piece)) {
      return true;
    }
    for (Iterator<Ask> each = asks.iterator(); each.hasNext(); ) {
      Ask ask = each.next();
      if (ask.member == member && ask.piece == piece) {
        each.remove();
        sources[member].asked--;
        return true;
      }
    }
    return false;
  }

  /** What the peer gave is right. */
  private void onGood(int member) {
    sources[member].shunFor /= 2;
    sources[member].shunnedUntil = Long.MIN_VALUE;
    progressAt = replica.now();
  }

  void onManifested(int member, Message.Manifested message) {
    Manifest given = message.manifest();
    if (!answered(member, given.instance(), FetchPiece.MANIFEST) || phase != Phase.MANIFEST) {
      return;
    }
    if (!given.hash().equals(candidate.hash)
        || !given.isConsistent(pieceBytes)
        || given.stateBytes() > CheckpointHead.STATE_BYTES
        || !areValid(message.certificates())) {
      blame(member, "manifest of " + given.instance());
      pump();
      return;
    }
    onGood(member);
    manifest = given;
    certificates = message.certificates();
    state = new Bytes[given.statePieces().size()];
    phase = Phase.STATE;
    pump();
  }

  private boolean areValid(List<Certificate> given) {
    long first = Math.max(1, candidate.instance - replica.view().window() + 1);
    if (given.size() != candidate.instance - first + 1) {
      return false;
    }
    for (int i = 0; i < given.size(); i++) {
      if (given.get(i).instance() != first + i || !replica.certificates().isValid(given.get(i))) {
        return false;
      }
    }
    return true;
  }

  void onPiece(int member, Message.Piece message) {
    int index = message.piece();
    if (!answered(member, message.instance(), index)
        || index >= 0 && (present.get(index) || storing.get(index))) {
      return;
    }
    if (message.bytes().length() == 0) {
      // It has it no more. Its next offers will say so.
      sources[member].offers = List.of();
      shun(member);
      replica.count(Event.SOURCE_REPLACED, replica(member));
    } else if (manifest == null
        || message.bytes().length() != manifest.pieceLength(index, pieceBytes)
        || !Digest.hash(message.bytes().array()).equals(manifest.piece(index))) {
      blame(member, "piece " + index + " of " + candidate);
    } else {
      onGood(member);
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
        sources[again.member].asked--;
      }
    }
    if (index >= manifest.statePieces().size()) {
      storing.set(index);
      replica
          .actions()
          .storePiece(candidate.instance, index - manifest.statePieces().size(), bytes);
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
      head = CheckpointHead.decode(bytes, certificates, replica.codecLimits());
      replica.check(head);
    } catch (DecodeException e) {
      // Their claim covers these bytes.
      for (int member = 0; member < sources.length; member++) {
        if (candidate.hash.equals(sources[member].claims.get(candidate.instance))) {
          blame(member, e.getMessage());
        }
      }
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
    replica.actions().receive(checkpoint);
  }

  /** Storage is ready; these pieces of the content are there. */
  void onReceiving(long instance, BitSet there) {
    if (phase != Phase.RECEIVING || candidate.instance != instance) {
      return;
    }
    phase = Phase.CONTENT;
    progressAt = replica.now();
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
      replica.checkpoints().forget();
      replica.actions().install(checkpoint);
    }
  }

  // ---- proving ----------------------------------------------------------------------------------

  /** The service has taken up the state, or could not. */
  void onInstalled(long instance, boolean done) {
    if (phase != Phase.INSTALLING || candidate.instance != instance) {
      return;
    }
    dropOwn();
    if (!tentative) {
      floor = replica.lastDelivered();
    }
    tentative = true;
    if (!done) {
      abandon();
      return;
    }
    replica.count(Event.TRANSFER_INSTALLED, -1);
    own.put(instance, candidate.hash);
    ownCheckpoints.put(instance, checkpoint);
    phase = Phase.PROVING;
    since = replica.now();
    replica.become(head);
    head = null;
    evaluate();
  }

  private void dropOwn() {
    for (long instance : ownCheckpoints.keySet()) {
      replica.actions().releaseCheckpoint(instance);
    }
    own.clear();
    ownCheckpoints.clear();
    agreeing = 0;
    differing = 0;
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
    for (int member = 0; member < sources.length; member++) {
      if (!sources[member].liar
          && !isJudged(member)
          && sources[member].claims.containsKey(instance)) {
        return true;
      }
    }
    for (int member = 0; member < sources.length; member++) {
      if (member != replica.selfIndex()
          && !isJudged(member)
          && replica.checkpoints().isDue(instance, member)) {
        return instance > known();
      }
    }
    return false;
  }

  private boolean isJudged(int member) {
    return ((agreeing | differing) & 1L << member) != 0;
  }

  /** Up to here what was offered tells at which instances there are checkpoints. */
  private long known() {
    long[] newest = new long[sources.length];
    for (int member = 0; member < sources.length; member++) {
      newest[member] = sources[member].claims.isEmpty() ? 0 : sources[member].claims.lastKey();
    }
    Arrays.sort(newest);
    return newest[newest.length - replica.quorums().oneCorrect()];
  }

  /** This replica's own state at an instance since it took up that of others. */
  void onHash(Checkpoint taken, Digest hash) {
    if (phase != Phase.PROVING) {
      replica.actions().releaseCheckpoint(taken.instance());
      return;
    }
    own.put(taken.instance(), hash);
    ownCheckpoints.put(taken.instance(), taken);
    evaluate();
  }

  /** What a member said once of a state counts for good, also when its claim was pushed out. */
  private void evaluate() {
    for (int member = 0; member < sources.length; member++) {
      if (sources[member].liar) {
        continue;
      }
      for (Map.Entry<Long, Digest> mine : own.entrySet()) {
        Digest claim = sources[member].claims.get(mine.getKey());
        if (claim != null && claim.equals(mine.getValue())) {
          agreeing |= 1L << member;
          sources[member].agreedAt = mine.getKey();
        } else if (claim != null) {
          differing |= 1L << member;
        }
      }
    }
    agreeing &= ~differing;
    if (replica.rules().transfer().isTrusted(replica.quorums(), agreeing)) {
      long proved = 0;
      for (int member = 0; member < sources.length; member++) {
        if ((agreeing & 1L << member) != 0) {
          proved = Math.max(proved, sources[member].agreedAt);
        }
      }
      for (int member = 0; member < sources.length; member++) {
        if ((differing & 1L << member) != 0) {
          blame(member, "hash of its state");
        }
      }
      phase = Phase.PUBLISHING;
      asks.clear();
      late.clear();
      publishing = ownCheckpoints.remove(proved);
      replica.actions().publish(proved);
    } else if (replica.quorums().hasOneCorrect(differing)) {
      blame(candidate.member, "hash of its state");
      giveUp();
    }
  }

  private void giveUp() {
    replica.trace("transfer", "gives up " + candidate);
    replica.checkpoints().forget();
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
    replica.checkpoints().forget();
    tentative = false;
    end();
    replica.checkpoints().adopt(adopted);
    replica.count(Event.TRANSFER_DONE, -1);
    replica.trace("transfer", "done at " + instance);
    replica.onProved();
  }

  String describe() {
    return phase == Phase.NONE
        ? ""
        : ", transfer "
            + phase
            + " of "
            + candidate
            + (tentative ? " tentative" : "")
            + " with "
            + own.keySet();
  }
}
