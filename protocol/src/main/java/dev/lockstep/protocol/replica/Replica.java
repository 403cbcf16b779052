package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.consensus.ByzantineConsensus;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.consensus.CrashConsensus;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.CodecLimits;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Propose;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import dev.lockstep.protocol.replica.catchup.DecisionFetcher;
import dev.lockstep.protocol.replica.catchup.DecisionServer;
import dev.lockstep.protocol.replica.catchup.StatusExchange;
import dev.lockstep.protocol.replica.catchup.ValueServer;
import dev.lockstep.protocol.replica.catchup.VoteResender;
import dev.lockstep.protocol.replica.checkpoint.CheckpointHead;
import dev.lockstep.protocol.replica.checkpoint.CheckpointServer;
import dev.lockstep.protocol.replica.checkpoint.Checkpoints;
import dev.lockstep.protocol.replica.checkpoint.ReplicatedState;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.ServingBudget;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Life;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.recovery.Recovery;
import dev.lockstep.protocol.replica.regency.Entries;
import dev.lockstep.protocol.replica.regency.Stops;
import dev.lockstep.protocol.replica.regency.SyncFollower;
import dev.lockstep.protocol.replica.regency.SyncLeader;
import dev.lockstep.protocol.replica.regency.Testimony;
import dev.lockstep.protocol.replica.requests.Overdue;
import dev.lockstep.protocol.replica.requests.PooledRequest;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.replica.transfer.Transfer;
import dev.lockstep.protocol.replica.transfer.TransferStatus;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.protocol.rules.ValidityRule.Verdict;
import dev.lockstep.protocol.state.Answer;
import dev.lockstep.protocol.state.Effects;
import dev.lockstep.protocol.state.ReplyCache;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * One replica of Mod-SMaRt over VP-Consensus, as a deterministic state machine without I/O: events
 * in, {@link Actions} out, the same ones for the same events (DESIGN section 2, RULES.md, SYNC.md).
 *
 * <p>This class holds the normal phase: admission of requests, proposals and votes of the open
 * instances, delivery in order, execution and replies. the packages {@code regency}, {@code
 * catchup}, {@code recovery}, {@code checkpoint} and {@code transfer} do the rest, {@link
 * RequestPool} holds what is not delivered.
 *
 * <p>Not thread-safe: all events come from one thread, each after {@link #onTime}. No event throws,
 * whatever a peer or client sends.
 */
public final class Replica {
  /** Results no longer than this are sent whole by everybody: a digest would save nothing. */
  private static final int SMALL_RESULT = 64;

  /**
   * Batches that may be delivered and not executed yet. A slow service thereby slows its replica's
   * delivery, and if it is slow everywhere the whole group, instead of filling the memory.
   */
  private static final int EXECUTING = 64;

  /** STATUS periods for which a checkpoint is kept after somebody asked for a piece of it. */
  private static final int PINNED_PERIODS = 64;

  /** Bodies of a proposal that are asked for at a time from everybody. */
  private static final int FETCHED_BODIES = 64;

  private final ReplicaConfig config;
  private final Rules rules;
  private final Verifier verifier;
  private final Actions actions;
  private final Genesis genesis;
  private final ViewHistory views;
  private final Clock clock = new Clock();
  private final Work work = new Work();
  private final Outbox out;
  private final Durable durable;
  private final DecisionLog log;
  private final Regency regency;
  private final Peers peers;
  private final Voice voice;
  private final Incarnations incarnations;
  private final ServingBudget budget;
  private final Timeouts timeouts;
  private final Window window;
  private final CertificateCheck certificates;
  private final Sessions sessions;
  private final ReplyCache replies;
  private final ReplicatedState protocolState;
  private final RequestPool pool;
  private final Stops stops;
  private final Testimony testimony;
  private final SyncFollower syncFollower;
  private final SyncLeader syncLeader;
  private final DecisionServer server;
  private final DecisionFetcher fetcher;
  private final StatusExchange status;
  private final ValueServer values;
  private final Recovery recovery;
  final Checkpoints checkpoints;
  private final CheckpointServer checkpointServer;
  private final Transfer transfer;
  private final CodecLimits codecLimits;
  private final Life life = new Life();

  private final ConsensusHost consensusHost = new ConsensusHost();
  private final ArrayDeque<Executing> executing = new ArrayDeque<>();

  /** This replica led the regency before a restart and may not know what it proposed then. */
  private long abdicated = -1;

  private long lastProposed;
  private long nextFiller;

  /** Until then the next batch may fill. */
  private long nextBatch;

  /** So many are worth waiting for until then: those just answered, and those there already. */
  private int awaitedRequests;

  private long nextVouchRequest;
  private long replayedUpTo;

  /** What is needed to answer a batch once it is executed. */
  private record Executing(Effects effects, int[] repliers) {}

  /**
   * @param signer this replica's key; not used in crash mode
   * @param rules {@link Rules#standard()}, but for tests of the tests
   */
  public Replica(
      ReplicaConfig config, Rules rules, Signer signer, Verifier verifier, Actions actions) {
    this.config = config;
    this.rules = rules;
    this.verifier = verifier;
    this.actions = actions;
    int self = config.id();
    View view = config.view();
    if (!view.contains(self)) {
      throw new IllegalArgumentException("replica " + self + " is no member of the view");
    }
    ReplicaConfig.Timing timing = config.timing();
    genesis = config.genesis();
    views = new ViewHistory(view, rules.quorum());
    log = new DecisionLog(genesis.window(), config.budgets().logBytes(), actions.storesDecisions());
    regency = new Regency(self, views);
    out = new Outbox(self, views, actions, actions, regency::installed, log::last);
    durable = new Durable(actions, rules.restart());
    peers = new Peers(self, genesis, views, log, clock, timing.statusPeriod());
    voice = new Voice(genesis, log, regency, peers, rules.voting(), actions);
    incarnations = new Incarnations(self, views, voice);
    budget = new ServingBudget(views, clock, out, config.budgets().transferBytes());
    timeouts = new Timeouts(timing.requestTimeout(), timing.timeoutDoublings());
    window = new Window(genesis.window(), log, regency, views, this::consensus);
    certificates =
        new CertificateCheck(genesis.cluster(), views.quorums(1), rules.voting(), verifier);
    sessions = new Sessions(views.newest().limits(), rules.delivery());
    replies = new ReplyCache(views.newest().limits());
    protocolState =
        new ReplicatedState(
            views.newest().limits(),
            rules.delivery(),
            genesis.window(),
            sessions,
            replies,
            log,
            views);
    pool =
        new RequestPool(
            views.quorums(1), self, rules.requests(), sessions, config.budgets().requests());
    codecLimits = CodecLimits.of(view);
    stops =
        new Stops(self, views, clock, out, log, regency, voice, timeouts, rules.regency(), life);
    Entries entries =
        new Entries(genesis, log, window, incarnations, certificates, verifier, rules.entries());
    syncFollower =
        new SyncFollower(
            genesis,
            views,
            out,
            log,
            window,
            regency,
            voice,
            entries,
            verifier,
            rules.selection(),
            stops,
            life);
    syncLeader =
        new SyncLeader(
            self,
            genesis,
            views,
            out,
            log,
            window,
            regency,
            entries,
            signer,
            rules.selection(),
            syncFollower);
    testimony =
        new Testimony(
            self,
            genesis,
            out,
            durable,
            log,
            window,
            regency,
            voice,
            signer,
            rules.entries(),
            own -> syncLeader.onStopData(self, own));
    server = new DecisionServer(views, out, log, budget, actions, rules.regency());
    fetcher =
        new DecisionFetcher(
            self,
            genesis,
            views,
            clock,
            out,
            log,
            window,
            pool,
            timing.fetchPeriod(),
            timing.statusPeriod());
    status =
        new StatusExchange(
            views,
            clock,
            out,
            log,
            regency,
            voice,
            peers,
            budget,
            List.of(syncFollower, testimony, stops),
            new VoteResender(genesis, out, window, regency, pool, rules.regency()),
            server,
            timing.statusPeriod());
    values = new ValueServer(views, out, log, window, budget, pool, server);
    recovery =
        new Recovery(
            self,
            genesis,
            views,
            clock,
            out,
            durable,
            log,
            voice,
            incarnations,
            certificates,
            signer,
            verifier,
            rules.restart(),
            config.entropy(),
            timing.statusPeriod(),
            syncLeader::forgetOutdated);
    checkpoints =
        new Checkpoints(
            self,
            views,
            clock,
            out,
            log,
            voice,
            protocolState,
            actions,
            actions,
            actions,
            codecLimits,
            rules.transfer(),
            config.checkpointing().period(),
            config.checkpointing().pieceBytes(),
            PINNED_PERIODS * timing.statusPeriod());
    checkpointServer =
        new CheckpointServer(
            views,
            clock,
            out,
            log,
            budget,
            actions,
            checkpoints,
            config.checkpointing().pieceBytes());
    transfer =
        new Transfer(
            self,
            genesis,
            views,
            clock,
            out,
            log,
            peers,
            voice,
            checkpoints,
            fetcher,
            protocolState,
            certificates,
            codecLimits,
            actions,
            actions,
            rules.transfer(),
            life,
            timing.statusPeriod(),
            8 * timing.fetchPeriod(),
            config.checkpointing().pieceBytes());
    life.add(checkpoints);
    life.add(recovery);
    life.add((DeliveryListener) status);
    life.add(fetcher);
    life.add(transfer);
    life.add(stops);
    life.add((DeliveryListener) testimony);
    life.add(new Delivered());
    life.add(new RegencyChange());
    life.add((RegencyListener) status);
    life.add((RegencyListener) testimony);
    life.add(syncLeader);
  }

  /** Whether its state came from others and is not proved yet; it says nothing meanwhile. */
  public boolean isTentative() {
    return voice.isTentative();
  }

  /** How far a state transfer is. */
  public TransferStatus transferStatus() {
    return transfer.status();
  }

  // ---- inspection -------------------------------------------------------------------------------

  public long lastDelivered() {
    return log.last();
  }

  public long regency() {
    return regency.installed();
  }

  public boolean isSynced() {
    return regency.isSynced();
  }

  /**
   * The highest instance that at least one correct other replica had delivered of late, as far as
   * can be told: f others may lie.
   */
  public long highestHeard() {
    return peers.highestHeard();
  }

  /** Whether it lost its votes and must not vote yet (RULES 27). */
  public boolean isLearner() {
    return !voice.mayTestify();
  }

  /** Number of requests that wait for their delivery. */
  public int pendingRequests() {
    return pool.pendingCount();
  }

  /** Number of instances above the last delivered one of which something is held. */
  public int openInstances() {
    return window.size();
  }

  /** Number of requests held on the word of a peer alone. */
  public int sponsoredRequests(int peer) {
    return pool.sponsoredBy(peer);
  }

  /** Digest of the delivered session state, equal at equal {@link #lastDelivered}. */
  public Digest sessionHash() {
    return sessions.hash();
  }

  /** Human-readable summary of what this replica waits for, for stall reports. */
  public String describe() {
    StringBuilder out = new StringBuilder();
    out.append("replica ").append(config.id()).append(": last ").append(log.last());
    out.append(", ").append(stops.describe()).append(syncLeader.describe());
    out.append(", ").append(recovery.describe()).append(transfer.describe());
    out.append(", pending ").append(pool.pendingCount()).append(' ').append(pool.describe());
    for (Slot slot : window.slots()) {
      out.append("\n    instance ").append(slot.instance).append(": proposal ");
      out.append(slot.proposal == null ? "none" : slot.proposal.batch());
      out.append(", voted in ").append(slot.consensus.votedIn());
      out.append(", decided ").append(slot.consensus.decision() != null);
      out.append(", values ").append(slot.values.keySet());
      for (Batch value : slot.values.values()) {
        out.append(", lacking ").append(pool.lacking(value, true).size());
      }
    }
    return out.toString();
  }

  // ---- start and time
  // -----------------------------------------------------------------------------

  /**
   * First event. What storage found is taken up again: decisions are delivered from instance 1,
   * votes and promises count as before.
   */
  public void start(StartState state, long nowMicros, long wallMicros) {
    clock.set(nowMicros, wallMicros);
    boolean lost = state.kind() == StartState.Kind.LOST;
    List<Record> records = rules.restart().remembered(state.records());
    long promise = 0;
    long highestVoted = 0;
    if (state.checkpoint() != null) {
      restore(state.checkpoint());
    }
    long runFrom = 1;
    long runTo = 0;
    for (Record record : records) {
      if (record instanceof Record.Decided decided) {
        long instance = decided.batch().instance();
        runFrom = instance == runTo + 1 ? runFrom : instance;
        runTo = instance;
        if (instance == log.last() + 1) {
          replay(decided);
        }
      }
    }
    log.setFirstStored(runTo == log.last() ? runFrom : log.last() + 1);
    replayedUpTo = log.last();
    for (Record record : records) {
      if (record instanceof Record.Incarnation known) {
        incarnations.raise(known.replica(), known.incarnation(), known.claimSignature());
      } else if (lost) {
        continue;
      } else if (record instanceof Record.Promised promised) {
        promise = Math.max(promise, promised.regency());
      } else if (record instanceof Record.Wrote wrote) {
        highestVoted = Math.max(highestVoted, wrote.instance());
        restore(wrote);
      } else if (record instanceof Record.Locked locked) {
        highestVoted = Math.max(highestVoted, locked.instance());
        if (locked.instance() > log.last()) {
          window.open(locked.instance()).consensus.restoreLock(locked.regency(), locked.digest());
        }
      } else if (record instanceof Record.Muted muted) {
        voice.restoreMuted(muted.incarnation(), muted.muteUntil());
      }
    }
    stops.restore(promise);
    testimony.restore(promise);
    for (Slot slot : window.slots()) {
      slot.consensus.stop(promise);
    }
    status.start();
    fetcher.start();
    if (lost) {
      recovery.startLearning();
    } else {
      voice.restoreVotes(highestVoted, rules.restart());
      testimony.maybeMake();
    }
    if (state.kind() != StartState.Kind.FRESH && regency.leaderOf(promise) == config.id()) {
      // What was proposed before the restart may be forgotten; a second proposal for the same
      // instance would be equivocation. Asking for the next leader at once saves the timeouts.
      abdicated = promise;
      stops.suspect("it was this replica before its restart");
    }
    work.add();
    settle();
  }

  /** Goes on from a checkpoint that storage found whole. */
  private void restore(Checkpoint checkpoint) {
    try {
      CheckpointHead head = CheckpointHead.decode(checkpoint.head(), codecLimits);
      protocolState.adopt(head);
    } catch (DecodeException e) {
      throw new IllegalStateException(
          "the checkpoint at instance "
              + checkpoint.instance()
              + " cannot be read; it is of another version or another group",
          e);
    }
    checkpoints.restore(checkpoint);
  }

  private final class Delivered implements DeliveryListener {
    @Override
    public void onAdopted(long instance) {
      executing.clear();
      window.upTo(instance).forEach(Replica.this::drop);
      window.reopenAbove(instance);
      voice.onLowered(window.highest());
      pool.rebase(clock.now());
      fetcher.restart();
      work.add();
    }

    @Override
    public void onProved() {
      window.takePassed().forEach(slot -> slot.values.values().forEach(pool::unpin));
      pool.restartTimers(clock.now());
      work.add();
    }
  }

  /** The slot's instance is delivered, or in the state that was taken up. */
  private void drop(Slot slot) {
    if (window.pass(slot, voice.isTentative())) {
      slot.values.values().forEach(pool::unpin);
    }
  }

  private void replay(Record.Decided decided) {
    Slot slot = window.open(decided.batch().instance());
    addValue(slot, decided.batch());
    decided.bodies().forEach(body -> pool.supply(body, false));
    slot.consensus.decide(decided.certificate());
    deliver(slot, decided.batch(), true);
  }

  private void restore(Record.Wrote wrote) {
    if (wrote.instance() <= log.last()) {
      return;
    }
    Slot slot = window.open(wrote.instance());
    slot.openSince = clock.now();
    addValue(slot, wrote.batch());
    wrote.bodies().forEach(body -> pool.supply(body, false));
    slot.consensus.restoreWrote(wrote.regency(), wrote.batch().digest());
  }

  /**
   * To be called before every other event but the first, with monotonic time and the wall clock,
   * both in microseconds; fires timers.
   */
  public void onTime(long nowMicros, long wallMicros) {
    clock.set(nowMicros, wallMicros);
    if (voice.isHalted() || clock.now() < nextDeadline()) {
      return;
    }
    stops.onTime();
    status.onTime();
    fetcher.onTime();
    recovery.onTime();
    checkpointServer.onTime();
    if (fetcher.isOutOfReach()) {
      transfer.onOutOfReach();
    }
    transfer.onTime();
    if (pool.nextDeadline(timeouts.current()) <= clock.now()) {
      Overdue overdue = pool.onDeadline(clock.now(), timeouts.current());
      if (!overdue.forward().isEmpty()) {
        out.broadcast(new Message.Forwarded(overdue.forward()));
        out.count(Event.FORWARDED);
      }
      if (overdue.suspect() && regency.isSynced()) {
        out.trace("overdue", actions.traces() ? pool.describe() : "");
        stops.suspect("a request waits too long");
      }
    }
    fetchWhatIsMissing();
    suspectSlowFiller();
    work.add();
    settle();
  }

  /** Monotonic time in microseconds at which {@link #onTime} should be called at the latest. */
  public long nextDeadline() {
    if (voice.isHalted()) {
      return Long.MAX_VALUE;
    }
    long next = Math.min(stops.nextDeadline(), status.nextDeadline());
    next = Math.min(next, fetcher.nextDeadline());
    next = Math.min(next, recovery.nextDeadline());
    next = Math.min(next, Math.min(checkpointServer.nextDeadline(), transfer.nextDeadline()));
    next = Math.min(next, pool.nextDeadline(timeouts.current()));
    if (nextBatch > clock.now() && freshRequests() > 0) {
      next = Math.min(next, nextBatch);
    }
    for (Slot slot : window.slots()) {
      if (slot.nextFetch != 0) {
        next = Math.min(next, slot.nextFetch);
      }
    }
    return next;
  }

  // ---- events
  // -------------------------------------------------------------------------------------

  /** A message on the authenticated channel of another replica. */
  public void onMessage(int sender, Message.ReplicaMessage message) {
    if (voice.isHalted() || sender == config.id() || !views.newest().contains(sender)) {
      out.count(Event.NOT_MEMBER, sender);
      return;
    }
    dispatch(sender, message);
    settle();
  }

  /**
   * A request on the authenticated channel of its client. In SIGNED views the caller has verified
   * the signature.
   */
  public void onClientRequest(ClientId client, Message.ClientRequest message) {
    Request request = message.request();
    if (voice.isHalted()) {
      return;
    }
    if (!request.client().equals(client) || !isAdmissible(request)) {
      out.count(Event.BAD_REQUEST);
      return;
    }
    if (request.kind() == Request.Kind.UNORDERED) {
      if (!voice.mayAnswerReads()) {
        return;
      }
      actions.read(client, request, message.replier());
      return;
    }
    switch (pool.offerDirect(request, message.replier(), clock.now())) {
      case TAKEN -> becameAuthentic(request);
      case BUSY -> {
        out.count(Event.OVER_BUDGET);
        answer(client, message.replier(), plainReply(request, Message.Outcome.BUSY));
      }
      case DELIVERED, SUPERSEDED -> {
        answerAgain(request, message.replier());
        if (budget.mayRelay()) {
          // A client that asks again lacks replies of others, whom it may be unable to reach.
          out.broadcast(new Message.Forwarded(List.of(request)));
        }
      }
      case EQUIVOCATION -> out.count(Event.EQUIVOCATING_CLIENT);
    }
  }

  /** Answers from the reply cache what was executed, or can never be. */
  private void answerAgain(Request request, int replier) {
    Message.Reply reply = replies.answer(views.newest().id(), request);
    if (reply != null) {
      answer(request.client(), replier, reply);
    }
  }

  private void answerIfOver(int from, Request request) {
    Standing standing = sessions.standing(request);
    if (standing != Standing.NEXT && standing != Standing.LATER && budget.mayHaveBodies(from, 1)) {
      answerAgain(request, -1);
    }
  }

  private Message.Reply plainReply(Request request, Message.Outcome outcome) {
    return new Message.Reply(
        views.newest().id(),
        request.session(),
        request.sequence(),
        request.digest(),
        outcome,
        ResultDigest.of(outcome, Bytes.EMPTY),
        Bytes.EMPTY,
        log.last());
  }

  /** Storage holds everything up to the ticket as durably as the mode demands. */
  public void onPersisted(long ticket) {
    if (!voice.isHalted()) {
      durable.onPersisted(ticket);
      settle();
    }
  }

  public void onAcceptSigned(Message.Accept signed) {
    Slot slot = window.slotOrNull(signed.instance());
    if (!voice.isHalted() && slot != null) {
      slot.consensus.onSigned(signed.regency(), signed.digest(), signed.signature());
      settle();
    }
  }

  public void onAcceptVerified(int sender, Message.Accept accept, boolean valid) {
    Slot slot = window.slotOrNull(accept.instance());
    if (!voice.isHalted() && slot != null) {
      slot.consensus.onVerified(
          slot.view.indexOf(sender), accept.regency(), accept.digest(), accept.signature(), valid);
      settle();
    }
  }

  /** The service executed a delivery; results in the order of its commands. */
  public void onExecuted(long instance, List<Bytes> results) {
    if (voice.isHalted()) {
      return;
    }
    Executing done = executing.poll();
    if (done == null || done.effects.instance() != instance) {
      throw new IllegalStateException(
          "executed " + instance + " but expected " + (done == null ? "nothing" : done.effects));
    }
    List<Answer> answers = replies.executed(views.newest().id(), done.effects, results);
    checkpoints.onExecuted(instance);
    if (executing.size() == EXECUTING - 1) {
      work.add();
      settle();
    }
    if (instance <= replayedUpTo) {
      return;
    }
    Iterator<Answer> next = answers.iterator();
    for (Effects.Effect effect : done.effects.effects()) {
      if (effect.verdict() != dev.lockstep.protocol.state.Verdict.OUT_OF_TURN) {
        Answer answer = next.next();
        answer(answer.client(), done.repliers[effect.index()], answer.reply());
      }
    }
  }

  /** A checkpoint is on the disk itself; see {@link Actions#checkpoint}. */
  public void onCheckpointed(Checkpoint checkpoint) {
    if (voice.isHalted()) {
      return;
    }
    Digest hash = checkpoints.onTaken(checkpoint);
    if (hash != null && voice.isTentative()) {
      transfer.onHash(checkpoint, hash);
    }
    work.add();
    settle();
  }

  /** See {@link Actions#publish}. */
  public void onPublished(long instance) {
    if (!voice.isHalted()) {
      transfer.onPublished(instance);
      settle();
    }
  }

  /** See {@link Actions#readPiece}. */
  public void onPieceRead(int requester, long instance, int piece, Bytes bytes) {
    if (!voice.isHalted()) {
      checkpointServer.onRead(requester, instance, piece, bytes);
    }
  }

  /**
   * See {@link Actions#receive}.
   *
   * @param present pieces of the content that are there
   */
  public void onReceiving(long instance, BitSet present) {
    if (!voice.isHalted()) {
      transfer.onReceiving(instance, present);
      settle();
    }
  }

  /** See {@link Actions#storePiece}. */
  public void onPieceStored(long instance, int piece) {
    if (!voice.isHalted()) {
      transfer.onPieceStored(instance, piece);
      settle();
    }
  }

  /**
   * See {@link Actions#install}.
   *
   * @param done false if the service could not; its state is then undefined, and another one will
   *     be installed
   */
  public void onInstalled(long instance, boolean done) {
    if (!voice.isHalted()) {
      transfer.onInstalled(instance, done);
      settle();
    }
  }

  /** The service executed a read on its state as it was. */
  public void onRead(ClientId client, Request request, int replier, Bytes result) {
    Message.Outcome outcome = Message.Outcome.EXECUTED;
    answer(
        client,
        replier,
        new Message.Reply(
            views.newest().id(),
            request.session(),
            request.sequence(),
            request.digest(),
            outcome,
            ResultDigest.of(outcome, result),
            result,
            log.last()));
  }

  /** The channel to the replica was made anew; what was queued on the old one may be lost. */
  public void onReconnect(int replica) {
    if (!voice.isHalted() && views.newest().contains(replica) && replica != config.id()) {
      status.onReconnect(replica);
      settle();
    }
  }

  /**
   * End of a bundle of events: draws the conclusions of requests that came from clients, which are
   * many and need no answer each, and proposes what there is to propose.
   */
  public void flush() {
    if (!voice.isHalted()) {
      settle();
      while (maybePropose()) {
        settle();
      }
    }
  }

  private void dispatch(int sender, Message.ReplicaMessage message) {
    if (message instanceof Propose propose) {
      onPropose(sender, propose);
    } else if (message instanceof Message.Write write) {
      onWrite(sender, write);
    } else if (message instanceof Message.Accept accept) {
      onAccept(sender, accept);
    } else if (message instanceof Message.Status said) {
      peers.onStatus(sender, said);
      fetcher.onClaim(sender, said.lastDelivered());
      stops.onStop(sender, said.nextRegency());
      status.onStatus(sender, said);
    } else if (message instanceof Message.Forwarded forwarded) {
      onForwarded(sender, forwarded);
    } else if (message instanceof Message.FetchRequests fetch) {
      values.onFetchRequests(sender, fetch);
    } else if (message instanceof Message.Bodies bodies) {
      bodies.requests().forEach(body -> onBody(sender, body));
    } else if (message instanceof Message.Missing missing) {
      onMissing(sender, missing);
    } else if (message instanceof Message.Decision decision) {
      onDecision(sender, decision);
    } else if (message instanceof Message.FetchDecisions fetch) {
      server.onFetch(sender, fetch);
    } else if (message instanceof Message.Fetched fetched) {
      fetcher.onFetched(sender, fetched);
    } else if (message instanceof Message.FetchOffers) {
      checkpointServer.onFetchOffers(sender);
    } else if (message instanceof Message.Offers offers) {
      transfer.onOffers(sender, offers);
    } else if (message instanceof Message.FetchPiece fetch) {
      checkpointServer.onFetchPiece(sender, fetch);
    } else if (message instanceof Message.Manifested manifested) {
      transfer.onManifested(sender, manifested);
    } else if (message instanceof Message.Piece piece) {
      transfer.onPiece(sender, piece);
    } else if (message instanceof Message.FetchValue fetch) {
      values.onFetchValue(sender, fetch);
    } else if (message instanceof Message.Value value) {
      onValue(value.batch());
    } else if (message instanceof Message.Stop stop) {
      stops.onStop(sender, stop.regency());
    } else if (message instanceof Message.StopDataMessage stopData) {
      status.noteLastDelivered(sender, stopData.stopData().core().lastDelivered());
      syncLeader.onStopData(sender, stopData);
    } else if (message instanceof Message.Sync sync) {
      syncFollower.onSync(sender, sync);
    } else if (message instanceof Message.Recover recover) {
      recovery.onRecover(sender, recover);
    } else if (message instanceof Message.RecoverReply reply) {
      recovery.onReply(sender, reply);
    }
  }

  // ---- requests
  // -----------------------------------------------------------------------------------

  private boolean isAdmissible(Request request) {
    boolean open = request.kind() == Request.Kind.OPEN;
    return request.operation().length() <= views.newest().limits().requestBytes()
        && request.session() >= 0
        && request.sequence() >= 0
        && (request.kind() == Request.Kind.UNORDERED || open == (request.session() == 0))
        && (!open || request.sequence() == 0);
  }

  private void becameAuthentic(Request request) {
    work.add();
    for (int asker : pool.takeAskers(request.digest())) {
      out.send(asker, new Message.Forwarded(List.of(request)));
    }
  }

  /** A peer vouches for requests; in SIGNED views their signatures speak for themselves. */
  private void onForwarded(int sender, Message.Forwarded forwarded) {
    for (Request request : forwarded.requests()) {
      if (request.kind() == Request.Kind.UNORDERED || !isAdmissible(request)) {
        out.count(Event.BAD_REQUEST, sender);
      } else if (pool.isSigned()) {
        onBody(sender, request);
        answerIfOver(sender, request);
      } else if (pool.vouch(sender, request, clock.now())) {
        becameAuthentic(request);
      } else {
        answerIfOver(sender, request);
      }
    }
    work.add();
  }

  private void onBody(int sender, Request request) {
    if (!isAdmissible(request) || request.kind() == Request.Kind.UNORDERED) {
      out.count(Event.BAD_REQUEST, sender);
      return;
    }
    work.add();
    if (!pool.isSigned()) {
      pool.supply(request, rules.requests().fetchedBodyVouches());
      return;
    }
    if (pool.isKnownAuthentic(request.digest())) {
      return;
    }
    if (!verifier.client(
        request.client(),
        Statements.request(genesis.cluster(), request.digest()),
        request.signature())) {
      // A decided value needs the body whatever became of the signature on its way.
      pool.supply(request, false);
      out.count(Event.BAD_SIGNATURE, sender);
      return;
    }
    pool.offerSigned(request, clock.now());
    pool.supply(request, true);
    becameAuthentic(request);
  }

  private void onMissing(int sender, Message.Missing missing) {
    if (missing.digests().size() > views.newest().limits().batchRequests()) {
      out.count(Event.OVER_BUDGET, sender);
      return;
    }
    List<Request> known = new ArrayList<>();
    for (Digest digest : missing.digests()) {
      Reference proposed = missing.overdue() ? proposed(missing.instance(), digest) : null;
      if (proposed != null && pool.complain(proposed, sender)) {
        out.count(Event.GREYLISTED_CLIENT, sender);
      }
      if (pool.isKnownAuthentic(digest)) {
        known.add(pool.bodyOrNull(digest));
      }
    }
    if (!known.isEmpty() && budget.mayHaveBodies(sender, known.size())) {
      out.send(sender, new Message.Forwarded(known));
    }
  }

  // ---- proposing
  // ------------------------------------------------------------------------------------

  /** The reference that the current leader's proposal for the instance has for the digest. */
  private Reference proposed(long instance, Digest digest) {
    Slot slot = window.slotOrNull(instance);
    if (slot == null || slot.proposal == null) {
      return null;
    }
    for (Reference reference : slot.proposal.batch().references()) {
      if (reference.digest().equals(digest)) {
        return reference;
      }
    }
    return null;
  }

  /**
   * Whether the next batch may still grow: while an earlier one is under way, and then until as
   * many requests are there as were answered with it and had come meanwhile. Clients that wait for
   * their replies would else fall into groups that take turns, each with an instance of its own.
   */
  private boolean isFilling() {
    if (clock.now() >= nextBatch) {
      return false;
    }
    int fresh = freshRequests();
    return fresh < views.newest().limits().batchRequests() / 4
        && (lastProposed > log.last() || fresh < awaitedRequests);
  }

  /** Requests that this leader has not proposed. */
  private int freshRequests() {
    return pool.pendingCount() - proposedRequests();
  }

  /** Requests in this leader's proposals that are not delivered. */
  private int proposedRequests() {
    int requests = 0;
    for (Slot slot : window.slots()) {
      requests += slot.proposal == null ? 0 : slot.proposal.batch().references().size();
    }
    return requests;
  }

  private boolean maybePropose() {
    long inRegency = regency.installed();
    if (!regency.isLeader() || !regency.isSynced() || abdicated == inRegency) {
      return false;
    }
    long horizon = regency.selection().horizon();
    if (log.last() < regency.selection().prefix() || !hasSettledValues()) {
      return false;
    }
    long instance = Math.max(Math.max(lastProposed, horizon), log.last()) + 1;
    while (window.decisionOrNull(instance) != null) {
      instance++;
    }
    if (instance > log.last() + genesis.window()
        || !voice.mayVote(instance, inRegency, false)
        || slotVoted(instance, inRegency)) {
      return false;
    }
    if (isFilling()) {
      return false;
    }
    markUndelivered();
    List<PooledRequest> chosen = pool.choose();
    if (chosen.isEmpty() && !wantsFiller()) {
      return false;
    }
    List<Reference> references = new ArrayList<>(chosen.size());
    List<Request> inlined = new ArrayList<>();
    for (PooledRequest entry : chosen) {
      Request request = entry.requestOrNull();
      references.add(request.reference());
      if (request.operation().length() <= Reference.BYTES) {
        inlined.add(request);
      }
    }
    Digest seed =
        new Encoder(128)
            .label("LOCKSTEP-NONCE")
            .digest(config.entropy())
            .i64(instance)
            .i64(inRegency)
            .i64(clock.now())
            .hash();
    Batch batch =
        new Batch(
            new Batch.Header(
                views.newest().id(),
                instance,
                Math.max(0, clock.wall()),
                seed,
                inRegency,
                log.header(instance - genesis.window())),
            references);
    lastProposed = instance;
    nextBatch = clock.now() + config.timing().batchPause();
    nextFiller = clock.now() + config.timing().fetchPeriod();
    Propose propose = new Propose(instance, inRegency, batch, inlined);
    out.trace("propose", batch);
    out.broadcast(propose);
    Slot slot = window.open(instance);
    slot.clockFits = true;
    accept(slot, propose);
    return true;
  }

  /** What is decided above a gap or settled by SYNC must not be proposed again. */
  private void markUndelivered() {
    for (Slot slot : window.slots()) {
      Batch decided = slot.decidedValueOrNull();
      Digest settled = regency.fixedOrNull(slot.instance);
      if (decided != null) {
        pool.markInFlight(decided);
      } else if (settled != null && slot.values.containsKey(settled)) {
        pool.markInFlight(slot.values.get(settled));
      }
    }
  }

  /** The leader proposes afresh only when it holds the bytes of all that SYNC settled. */
  private boolean hasSettledValues() {
    for (Map.Entry<Long, Choice> each : regency.selection().choices().entrySet()) {
      Choice choice = each.getValue();
      if (each.getKey() <= log.last() || choice.digest() == null) {
        continue;
      }
      Slot slot = window.slotOrNull(each.getKey());
      if (slot == null || !slot.values.containsKey(choice.digest())) {
        return false;
      }
    }
    return true;
  }

  private boolean slotVoted(long instance, long regency) {
    Slot slot = window.slotOrNull(instance);
    return slot != null && slot.consensus.votedIn() >= epoch(slot, regency);
  }

  /** Empty batches bring a learner forward in an idle group, at a bounded rate (RULES 19, 27). */
  private boolean wantsFiller() {
    return clock.now() >= nextFiller && peers.somebodyLearns();
  }

  /**
   * While a learner waits, nothing being delivered is a reason for STOP (RULES 19). A false learner
   * that asks everybody but the leader costs nothing: STATUS passes its wish on to the leader.
   */
  private void suspectSlowFiller() {
    if (!regency.isSynced()) {
      return;
    }
    if (peers.isLearning(regency.leader())) {
      stops.suspect("it lost its votes and cannot propose");
    } else if (peers.hasWaitingLearner(2 * timeouts.current())) {
      status.onDelivered();
      fetcher.onDelivered();
      stops.suspect("nothing is delivered while a learner waits");
    }
  }

  // ---- proposals
  // ------------------------------------------------------------------------------------

  private void onPropose(int sender, Propose propose) {
    long instance = propose.instance();
    long inRegency = propose.regency();
    if (inRegency < 0 || sender != regency.leaderOf(inRegency)) {
      out.count(Event.NOT_LEADER, sender);
      return;
    }
    if (inRegency < regency.installed()) {
      out.count(Event.STALE_REGENCY, sender);
      return;
    }
    if (instance <= log.last()) {
      status.noteLastDelivered(sender, instance - 1);
      return;
    }
    if (!window.isKept(instance) || isOversized(propose)) {
      out.count(Event.OUT_OF_WINDOW, sender);
      return;
    }
    Slot slot = window.open(instance);
    boolean current = inRegency == regency.installed() && regency.isSynced();
    if (current && instance <= log.last() + genesis.window()) {
      if (slot.proposal == null) {
        slot.clockFits = clockFits(propose.batch().header().timestampMicros());
      }
      accept(slot, propose);
    } else if (slot.early == null
        || slot.early.regency() < regency.installed()
        || slot.early.regency() > inRegency) {
      slot.early = propose;
      slot.earlyClockFits = clockFits(propose.batch().header().timestampMicros());
    }
  }

  private boolean isOversized(Propose propose) {
    int most = views.newest().limits().batchRequests();
    return propose.batch().references().size() > most || propose.inlined().size() > most;
  }

  /** At most the bound ahead, at most the bound and a timeout behind (RULES 7). */
  private boolean clockFits(long timestamp) {
    long bound = views.newest().limits().clockBoundMicros();
    return timestamp <= clock.wall() + bound
        && timestamp >= clock.wall() - bound - timeouts.current();
  }

  private void acceptEarly(Slot slot) {
    Propose early = slot.early;
    if (early == null || slot.instance > log.last() + genesis.window()) {
      return;
    }
    if (early.regency() < regency.installed()) {
      slot.early = null;
    } else if (early.regency() == regency.installed() && regency.isSynced()) {
      slot.early = null;
      if (slot.proposal == null) {
        slot.clockFits = slot.earlyClockFits;
      }
      accept(slot, early);
    }
  }

  /** A PROPOSE of the current, synced regency for an instance within the vote window. */
  private void accept(Slot slot, Propose propose) {
    if (slot.instance <= regency.selection().horizon()) {
      return;
    }
    Batch batch = propose.batch();
    if (slot.proposal != null) {
      if (slot.proposal.batch().equals(batch)) {
        propose.inlined().forEach(body -> onInlined(batch, body));
      } else {
        out.count(Event.DOUBLE_PROPOSE, regency.leaderOf(propose.regency()));
      }
      return;
    }
    if (!rules
        .validity()
        .isStatic(batch, slot.view, slot.instance, log.header(slot.instance - genesis.window()))) {
      out.count(Event.INVALID_PROPOSAL, regency.leaderOf(propose.regency()));
      stops.suspect("its proposal is malformed");
      return;
    }
    slot.proposal = propose;
    slot.openSince = clock.now();
    addValue(slot, batch);
    propose.inlined().forEach(body -> onInlined(batch, body));
    evaluate(slot);
  }

  private void onInlined(Batch batch, Request body) {
    if (pool.isPinned(body.digest())) {
      onBody(regency.leader(), body);
    }
  }

  /** Looks (again) whether the slot's proposal can be voted for. */
  private void evaluate(Slot slot) {
    Propose propose = slot.proposal;
    long inRegency = regency.installed();
    if (propose == null
        || propose.regency() != inRegency
        || slot.consensus.decision() != null
        || slot.consensus.votedIn() >= epoch(slot, inRegency)
        || !voice.mayVote(slot.instance, inRegency, false)) {
      return;
    }
    Verdict verdict =
        rules.validity().fresh(propose.batch(), inRegency, new Look(slot, propose.batch()));
    switch (verdict) {
      case VALID -> {
        slot.nextFetch = 0;
        vote(slot, propose.batch());
      }
      case INVALID -> {
        out.count(Event.INVALID_PROPOSAL, regency.leader());
        stops.suspect("its proposal is invalid");
      }
      case WAIT -> {
        out.count(Event.WAITING_PROPOSAL, regency.leader());
        wantFetch(slot);
      }
    }
  }

  private void vote(Slot slot, Batch batch) {
    pool.markVoted(batch);
    pool.markInFlight(batch);
    out.trace("vote", batch);
    slot.consensus.vote(epoch(slot, regency.installed()), batch);
  }

  private long epoch(Slot slot, long regency) {
    return rules.voting().epoch(regency, slot.firstRegency);
  }

  /** What {@link ValidityRule} may ask about a proposal. */
  private final class Look implements ValidityRule.Circumstances {
    private final Slot slot;
    private final Batch batch;
    private final PooledRequest[] named;

    Look(Slot slot, Batch batch) {
      this.slot = slot;
      this.batch = batch;
      named = pool.named(batch);
    }

    @Override
    public boolean allAuthentic() {
      for (PooledRequest entry : named) {
        if (!entry.isAuthentic()) {
          return false;
        }
      }
      return true;
    }

    @Override
    public Boolean bodiesFit() {
      long bytes = 0;
      for (int i = 0; i < named.length; i++) {
        Request body = named[i].requestOrNull();
        if (body == null) {
          return null;
        }
        bytes += body.operation().length();
        if (!body.reference().equals(batch.references().get(i)) || !isAdmissible(body)) {
          return false;
        }
      }
      // One request may be larger than a batch is meant to be; it then travels alone.
      return bytes <= views.newest().limits().batchBytes() || named.length == 1;
    }

    @Override
    public boolean clockFits() {
      return slot.clockFits;
    }

    @Override
    public boolean hasDuplicates() {
      for (PooledRequest entry : named) {
        Standing standing =
            entry.requestOrNull() == null
                ? Standing.NEXT
                : sessions.standing(entry.requestOrNull());
        if (standing == Standing.DELIVERED
            || standing == Standing.SUPERSEDED
            || (entry.votedAt() > log.last() && entry.votedAt() != slot.instance)) {
          return true;
        }
      }
      for (Slot other : window.slots()) {
        if (other != slot && other.decidedValueOrNull() != null && hasDecided(other)) {
          return true;
        }
      }
      return false;
    }

    private boolean hasDecided(Slot other) {
      for (PooledRequest entry : named) {
        if (other.hasDecided(entry.digest())) {
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean hasRival(Reference reference) {
      return pool.hasRival(reference);
    }
  }

  // ---- votes
  // ----------------------------------------------------------------------------------------

  private void onWrite(int sender, Message.Write write) {
    Slot slot = voteSlot(sender, write.instance(), write.regency());
    if (slot != null && genesis.byzantine()) {
      slot.consensus.onWrite(slot.view.indexOf(sender), write.regency(), write.digest());
    }
  }

  private void onAccept(int sender, Message.Accept accept) {
    Slot slot = voteSlot(sender, accept.instance(), accept.regency());
    if (slot != null) {
      slot.consensus.onAccept(
          slot.view.indexOf(sender), accept.regency(), accept.digest(), accept.signature());
    }
  }

  private Slot voteSlot(int sender, long instance, long regency) {
    if (instance <= log.last()) {
      status.noteLastDelivered(sender, instance - 1);
      return null;
    }
    if (!window.isKept(instance) || regency < 0) {
      out.count(Event.OUT_OF_WINDOW, sender);
      fetcher.onHint(sender, instance - genesis.window());
      return null;
    }
    return window.open(instance);
  }

  private Consensus consensus(Slot slot) {
    int position = slot.view.indexOf(config.id());
    return genesis.byzantine()
        ? new ByzantineConsensus(
            slot.instance, position, slot.quorums, rules.voting(), consensusHost)
        : new CrashConsensus(slot.instance, position, slot.quorums, rules.voting(), consensusHost);
  }

  void addValue(Slot slot, Batch batch) {
    if (slot.values.putIfAbsent(batch.digest(), batch) == null) {
      pool.pin(batch);
      work.add();
    }
  }

  /** What the instances of consensus need from this replica. */
  private final class ConsensusHost implements Consensus.Host {
    @Override
    public void persistWrote(long instance, long inRegency, Batch batch, Runnable then) {
      durable.persist(new Record.Wrote(instance, inRegency, batch, pool.bodies(batch)), then);
    }

    @Override
    public void persistLock(long instance, long inRegency, Digest digest, Runnable then) {
      durable.persist(new Record.Locked(instance, inRegency, digest), then);
    }

    @Override
    public void broadcastWrite(long instance, long inRegency, Digest digest) {
      out.broadcast(new Message.Write(instance, inRegency, digest));
    }

    @Override
    public void broadcastAccept(long instance, long inRegency, Digest digest, Bytes signature) {
      out.broadcast(new Message.Accept(instance, inRegency, digest, signature));
    }

    @Override
    public void requestSignature(long instance, long inRegency, Digest digest) {
      actions.signAccept(
          new Message.Accept(instance, inRegency, digest, Bytes.EMPTY),
          acceptStatement(instance, inRegency, digest, config.id()));
    }

    @Override
    public void requestVerification(
        int member, long instance, long inRegency, Digest digest, Bytes signature) {
      int sender = views.at(instance).members().get(member).replica();
      actions.verifyAccept(
          sender,
          new Message.Accept(instance, inRegency, digest, signature),
          acceptStatement(instance, inRegency, digest, sender));
    }

    private byte[] acceptStatement(long instance, long inRegency, Digest digest, int sender) {
      return rules
          .voting()
          .acceptStatement(
              genesis.cluster(), views.newest().id(), instance, inRegency, digest, sender);
    }

    @Override
    public boolean mayVote(long instance, long inRegency) {
      Slot slot = window.slotOrNull(instance);
      return slot != null
          && inRegency == epoch(slot, regency.installed())
          && voice.mayVote(instance, regency.installed(), regency.isFixed(instance));
    }

    @Override
    public void onDecided(long instance) {
      work.add();
    }

    @Override
    public void onDoubleVote(int member) {
      out.count(Event.DOUBLE_VOTE, views.newest().members().get(member).replica());
    }

    @Override
    public void onBadSignature(int member) {
      out.count(Event.BAD_SIGNATURE, views.newest().members().get(member).replica());
    }
  }

  // ---- decisions
  // ------------------------------------------------------------------------------------

  private void onDecision(int sender, Message.Decision decision) {
    Batch batch = decision.batch();
    Certificate certificate = decision.certificate();
    if (batch.instance() <= log.last()) {
      fetcher.onDecision(sender, batch.instance());
      return;
    }
    if (!window.mayHold(batch.instance())
        || decision.bodies().size() > views.newest().limits().batchRequests()
        || batch.references().size() > views.newest().limits().batchRequests()) {
      out.count(Event.OUT_OF_WINDOW, sender);
      return;
    }
    Certificate known = window.decisionOrNull(batch.instance());
    if (certificate.instance() != batch.instance()
        || !certificate.digest().equals(batch.digest())
        || (known != null && !known.digest().equals(batch.digest()))
        || (known == null
            && rules.transfer().checksDecisions()
            && !certificates.isValid(certificate))) {
      out.count(Event.BAD_CERTIFICATE, sender);
      fetcher.onFalseDecision(sender);
      return;
    }
    Slot slot = window.open(batch.instance());
    addValue(slot, batch);
    slot.consensus.decide(certificate);
    for (Request body : decision.bodies()) {
      // What is decided needs the body only; its digest stands for all of it but the signature.
      pool.supply(body, !pool.isSigned() && rules.requests().fetchedBodyVouches());
    }
    work.add();
    window.onHeld(slot, DecisionLog.weight(batch, certificate, decision.bodies()));
    fetcher.onDecision(sender, batch.instance());
  }

  /** Storage has read decisions for a peer; see {@link Actions#readDecisions}. */
  public void onDecisionsRead(int requester, long from, List<Record.Decided> decisions) {
    if (!voice.isHalted()) {
      server.onRead(requester, from, decisions);
      settle();
    }
  }

  /** A value that was asked for: kept if a slot knows its digest to be bound or decided. */
  private void onValue(Batch batch) {
    Slot slot = window.slotOrNull(batch.instance());
    if (slot == null || batch.references().size() > views.newest().limits().batchRequests()) {
      return;
    }
    Certificate decision = slot.consensus.decision();
    if ((decision != null && decision.digest().equals(batch.digest()))
        || batch.digest().equals(regency.fixedOrNull(slot.instance))) {
      addValue(slot, batch);
    }
  }

  /** Votes for what SYNC settled, as far as the vote window and the known values allow. */
  private void voteSettled() {
    if (!regency.isSynced()) {
      return;
    }
    long inRegency = regency.installed();
    for (Map.Entry<Long, Choice> each : regency.selection().choices().entrySet()) {
      long t = each.getKey();
      Choice choice = each.getValue();
      // A laggard looks at what is far above only when it has got there.
      if (!window.isKept(t) || t > regency.selection().horizon()) {
        continue;
      }
      Slot slot = window.open(t);
      if (slot.openSince < 0) {
        slot.openSince = clock.now();
      }
      if (slot.consensus.decision() != null
          || choice.kind() == Kind.FREE
          || slot.consensus.votedIn() >= epoch(slot, inRegency)
          || !voice.mayVote(t, inRegency, true)) {
        continue;
      }
      if (choice.kind() == Kind.NOOP) {
        if (t - genesis.window() > log.last()) {
          continue;
        }
        addValue(slot, Batch.noop(views.newest().id(), t, log.header(t - genesis.window())));
        vote(slot, Batch.noop(views.newest().id(), t, log.header(t - genesis.window())));
        continue;
      }
      Batch value = slot.values.get(choice.digest());
      boolean votable =
          value != null
              && (genesis.byzantine() || pool.hasAllBodies(value))
              && !(rules.validity().testsBoundValues() && isStale(slot, value));
      if (votable) {
        vote(slot, value);
      } else {
        wantFetch(slot);
      }
    }
  }

  private boolean isStale(Slot slot, Batch value) {
    Look look = new Look(slot, value);
    return look.hasDuplicates();
  }

  // ---- delivery
  // -------------------------------------------------------------------------------------

  /** Brings everything forward that the last event made possible. */
  private void settle() {
    for (int round = 0; round < 64 && !voice.isHalted() && work.take(); round++) {
      boolean delivered = false;
      while (tryDeliver()) {
        delivered = true;
      }
      if (delivered) {
        life.onDelivered();
      }
      voteSettled();
      for (Slot slot : window.votable()) {
        if (slot.instance <= log.last()) {
          continue;
        }
        acceptEarly(slot);
        evaluate(slot);
        slot.consensus.review(epoch(slot, regency.installed()));
      }
    }
  }

  private boolean tryDeliver() {
    Slot slot = window.slotOrNull(log.last() + 1);
    if (slot == null
        || slot.consensus.decision() == null
        || voice.isHalted()
        || !transfer.mayDeliver(slot.instance)
        || executing.size() >= EXECUTING) {
      return false;
    }
    Batch value = slot.decidedValueOrNull();
    if (value == null || !pool.hasAllBodies(value)) {
      wantFetch(slot);
      return false;
    }
    deliver(slot, value, false);
    return true;
  }

  private void deliver(Slot slot, Batch batch, boolean replaying) {
    long instance = slot.instance;
    Certificate certificate = slot.consensus.decision();
    List<Request> bodies = pool.bodies(batch);
    if (!replaying) {
      durable.persist(new Record.Decided(batch, certificate, bodies));
    }
    Effects effects = sessions.deliver(batch, pool::bodyOrNull);
    log.append(batch, certificate, bodies);
    views.onDelivered(instance);
    int[] repliers = new int[batch.references().size()];
    List<Delivery.Command> commands = new ArrayList<>(repliers.length);
    PooledRequest[] named = pool.named(batch);
    boolean progress = false;
    for (Effects.Effect effect : effects.effects()) {
      Reference reference = effect.reference();
      PooledRequest entry = named[effect.index()];
      repliers[effect.index()] = entry.replier();
      switch (effect.verdict()) {
        case EXECUTE -> {
          commands.add(
              new Delivery.Command(
                  effect.index(),
                  reference.client(),
                  reference.session(),
                  reference.sequence(),
                  entry.requestOrNull().unsigned()));
          progress = true;
          pool.executed(reference, clock.now(), this::onConflict);
        }
        case OPENED -> {
          progress = true;
          pool.answered(reference, clock.now());
          pool.opened(reference.client(), effect.session(), clock.now());
        }
        case CLOSED -> {
          progress = true;
          pool.executed(reference, clock.now(), this::onConflict);
        }
        case OUT_OF_TURN -> pool.outOfTurn(reference);
        default -> pool.answered(reference, clock.now());
      }
    }
    for (long ended : effects.ended()) {
      pool.ended(ended, clock.now());
    }
    drop(slot);
    if (instance == lastProposed) {
      awaitedRequests = batch.references().size() + freshRequests();
    }
    if (progress && !replaying) {
      timeouts.onProgress();
    }
    out.trace("deliver", batch);
    executing.add(new Executing(effects, repliers));
    actions.deliver(
        new Delivery(
            instance,
            effects.timeMicros(),
            batch.header().nonceSeed(),
            batch.header().proposedInRegency(),
            regency.leaderOf(batch.header().proposedInRegency()),
            commands));
    if (!replaying) {
      life.onInstance(instance);
    }
    work.add();
  }

  private void onConflict(PooledRequest lost) {
    out.count(Event.EQUIVOCATING_CLIENT);
    if (lost.replier() != PooledRequest.NEVER_ASKED) {
      Request request = lost.requestOrNull();
      answer(request.client(), lost.replier(), plainReply(request, Message.Outcome.CONFLICT));
    }
  }

  /** Whole from the replica that the client named, and when it is small; else as a digest. */
  private void answer(ClientId client, int replier, Message.Reply reply) {
    if (!voice.mayReply()) {
      return;
    }
    boolean whole =
        replier < 0
            || replier == config.id()
            || reply.result() == null
            || reply.result().length() <= SMALL_RESULT;
    actions.reply(
        client,
        whole
            ? reply
            : new Message.Reply(
                reply.view(),
                reply.session(),
                reply.sequence(),
                reply.requestDigest(),
                reply.outcome(),
                reply.resultDigest(),
                null,
                reply.instance()));
  }

  // ---- change of regency
  // ----------------------------------------------------------------------------

  private final class RegencyChange implements RegencyListener {
    @Override
    public void onInstalled(long installed) {
      for (Slot slot : window.slots()) {
        slot.consensus.stop(installed);
        slot.proposal = null;
        slot.openSince = -1;
        slot.nextFetch = 0;
        dropUnwritten(slot);
      }
      lastProposed = 0;
      pool.restartTimers(clock.now());
      work.add();
    }

    @Override
    public void onProvedDecision(Certificate certificate) {
      if (certificate.instance() > log.last()
          && certificate.instance() <= log.last() + window.lookahead()) {
        window.open(certificate.instance()).consensus.decide(certificate);
      }
    }

    @Override
    public void onSynced(List<Batch> values) {
      for (long t : regency.selection().choices().keySet()) {
        if (window.isKept(t) && t <= regency.selection().horizon()) {
          window.open(t).openSince = clock.now();
        }
      }
      values.forEach(Replica.this::onValue);
      pool.restartTimers(clock.now());
      work.add();
    }
  }

  /** Of an undecided slot only the values that this replica wrote stay (RULES 15). */
  private void dropUnwritten(Slot slot) {
    if (slot.consensus.decision() != null) {
      return;
    }
    var state = slot.consensus.state();
    slot.values
        .values()
        .removeIf(
            value -> {
              boolean kept =
                  state != null
                      && (state.lock().digest().equals(value.digest())
                          || state.writeSet().stream()
                              .anyMatch(written -> written.digest().equals(value.digest())));
              if (!kept) {
                pool.unpin(value);
              }
              return !kept;
            });
  }

  // ---- fetching
  // -------------------------------------------------------------------------------------

  /**
   * A value is asked for soon; bodies a good deal later, because clients are sending them. A
   * replica that is a little behind with its clients would otherwise ask for what is on its way, be
   * sent all of it by everybody, fall further behind, and ask for more.
   */
  private void wantFetch(Slot slot) {
    if (slot.nextFetch == 0) {
      boolean bodies = slot.proposal != null || slot.decidedValueOrNull() != null;
      slot.asked = 0;
      slot.nextFetch =
          clock.now()
              + (bodies
                  ? Math.max(config.timing().fetchPeriod(), config.timing().requestTimeout()) / 4
                  : config.timing().fetchPeriod() / 2);
    }
  }

  private void fetchWhatIsMissing() {
    for (Slot slot : new ArrayList<>(window.slots())) {
      if (slot.nextFetch == 0 || slot.nextFetch > clock.now()) {
        continue;
      }
      long pause = config.timing().fetchPeriod() << Math.min(slot.asked, 3);
      slot.nextFetch = fetch(slot) ? clock.now() + pause : 0;
      slot.asked++;
    }
    if (regency.isLeader() && clock.now() >= nextVouchRequest) {
      nextVouchRequest = clock.now() + config.timing().fetchPeriod();
      List<Digest> lacking = pool.lackingVouches(32);
      if (!lacking.isEmpty()) {
        out.broadcast(new Message.FetchRequests(lacking, true));
      }
    }
  }

  /** Asks for what the slot lacks; returns whether it still lacks something. */
  private boolean fetch(Slot slot) {
    Certificate decision = slot.consensus.decision();
    Digest wanted = decision != null ? decision.digest() : regency.fixedOrNull(slot.instance);
    if (wanted != null) {
      Batch value = slot.values.get(wanted);
      if (value == null) {
        out.send(nextSource(slot), new Message.FetchValue(slot.instance, wanted));
        return true;
      }
      List<Digest> lacking = pool.lacking(value, false);
      if (!lacking.isEmpty()) {
        out.send(nextSource(slot), new Message.FetchRequests(lacking, false));
        return true;
      }
      return false;
    }
    return slot.proposal != null && fetchForProposal(slot);
  }

  private boolean fetchForProposal(Slot slot) {
    Propose propose = slot.proposal;
    List<Digest> lacking = pool.lacking(propose.batch(), true);
    if (lacking.isEmpty() || slot.consensus.votedIn() >= epoch(slot, regency.installed())) {
      return false;
    }
    boolean overdue =
        slot.openSince >= 0 && clock.now() - slot.openSince > config.timing().requestTimeout();
    Message.Missing missing =
        new Message.Missing(slot.instance, propose.regency(), lacking, overdue);
    if (pool.isSigned() || !overdue) {
      sendUnlessSelf(regency.leaderOf(propose.regency()), missing);
    } else {
      out.broadcast(missing);
      for (Digest digest : lacking) {
        pool.complain(proposed(slot.instance, digest), config.id());
      }
    }
    if (slot.asked == 0) {
      return true; // the leader has them, and sends them once
    }
    List<Digest> some = lacking.subList(0, Math.min(FETCHED_BODIES, lacking.size()));
    Message.FetchRequests fetch = new Message.FetchRequests(some, !pool.isSigned());
    if (pool.isSigned()) {
      out.send(nextSource(slot), fetch);
    } else {
      // Each of the others answers with all of them: its word is asked for as much as the bodies.
      out.broadcast(fetch);
    }
    return true;
  }

  private void sendUnlessSelf(int replica, Message.ReplicaMessage message) {
    if (replica != config.id()) {
      out.send(replica, message);
    }
  }

  /** Asks everybody in turn, whoever it was the last time. */
  private int nextSource(Slot slot) {
    List<Integer> others = out.others();
    return others.get((int) ((slot.instance + slot.fetches++) % others.size()));
  }
}
