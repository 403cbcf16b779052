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
import dev.lockstep.protocol.port.Actions.Event;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import dev.lockstep.protocol.replica.requests.Overdue;
import dev.lockstep.protocol.replica.requests.PooledRequest;
import dev.lockstep.protocol.replica.requests.RequestPool;
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
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One replica of Mod-SMaRt over VP-Consensus, as a deterministic state machine without I/O: events
 * in, {@link Actions} out, the same ones for the same events (DESIGN section 2, RULES.md, SYNC.md).
 *
 * <p>This class holds the normal phase: admission of requests, proposals and votes of the open
 * instances, delivery in order, execution and replies. {@link Synchronizer} changes the leader,
 * {@link CatchUp} brings laggards forward, {@link Recovery} deals with lost votes, {@link
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

  /** Bodies of a proposal that are asked for at a time from everybody. */
  private static final int FETCHED_BODIES = 64;

  private final ReplicaConfig config;
  private final Rules rules;
  private final Signer signer;
  private final Verifier verifier;
  private final Actions actions;
  private final View view;
  private final QuorumSystem quorums;
  private final int selfIndex;
  private final List<Integer> others;
  private final Certificates certificates;
  private final Persistence persistence;
  private final DecisionLog log;
  private final Sessions sessions;
  private final ReplyCache replies;
  private final RequestPool pool;
  private final Timeouts timeouts;
  private final Synchronizer synchronizer;
  private final CatchUp catchUp;
  private final Recovery recovery;
  private final Checkpoints checkpoints;
  private final Transfer transfer;
  private final CodecLimits codecLimits;
  private final ConsensusHost consensusHost = new ConsensusHost();

  /** Open instances above the last delivered one. */
  private final TreeMap<Long, Slot> slots = new TreeMap<>();

  /**
   * Slots with votes of this replica that a tentative state has passed. Another state may be taken
   * up below them: then they are open again, and the votes are not forgotten (RULES 26).
   */
  private final TreeMap<Long, Slot> passed = new TreeMap<>();

  private final ArrayDeque<Executing> executing = new ArrayDeque<>();

  private long now;
  private long wall;
  private boolean halted;
  private boolean dirty;

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
    this.signer = signer;
    this.verifier = verifier;
    this.actions = actions;
    view = config.view();
    selfIndex = view.indexOf(config.id());
    if (selfIndex < 0) {
      throw new IllegalArgumentException("replica " + config.id() + " is no member of the view");
    }
    quorums = new QuorumSystem(view, rules.quorum());
    others =
        view.members().stream().map(View.Member::replica).filter(id -> id != config.id()).toList();
    certificates = new Certificates(config.cluster(), quorums, rules.voting(), verifier);
    persistence = new Persistence(actions, rules.restart());
    log = new DecisionLog(view.window(), config.budgets().logBytes());
    sessions = new Sessions(view.limits(), rules.delivery());
    replies = new ReplyCache(view.limits());
    pool =
        new RequestPool(
            quorums, config.id(), rules.requests(), sessions, config.budgets().requests());
    timeouts = new Timeouts(config.timing().requestTimeout(), config.timing().timeoutDoublings());
    synchronizer = new Synchronizer(this);
    catchUp = new CatchUp(this);
    recovery = new Recovery(this);
    checkpoints = new Checkpoints(this);
    transfer = new Transfer(this);
    codecLimits = CodecLimits.of(view);
  }

  // ---- what the parts of this replica share
  // -------------------------------------------------------

  int id() {
    return config.id();
  }

  int selfIndex() {
    return selfIndex;
  }

  Digest cluster() {
    return config.cluster();
  }

  ReplicaConfig config() {
    return config;
  }

  View view() {
    return view;
  }

  QuorumSystem quorums() {
    return quorums;
  }

  Rules rules() {
    return rules;
  }

  Signer signer() {
    return signer;
  }

  Verifier verifier() {
    return verifier;
  }

  Certificates certificates() {
    return certificates;
  }

  void readDecisions(int requester, long from, long to, int bytes) {
    actions.readDecisions(requester, from, to, bytes);
  }

  /** The oldest instance of which this replica can give the decision, from memory or storage. */
  long firstDecision() {
    return actions.storesDecisions()
        ? Math.min(checkpoints.firstDecision(), log.first())
        : log.first();
  }

  Actions actions() {
    return actions;
  }

  Sessions sessions() {
    return sessions;
  }

  ReplyCache replies() {
    return replies;
  }

  DecisionServer server() {
    return catchUp.server();
  }

  DecisionFetcher fetcher() {
    return catchUp.fetcher();
  }

  Checkpoints checkpoints() {
    return checkpoints;
  }

  Transfer transfer() {
    return transfer;
  }

  CodecLimits codecLimits() {
    return codecLimits;
  }

  Persistence persistence() {
    return persistence;
  }

  DecisionLog log() {
    return log;
  }

  RequestPool pool() {
    return pool;
  }

  Timeouts timeouts() {
    return timeouts;
  }

  Recovery recovery() {
    return recovery;
  }

  Synchronizer synchronizer() {
    return synchronizer;
  }

  long now() {
    return now;
  }

  void count(Event event, int peer) {
    actions.count(event, peer);
  }

  void trace(String what, Object detail) {
    if (actions.traces()) {
      actions.trace(
          "r"
              + config.id()
              + " g"
              + synchronizer.installed()
              + " i"
              + log.last()
              + " "
              + what
              + ": "
              + detail);
    }
  }

  void send(int replica, Message.ReplicaMessage message) {
    actions.send(replica, message);
  }

  void broadcast(Message.ReplicaMessage message) {
    actions.broadcast(others, message);
  }

  List<Integer> others() {
    return others;
  }

  Slot slotOrNull(long instance) {
    return slots.get(instance);
  }

  Iterable<Slot> slots() {
    return slots.values();
  }

  void halt(String reason) {
    halted = true;
    actions.halt(reason);
  }

  /** The certificate of a decision, delivered or not, or null. */
  Certificate decisionOrNull(long instance) {
    if (instance <= log.last()) {
      return log.certificateOrNull(instance);
    }
    Slot slot = slots.get(instance);
    return slot == null ? null : slot.consensus.decision();
  }

  /** Whether this replica may accuse a leader on its own account (PROTOCOL 1.10, 1.28). */
  boolean maySuspect() {
    return !halted && recovery.mayTestify() && !catchUp.isLagging();
  }

  /** Whether this replica may speak about its votes (RULES 26, 27). */
  boolean mayTestify() {
    return recovery.mayTestify();
  }

  /** Whether its state came from others and is not proved yet; it says nothing meanwhile. */
  public boolean isTentative() {
    return transfer.isTentative();
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
    return synchronizer.installed();
  }

  public boolean isSynced() {
    return synchronizer.isSynced();
  }

  /**
   * The highest instance that at least one correct other replica had delivered of late, as far as
   * can be told: f others may lie.
   */
  public long highestHeard() {
    return catchUp.highestHeard();
  }

  /** Whether it lost its votes and must not vote yet (RULES 27). */
  public boolean isLearner() {
    return !recovery.mayTestify();
  }

  /** Number of requests that wait for their delivery. */
  public int pendingRequests() {
    return pool.pendingCount();
  }

  /** Number of instances above the last delivered one of which something is held. */
  public int openInstances() {
    return slots.size();
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
    out.append(", ").append(synchronizer.describe());
    out.append(", ").append(recovery.describe()).append(transfer.describe());
    out.append(", pending ").append(pool.pendingCount()).append(' ').append(pool.describe());
    for (Slot slot : slots.values()) {
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
    now = nowMicros;
    wall = wallMicros;
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
    checkpoints.setFirstDecision(runTo == log.last() ? runFrom : log.last() + 1);
    replayedUpTo = log.last();
    for (Record record : records) {
      if (record instanceof Record.Incarnation known) {
        recovery.restoreKnown(known);
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
          slot(locked.instance()).consensus.restoreLock(locked.regency(), locked.digest());
        }
      } else if (record instanceof Record.Muted muted) {
        recovery.restoreMuted(muted);
      }
    }
    synchronizer.restore(promise);
    for (Slot slot : slots.values()) {
      slot.consensus.stop(promise);
    }
    catchUp.start();
    if (lost) {
      recovery.startLearning();
    } else {
      recovery.restoreVotes(highestVoted);
      synchronizer.maybeMakeStopData();
    }
    if (state.kind() != StartState.Kind.FRESH && view.leader(promise) == config.id()) {
      // What was proposed before the restart may be forgotten; a second proposal for the same
      // instance would be equivocation. Asking for the next leader at once saves the timeouts.
      abdicated = promise;
      synchronizer.suspect("it was this replica before its restart");
    }
    dirty = true;
    settle();
  }

  /** Goes on from a checkpoint that storage found whole. */
  private void restore(Checkpoint checkpoint) {
    try {
      CheckpointHead head = CheckpointHead.decode(checkpoint.head(), codecLimits);
      take(head);
    } catch (DecodeException e) {
      throw new IllegalStateException(
          "the checkpoint at instance "
              + checkpoint.instance()
              + " cannot be read; it is of another version or another group",
          e);
    }
    checkpoints.restore(checkpoint);
  }

  private void take(CheckpointHead head) throws DecodeException {
    sessions.restore(head.sessions());
    replies.restore(head.replies());
    log.restore(head.instance(), head.headers(), head.certificates());
  }

  /** Refuses a state that could not be taken up. */
  void check(CheckpointHead head) throws DecodeException {
    Sessions table = new Sessions(view.limits(), rules.delivery());
    table.restore(head.sessions());
    ReplyCache cache = new ReplyCache(view.limits());
    cache.restore(head.replies());
    if (table.lastInstance() != head.instance() || cache.lastInstance() != head.instance()) {
      throw new DecodeException(
          "state of "
              + table.lastInstance()
              + " and "
              + cache.lastInstance()
              + " in a checkpoint of "
              + head.instance());
    }
    if (!table.spine().equals(cache.spine())) {
      throw new DecodeException(
          "sessions and replies in the checkpoint of "
              + head.instance()
              + " do not belong together");
    }
  }

  /** The service has taken up the state of others: so does the protocol. */
  void become(CheckpointHead head) {
    try {
      take(head);
    } catch (DecodeException e) {
      throw new IllegalStateException("a state that was checked before", e);
    }
    executing.clear();
    List.copyOf(slots.headMap(head.instance(), true).values()).forEach(this::drop);
    Map<Long, Slot> open = passed.tailMap(head.instance(), false);
    for (Slot slot : open.values()) {
      slot.consensus.stop(synchronizer.installed());
      slot.proposal = null;
      slots.put(slot.instance, slot);
    }
    open.clear();
    recovery.onLowered(slots.isEmpty() ? 0 : slots.lastKey());
    checkpoints.setFirstDecision(head.instance() + 1);
    pool.rebase(now);
    catchUp.fetcher().restart();
    dirty = true;
  }

  /** The slot's instance is delivered, or in the state that was taken up. */
  private void drop(Slot slot) {
    slots.remove(slot.instance);
    catchUp.fetcher().onDropped(slot);
    boolean voted = slot.consensus.votedIn() >= 0 || slot.consensus.state() != null;
    if (transfer.isTentative() && voted) {
      passed.put(slot.instance, slot);
    } else {
      slot.values.values().forEach(pool::unpin);
    }
  }

  /** The state of others is proved: this replica may speak again. */
  void onProved() {
    passed.values().forEach(slot -> slot.values.values().forEach(pool::unpin));
    passed.clear();
    recovery.onDelivered();
    synchronizer.maybeDisarm();
    synchronizer.maybeMakeStopData();
    pool.restartTimers(now);
    dirty = true;
  }

  private void replay(Record.Decided decided) {
    Slot slot = slot(decided.batch().instance());
    addValue(slot, decided.batch());
    decided.bodies().forEach(body -> pool.supply(body, false));
    slot.consensus.decide(decided.certificate());
    deliver(slot, decided.batch(), true);
  }

  private void restore(Record.Wrote wrote) {
    if (wrote.instance() <= log.last()) {
      return;
    }
    Slot slot = slot(wrote.instance());
    slot.openSince = now;
    addValue(slot, wrote.batch());
    wrote.bodies().forEach(body -> pool.supply(body, false));
    slot.consensus.restoreWrote(wrote.regency(), wrote.batch().digest());
  }

  /**
   * To be called before every other event but the first, with monotonic time and the wall clock,
   * both in microseconds; fires timers.
   */
  public void onTime(long nowMicros, long wallMicros) {
    now = Math.max(now, nowMicros);
    wall = wallMicros;
    if (halted || now < nextDeadline()) {
      return;
    }
    synchronizer.onTime();
    catchUp.onTime();
    recovery.onTime();
    checkpoints.onTime();
    if (catchUp.fetcher().isOutOfReach()) {
      transfer.onOutOfReach();
    }
    transfer.onTime();
    if (pool.nextDeadline(timeouts.current()) <= now) {
      Overdue overdue = pool.onDeadline(now, timeouts.current());
      if (!overdue.forward().isEmpty()) {
        broadcast(new Message.Forwarded(overdue.forward()));
        count(Event.FORWARDED, -1);
      }
      if (overdue.suspect() && synchronizer.isSynced()) {
        trace("overdue", actions.traces() ? pool.describe() : "");
        synchronizer.suspect("a request waits too long");
      }
    }
    fetchWhatIsMissing();
    suspectSlowFiller();
    dirty = true;
    settle();
  }

  /** Monotonic time in microseconds at which {@link #onTime} should be called at the latest. */
  public long nextDeadline() {
    if (halted) {
      return Long.MAX_VALUE;
    }
    long next = Math.min(synchronizer.timer(), catchUp.nextDeadline());
    next = Math.min(next, recovery.nextDeadline());
    next = Math.min(next, Math.min(checkpoints.nextDeadline(), transfer.nextDeadline()));
    next = Math.min(next, pool.nextDeadline(timeouts.current()));
    if (nextBatch > now && freshRequests() > 0) {
      next = Math.min(next, nextBatch);
    }
    for (Slot slot : slots.values()) {
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
    int member = view.indexOf(sender);
    if (halted || member < 0 || member == selfIndex) {
      count(Event.NOT_MEMBER, sender);
      return;
    }
    dispatch(sender, member, message);
    settle();
  }

  /**
   * A request on the authenticated channel of its client. In SIGNED views the caller has verified
   * the signature.
   */
  public void onClientRequest(ClientId client, Message.ClientRequest message) {
    Request request = message.request();
    if (halted) {
      return;
    }
    if (!request.client().equals(client) || !isAdmissible(request)) {
      count(Event.BAD_REQUEST, -1);
      return;
    }
    if (request.kind() == Request.Kind.UNORDERED) {
      if (!recovery.mayAnswerReads()) {
        return;
      }
      actions.read(client, request, message.replier());
      return;
    }
    switch (pool.offerDirect(request, message.replier(), now)) {
      case TAKEN -> becameAuthentic(request);
      case BUSY -> {
        count(Event.OVER_BUDGET, -1);
        answer(client, message.replier(), plainReply(request, Message.Outcome.BUSY));
      }
      case DELIVERED, SUPERSEDED -> {
        answerAgain(request, message.replier());
        if (catchUp.mayRelay()) {
          // A client that asks again lacks replies of others, whom it may be unable to reach.
          broadcast(new Message.Forwarded(List.of(request)));
        }
      }
      case EQUIVOCATION -> count(Event.EQUIVOCATING_CLIENT, -1);
    }
  }

  /** Answers from the reply cache what was executed, or can never be. */
  private void answerAgain(Request request, int replier) {
    Message.Reply reply = replies.answer(view.id(), request);
    if (reply != null) {
      answer(request.client(), replier, reply);
    }
  }

  private void answerIfOver(int member, Request request) {
    Standing standing = sessions.standing(request);
    if (standing != Standing.NEXT && standing != Standing.LATER && catchUp.mayServe(member, 1)) {
      answerAgain(request, -1);
    }
  }

  private Message.Reply plainReply(Request request, Message.Outcome outcome) {
    return new Message.Reply(
        view.id(),
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
    if (!halted) {
      persistence.onPersisted(ticket);
      settle();
    }
  }

  public void onAcceptSigned(Message.Accept signed) {
    Slot slot = slots.get(signed.instance());
    if (!halted && slot != null) {
      slot.consensus.onSigned(signed.regency(), signed.digest(), signed.signature());
      settle();
    }
  }

  public void onAcceptVerified(int sender, Message.Accept accept, boolean valid) {
    Slot slot = slots.get(accept.instance());
    if (!halted && slot != null) {
      slot.consensus.onVerified(
          view.indexOf(sender), accept.regency(), accept.digest(), accept.signature(), valid);
      settle();
    }
  }

  /** The service executed a delivery; results in the order of its commands. */
  public void onExecuted(long instance, List<Bytes> results) {
    if (halted) {
      return;
    }
    Executing done = executing.poll();
    if (done == null || done.effects.instance() != instance) {
      throw new IllegalStateException(
          "executed " + instance + " but expected " + (done == null ? "nothing" : done.effects));
    }
    List<Answer> answers = replies.executed(view.id(), done.effects, results);
    checkpoints.onExecuted(instance);
    if (executing.size() == EXECUTING - 1) {
      dirty = true;
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
    if (halted) {
      return;
    }
    Digest hash = checkpoints.onTaken(checkpoint);
    if (hash != null && isTentative()) {
      transfer.onHash(checkpoint, hash);
    }
    dirty = true;
    settle();
  }

  /** See {@link Actions#publish}. */
  public void onPublished(long instance) {
    if (!halted) {
      transfer.onPublished(instance);
      settle();
    }
  }

  /** See {@link Actions#readPiece}. */
  public void onPieceRead(int requester, long instance, int piece, Bytes bytes) {
    if (!halted) {
      checkpoints.onRead(requester, instance, piece, bytes);
    }
  }

  /**
   * See {@link Actions#receive}.
   *
   * @param present pieces of the content that are there
   */
  public void onReceiving(long instance, BitSet present) {
    if (!halted) {
      transfer.onReceiving(instance, present);
      settle();
    }
  }

  /** See {@link Actions#storePiece}. */
  public void onPieceStored(long instance, int piece) {
    if (!halted) {
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
    if (!halted) {
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
            view.id(),
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
    if (!halted && view.contains(replica) && replica != config.id()) {
      catchUp.onReconnect(replica);
      settle();
    }
  }

  /**
   * End of a bundle of events: draws the conclusions of requests that came from clients, which are
   * many and need no answer each, and proposes what there is to propose.
   */
  public void flush() {
    if (!halted) {
      settle();
      while (maybePropose()) {
        settle();
      }
    }
  }

  private void dispatch(int sender, int member, Message.ReplicaMessage message) {
    if (message instanceof Propose propose) {
      onPropose(sender, propose);
    } else if (message instanceof Message.Write write) {
      onWrite(sender, member, write);
    } else if (message instanceof Message.Accept accept) {
      onAccept(sender, member, accept);
    } else if (message instanceof Message.Status status) {
      catchUp.onStatus(sender, member, status);
    } else if (message instanceof Message.Forwarded forwarded) {
      onForwarded(sender, member, forwarded);
    } else if (message instanceof Message.FetchRequests fetch) {
      catchUp.onFetchRequests(sender, member, fetch);
    } else if (message instanceof Message.Bodies bodies) {
      bodies.requests().forEach(body -> onBody(sender, body));
    } else if (message instanceof Message.Missing missing) {
      onMissing(sender, member, missing);
    } else if (message instanceof Message.Decision decision) {
      onDecision(sender, member, decision);
    } else if (message instanceof Message.FetchDecisions fetch) {
      catchUp.server().onFetch(sender, member, fetch);
    } else if (message instanceof Message.Fetched fetched) {
      catchUp.fetcher().onFetched(member, fetched);
    } else if (message instanceof Message.FetchOffers) {
      checkpoints.onFetchOffers(sender, member);
    } else if (message instanceof Message.Offers offers) {
      transfer.onOffers(member, offers);
    } else if (message instanceof Message.FetchPiece fetch) {
      checkpoints.onFetchPiece(sender, member, fetch);
    } else if (message instanceof Message.Manifested manifested) {
      transfer.onManifested(member, manifested);
    } else if (message instanceof Message.Piece piece) {
      transfer.onPiece(member, piece);
    } else if (message instanceof Message.FetchValue fetch) {
      catchUp.onFetchValue(sender, member, fetch);
    } else if (message instanceof Message.Value value) {
      onValue(value.batch());
    } else if (message instanceof Message.Stop stop) {
      synchronizer.onStop(member, stop.regency());
    } else if (message instanceof Message.StopDataMessage stopData) {
      catchUp.noteLastDelivered(member, stopData.stopData().core().lastDelivered());
      synchronizer.onStopData(member, stopData);
    } else if (message instanceof Message.Sync sync) {
      synchronizer.onSync(sync);
    } else if (message instanceof Message.Recover recover) {
      recovery.onRecover(sender, recover);
    } else if (message instanceof Message.RecoverReply reply) {
      recovery.onReply(sender, member, reply);
    }
  }

  // ---- requests
  // -----------------------------------------------------------------------------------

  private boolean isAdmissible(Request request) {
    boolean open = request.kind() == Request.Kind.OPEN;
    return request.operation().length() <= view.limits().requestBytes()
        && request.session() >= 0
        && request.sequence() >= 0
        && (request.kind() == Request.Kind.UNORDERED || open == (request.session() == 0))
        && (!open || request.sequence() == 0);
  }

  private void becameAuthentic(Request request) {
    dirty = true;
    for (int asker : pool.takeAskers(request.digest())) {
      send(asker, new Message.Forwarded(List.of(request)));
    }
  }

  /** A peer vouches for requests; in SIGNED views their signatures speak for themselves. */
  private void onForwarded(int sender, int member, Message.Forwarded forwarded) {
    for (Request request : forwarded.requests()) {
      if (request.kind() == Request.Kind.UNORDERED || !isAdmissible(request)) {
        count(Event.BAD_REQUEST, sender);
      } else if (pool.isSigned()) {
        onBody(sender, request);
        answerIfOver(member, request);
      } else if (pool.vouch(sender, request, now)) {
        becameAuthentic(request);
      } else {
        answerIfOver(member, request);
      }
    }
    dirty = true;
  }

  private void onBody(int sender, Request request) {
    if (!isAdmissible(request) || request.kind() == Request.Kind.UNORDERED) {
      count(Event.BAD_REQUEST, sender);
      return;
    }
    dirty = true;
    if (!pool.isSigned()) {
      pool.supply(request, rules.requests().fetchedBodyVouches());
      return;
    }
    if (pool.isKnownAuthentic(request.digest())) {
      return;
    }
    if (!verifier.client(
        request.client(),
        Statements.request(config.cluster(), request.digest()),
        request.signature())) {
      // A decided value needs the body whatever became of the signature on its way.
      pool.supply(request, false);
      count(Event.BAD_SIGNATURE, sender);
      return;
    }
    pool.offerSigned(request, now);
    pool.supply(request, true);
    becameAuthentic(request);
  }

  private void onMissing(int sender, int member, Message.Missing missing) {
    if (missing.digests().size() > view.limits().batchRequests()) {
      count(Event.OVER_BUDGET, sender);
      return;
    }
    List<Request> known = new ArrayList<>();
    for (Digest digest : missing.digests()) {
      Reference proposed = missing.overdue() ? proposed(missing.instance(), digest) : null;
      if (proposed != null && pool.complain(proposed, sender)) {
        count(Event.GREYLISTED_CLIENT, sender);
      }
      if (pool.isKnownAuthentic(digest)) {
        known.add(pool.bodyOrNull(digest));
      }
    }
    if (!known.isEmpty() && catchUp.mayServe(member, known.size())) {
      send(sender, new Message.Forwarded(known));
    }
  }

  // ---- proposing
  // ------------------------------------------------------------------------------------

  /** The reference that the current leader's proposal for the instance has for the digest. */
  private Reference proposed(long instance, Digest digest) {
    Slot slot = slots.get(instance);
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

  private boolean isLeader() {
    return view.leader(synchronizer.installed()) == config.id();
  }

  /**
   * Whether the next batch may still grow: while an earlier one is under way, and then until as
   * many requests are there as were answered with it and had come meanwhile. Clients that wait for
   * their replies would else fall into groups that take turns, each with an instance of its own.
   */
  private boolean isFilling() {
    if (now >= nextBatch) {
      return false;
    }
    int fresh = freshRequests();
    return fresh < view.limits().batchRequests() / 4
        && (lastProposed > log.last() || fresh < awaitedRequests);
  }

  /** Requests that this leader has not proposed. */
  private int freshRequests() {
    return pool.pendingCount() - proposedRequests();
  }

  /** Requests in this leader's proposals that are not delivered. */
  private int proposedRequests() {
    int requests = 0;
    for (Slot slot : slots.values()) {
      requests += slot.proposal == null ? 0 : slot.proposal.batch().references().size();
    }
    return requests;
  }

  private boolean maybePropose() {
    long regency = synchronizer.installed();
    if (!isLeader() || !synchronizer.isSynced() || abdicated == regency) {
      return false;
    }
    long horizon = synchronizer.outcome().horizon();
    if (log.last() < synchronizer.outcome().prefix() || !hasSettledValues()) {
      return false;
    }
    long instance = Math.max(Math.max(lastProposed, horizon), log.last()) + 1;
    while (decisionOrNull(instance) != null) {
      instance++;
    }
    if (instance > log.last() + view.window()
        || !mayVote(instance, regency, false)
        || slotVoted(instance, regency)) {
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
            .i64(regency)
            .i64(now)
            .hash();
    Batch batch =
        new Batch(
            new Batch.Header(
                view.id(),
                instance,
                Math.max(0, wall),
                seed,
                regency,
                log.header(instance - view.window())),
            references);
    lastProposed = instance;
    nextBatch = now + config.timing().batchPause();
    nextFiller = now + config.timing().fetchPeriod();
    Propose propose = new Propose(instance, regency, batch, inlined);
    trace("propose", batch);
    broadcast(propose);
    Slot slot = slot(instance);
    slot.clockFits = true;
    accept(slot, propose);
    return true;
  }

  /** What is decided above a gap or settled by SYNC must not be proposed again. */
  private void markUndelivered() {
    for (Slot slot : slots.values()) {
      Batch decided = slot.decidedValue();
      Digest settled = settledDigest(slot.instance);
      if (decided != null) {
        pool.markInFlight(decided);
      } else if (settled != null && slot.values.containsKey(settled)) {
        pool.markInFlight(slot.values.get(settled));
      }
    }
  }

  /** The leader proposes afresh only when it holds the bytes of all that SYNC settled. */
  private boolean hasSettledValues() {
    for (Map.Entry<Long, Choice> each : synchronizer.outcome().choices().entrySet()) {
      Choice choice = each.getValue();
      if (each.getKey() <= log.last() || choice.digest() == null) {
        continue;
      }
      Slot slot = slots.get(each.getKey());
      if (slot == null || !slot.values.containsKey(choice.digest())) {
        return false;
      }
    }
    return true;
  }

  private boolean slotVoted(long instance, long regency) {
    Slot slot = slots.get(instance);
    return slot != null && slot.consensus.votedIn() >= epoch(slot, regency);
  }

  /** Empty batches bring a learner forward in an idle group, at a bounded rate (RULES 19, 27). */
  private boolean wantsFiller() {
    return now >= nextFiller && catchUp.somebodyLearns();
  }

  /**
   * While a learner waits, nothing being delivered is a reason for STOP (RULES 19). A false learner
   * that asks everybody but the leader costs nothing: STATUS passes its wish on to the leader.
   */
  private void suspectSlowFiller() {
    if (!synchronizer.isSynced()) {
      return;
    }
    if (catchUp.isLearning(view.leader(synchronizer.installed()))) {
      synchronizer.suspect("it lost its votes and cannot propose");
    } else if (catchUp.hasWaitingLearner(2 * timeouts.current())) {
      catchUp.onDelivered();
      synchronizer.suspect("nothing is delivered while a learner waits");
    }
  }

  // ---- proposals
  // ------------------------------------------------------------------------------------

  private void onPropose(int sender, Propose propose) {
    long instance = propose.instance();
    long regency = propose.regency();
    if (regency < 0 || sender != view.leader(regency)) {
      count(Event.NOT_LEADER, sender);
      return;
    }
    if (regency < synchronizer.installed()) {
      count(Event.STALE_REGENCY, sender);
      return;
    }
    if (instance <= log.last()) {
      catchUp.noteLastDelivered(view.indexOf(sender), instance - 1);
      return;
    }
    if (!isBuffered(instance) || isOversized(propose)) {
      count(Event.OUT_OF_WINDOW, sender);
      return;
    }
    Slot slot = slot(instance);
    boolean current = regency == synchronizer.installed() && synchronizer.isSynced();
    if (current && instance <= log.last() + view.window()) {
      if (slot.proposal == null) {
        slot.clockFits = clockFits(propose.batch().header().timestampMicros());
      }
      accept(slot, propose);
    } else if (slot.early == null
        || slot.early.regency() < synchronizer.installed()
        || slot.early.regency() > regency) {
      slot.early = propose;
      slot.earlyClockFits = clockFits(propose.batch().header().timestampMicros());
    }
  }

  private boolean isOversized(Propose propose) {
    int most = view.limits().batchRequests();
    return propose.batch().references().size() > most || propose.inlined().size() > most;
  }

  /** Votes and proposals are kept for (last, last + 2W]; the rest is fetched later if needed. */
  private boolean isBuffered(long instance) {
    return instance > log.last() && instance <= log.last() + 2L * view.window();
  }

  /** At most the bound ahead, at most the bound and a timeout behind (RULES 7). */
  private boolean clockFits(long timestamp) {
    long bound = view.limits().clockBoundMicros();
    return timestamp <= wall + bound && timestamp >= wall - bound - timeouts.current();
  }

  private void acceptEarly(Slot slot) {
    Propose early = slot.early;
    if (early == null || slot.instance > log.last() + view.window()) {
      return;
    }
    if (early.regency() < synchronizer.installed()) {
      slot.early = null;
    } else if (early.regency() == synchronizer.installed() && synchronizer.isSynced()) {
      slot.early = null;
      if (slot.proposal == null) {
        slot.clockFits = slot.earlyClockFits;
      }
      accept(slot, early);
    }
  }

  /** A PROPOSE of the current, synced regency for an instance within the vote window. */
  private void accept(Slot slot, Propose propose) {
    if (slot.instance <= synchronizer.outcome().horizon()) {
      return;
    }
    Batch batch = propose.batch();
    if (slot.proposal != null) {
      if (slot.proposal.batch().equals(batch)) {
        propose.inlined().forEach(body -> onInlined(batch, body));
      } else {
        count(Event.DOUBLE_PROPOSE, view.leader(propose.regency()));
      }
      return;
    }
    if (!rules
        .validity()
        .isStatic(batch, view, slot.instance, log.header(slot.instance - view.window()))) {
      count(Event.INVALID_PROPOSAL, view.leader(propose.regency()));
      synchronizer.suspect("its proposal is malformed");
      return;
    }
    slot.proposal = propose;
    slot.openSince = now;
    addValue(slot, batch);
    propose.inlined().forEach(body -> onInlined(batch, body));
    evaluate(slot);
  }

  private void onInlined(Batch batch, Request body) {
    if (pool.isPinned(body.digest())) {
      onBody(view.leader(synchronizer.installed()), body);
    }
  }

  /** Looks (again) whether the slot's proposal can be voted for. */
  private void evaluate(Slot slot) {
    Propose propose = slot.proposal;
    long regency = synchronizer.installed();
    if (propose == null
        || propose.regency() != regency
        || slot.consensus.decision() != null
        || slot.consensus.votedIn() >= epoch(slot, regency)
        || !mayVote(slot.instance, regency, false)) {
      return;
    }
    Verdict verdict =
        rules.validity().fresh(propose.batch(), regency, new Look(slot, propose.batch()));
    switch (verdict) {
      case VALID -> {
        slot.nextFetch = 0;
        vote(slot, propose.batch());
      }
      case INVALID -> {
        count(Event.INVALID_PROPOSAL, view.leader(regency));
        synchronizer.suspect("its proposal is invalid");
      }
      case WAIT -> {
        count(Event.WAITING_PROPOSAL, view.leader(regency));
        wantFetch(slot);
      }
    }
  }

  private void vote(Slot slot, Batch batch) {
    pool.markVoted(batch);
    pool.markInFlight(batch);
    trace("vote", batch);
    slot.consensus.vote(epoch(slot, synchronizer.installed()), batch);
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
      return bytes <= view.limits().batchBytes() || named.length == 1;
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
      for (Slot other : slots.values()) {
        if (other != slot && other.hasDecided(named)) {
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

  private boolean mayVote(long instance, long regency, boolean bound) {
    return !halted
        && regency == synchronizer.installed()
        && synchronizer.isSynced()
        && instance > synchronizer.outcome().prefix()
        && recovery.mayVote(instance)
        && rules.voting().inWindow(instance, log.last(), view.window(), bound);
  }

  private void onWrite(int sender, int member, Message.Write write) {
    Slot slot = voteSlot(sender, write.instance(), write.regency());
    if (slot != null && view.byzantine()) {
      slot.consensus.onWrite(member, write.regency(), write.digest());
    }
  }

  private void onAccept(int sender, int member, Message.Accept accept) {
    Slot slot = voteSlot(sender, accept.instance(), accept.regency());
    if (slot != null) {
      slot.consensus.onAccept(member, accept.regency(), accept.digest(), accept.signature());
    }
  }

  private Slot voteSlot(int sender, long instance, long regency) {
    if (instance <= log.last()) {
      catchUp.noteLastDelivered(view.indexOf(sender), instance - 1);
      return null;
    }
    if (!isBuffered(instance) || regency < 0) {
      count(Event.OUT_OF_WINDOW, sender);
      catchUp.fetcher().onHint(view.indexOf(sender), instance - view.window());
      return null;
    }
    return slot(instance);
  }

  Slot slot(long instance) {
    Slot slot = slots.get(instance);
    if (slot == null) {
      Consensus consensus =
          view.byzantine()
              ? new ByzantineConsensus(instance, selfIndex, quorums, rules.voting(), consensusHost)
              : new CrashConsensus(instance, selfIndex, quorums, rules.voting(), consensusHost);
      consensus.stop(synchronizer.installed());
      slot = new Slot(instance, consensus, synchronizer.installed());
      slots.put(instance, slot);
    }
    return slot;
  }

  void addValue(Slot slot, Batch batch) {
    if (slot.values.putIfAbsent(batch.digest(), batch) == null) {
      pool.pin(batch);
      dirty = true;
    }
  }

  /** What the instances of consensus need from this replica. */
  private final class ConsensusHost implements Consensus.Host {
    @Override
    public void persistWrote(long instance, long regency, Batch batch, Runnable durable) {
      persistence.persist(new Record.Wrote(instance, regency, batch, pool.bodies(batch)), durable);
    }

    @Override
    public void persistLock(long instance, long regency, Digest digest, Runnable durable) {
      persistence.persist(new Record.Locked(instance, regency, digest), durable);
    }

    @Override
    public void broadcastWrite(long instance, long regency, Digest digest) {
      broadcast(new Message.Write(instance, regency, digest));
    }

    @Override
    public void broadcastAccept(long instance, long regency, Digest digest, Bytes signature) {
      broadcast(new Message.Accept(instance, regency, digest, signature));
    }

    @Override
    public void requestSignature(long instance, long regency, Digest digest) {
      actions.signAccept(
          new Message.Accept(instance, regency, digest, Bytes.EMPTY),
          acceptStatement(instance, regency, digest, config.id()));
    }

    @Override
    public void requestVerification(
        int member, long instance, long regency, Digest digest, Bytes signature) {
      int sender = view.members().get(member).replica();
      actions.verifyAccept(
          sender,
          new Message.Accept(instance, regency, digest, signature),
          acceptStatement(instance, regency, digest, sender));
    }

    private byte[] acceptStatement(long instance, long regency, Digest digest, int sender) {
      return rules
          .voting()
          .acceptStatement(config.cluster(), view.id(), instance, regency, digest, sender);
    }

    @Override
    public boolean mayVote(long instance, long regency) {
      Slot slot = slots.get(instance);
      return slot != null
          && regency == epoch(slot, synchronizer.installed())
          && Replica.this.mayVote(instance, synchronizer.installed(), isSettled(instance));
    }

    @Override
    public void onDecided(long instance) {
      dirty = true;
    }

    @Override
    public void onDoubleVote(int member) {
      count(Event.DOUBLE_VOTE, view.members().get(member).replica());
    }

    @Override
    public void onBadSignature(int member) {
      count(Event.BAD_SIGNATURE, view.members().get(member).replica());
    }
  }

  // ---- decisions
  // ------------------------------------------------------------------------------------

  private void onDecision(int sender, int member, Message.Decision decision) {
    Batch batch = decision.batch();
    Certificate certificate = decision.certificate();
    if (batch.instance() <= log.last()) {
      catchUp.fetcher().onDecision(member, batch.instance());
      return;
    }
    if (!catchUp.fetcher().mayHold(batch.instance())
        || decision.bodies().size() > view.limits().batchRequests()
        || batch.references().size() > view.limits().batchRequests()) {
      count(Event.OUT_OF_WINDOW, sender);
      return;
    }
    Certificate known = decisionOrNull(batch.instance());
    if (certificate.instance() != batch.instance()
        || !certificate.digest().equals(batch.digest())
        || (known != null && !known.digest().equals(batch.digest()))
        || (known == null
            && rules.transfer().checksDecisions()
            && !certificates.isValid(certificate))) {
      count(Event.BAD_CERTIFICATE, sender);
      catchUp.fetcher().onFalseDecision(member);
      return;
    }
    Slot slot = slot(batch.instance());
    addValue(slot, batch);
    slot.consensus.decide(certificate);
    for (Request body : decision.bodies()) {
      // What is decided needs the body only; its digest stands for all of it but the signature.
      pool.supply(body, !pool.isSigned() && rules.requests().fetchedBodyVouches());
    }
    dirty = true;
    catchUp.fetcher().onHeld(slot, DecisionLog.weight(batch, certificate, decision.bodies()));
    catchUp.fetcher().onDecision(member, batch.instance());
  }

  /** Storage has read decisions for a peer; see {@link Actions#readDecisions}. */
  public void onDecisionsRead(int requester, long from, List<Record.Decided> decisions) {
    if (!halted) {
      catchUp.server().onRead(requester, from, decisions);
      settle();
    }
  }

  /** A certificate that was verified as part of a SYNC. */
  void onProvedDecision(Certificate certificate) {
    if (certificate.instance() > log.last()
        && certificate.instance() <= log.last() + DecisionFetcher.lookahead(view.window())) {
      slot(certificate.instance()).consensus.decide(certificate);
    }
  }

  /** A value that was asked for: kept if a slot knows its digest to be bound or decided. */
  private void onValue(Batch batch) {
    Slot slot = slots.get(batch.instance());
    if (slot == null || batch.references().size() > view.limits().batchRequests()) {
      return;
    }
    Certificate decision = slot.consensus.decision();
    if ((decision != null && decision.digest().equals(batch.digest()))
        || batch.digest().equals(settledDigest(slot.instance))) {
      addValue(slot, batch);
    }
  }

  /** Whether SYNC settled the instance, so that no fresh proposal is possible there. */
  private boolean isSettled(long instance) {
    return synchronizer.isSynced() && instance <= synchronizer.outcome().horizon();
  }

  /** The digest that SYNC chose for the instance, or null. */
  private Digest settledDigest(long instance) {
    Choice choice = synchronizer.isSynced() ? synchronizer.outcome().choices().get(instance) : null;
    return choice == null ? null : choice.digest();
  }

  /** Votes for what SYNC settled, as far as the vote window and the known values allow. */
  private void voteSettled() {
    if (!synchronizer.isSynced()) {
      return;
    }
    long regency = synchronizer.installed();
    for (Map.Entry<Long, Choice> each : synchronizer.outcome().choices().entrySet()) {
      long t = each.getKey();
      Choice choice = each.getValue();
      // A laggard looks at what is far above only when it has got there.
      if (!isBuffered(t) || t > synchronizer.outcome().horizon()) {
        continue;
      }
      Slot slot = slot(t);
      if (slot.openSince < 0) {
        slot.openSince = now;
      }
      if (slot.consensus.decision() != null
          || choice.kind() == Kind.FREE
          || slot.consensus.votedIn() >= epoch(slot, regency)
          || !mayVote(t, regency, true)) {
        continue;
      }
      if (choice.kind() == Kind.NOOP) {
        if (t - view.window() > log.last()) {
          continue;
        }
        addValue(slot, Batch.noop(view.id(), t, log.header(t - view.window())));
        vote(slot, Batch.noop(view.id(), t, log.header(t - view.window())));
        continue;
      }
      Batch value = slot.values.get(choice.digest());
      boolean votable =
          value != null
              && (view.byzantine() || pool.hasAllBodies(value))
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
    for (int round = 0; dirty && !halted && round < 64; round++) {
      dirty = false;
      boolean delivered = false;
      while (tryDeliver()) {
        delivered = true;
      }
      if (delivered) {
        recovery.onDelivered();
        catchUp.onDelivered();
        transfer.onDelivered();
        synchronizer.maybeDisarm();
        synchronizer.maybeMakeStopData();
      }
      voteSettled();
      long end = log.last() + view.window();
      for (Slot slot : new ArrayList<>(slots.headMap(end, true).values())) {
        if (slot.instance <= log.last()) {
          continue;
        }
        acceptEarly(slot);
        evaluate(slot);
        slot.consensus.review(epoch(slot, synchronizer.installed()));
      }
    }
  }

  private boolean tryDeliver() {
    Slot slot = slots.get(log.last() + 1);
    if (slot == null
        || slot.consensus.decision() == null
        || halted
        || transfer.isInstalling()
        || executing.size() >= EXECUTING
        || (checkpoints.isTaking() && transfer.wantsHash(slot.instance))) {
      return false;
    }
    Batch value = slot.decidedValue();
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
      persistence.persist(new Record.Decided(batch, certificate, bodies));
    }
    Effects effects = sessions.deliver(batch, pool::bodyOrNull);
    log.append(batch, certificate, bodies);
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
          pool.executed(reference, now, this::onConflict);
        }
        case OPENED -> {
          progress = true;
          pool.answered(reference, now);
          pool.opened(reference.client(), effect.session(), now);
        }
        case CLOSED -> {
          progress = true;
          pool.executed(reference, now, this::onConflict);
        }
        case OUT_OF_TURN -> pool.outOfTurn(reference);
        default -> pool.answered(reference, now);
      }
    }
    for (long ended : effects.ended()) {
      pool.ended(ended, now);
    }
    drop(slot);
    if (instance == lastProposed) {
      awaitedRequests = batch.references().size() + freshRequests();
    }
    if (progress && !replaying) {
      timeouts.onProgress();
    }
    trace("deliver", batch);
    executing.add(new Executing(effects, repliers));
    actions.deliver(
        new Delivery(
            instance,
            effects.timeMicros(),
            batch.header().nonceSeed(),
            batch.header().proposedInRegency(),
            view.leader(batch.header().proposedInRegency()),
            commands));
    if (!replaying) {
      checkpoints.onDelivered(instance, transfer.wantsHash(instance));
    }
    dirty = true;
  }

  private void onConflict(PooledRequest lost) {
    count(Event.EQUIVOCATING_CLIENT, -1);
    if (lost.replier() != PooledRequest.NEVER_ASKED) {
      Request request = lost.requestOrNull();
      answer(request.client(), lost.replier(), plainReply(request, Message.Outcome.CONFLICT));
    }
  }

  /** Whole from the replica that the client named, and when it is small; else as a digest. */
  private void answer(ClientId client, int replier, Message.Reply reply) {
    if (isTentative()) {
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

  /** No vote of a lower regency leaves any more; what was proposed there is void. */
  void onInstalled(long regency) {
    for (Slot slot : slots.values()) {
      slot.consensus.stop(regency);
      slot.proposal = null;
      slot.openSince = -1;
      slot.nextFetch = 0;
      dropUnwritten(slot);
    }
    lastProposed = 0;
    pool.restartTimers(now);
    dirty = true;
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

  /** A SYNC was accepted: its values are known, its choices can be voted for. */
  void onSynced(List<Batch> values) {
    for (long t : synchronizer.outcome().choices().keySet()) {
      if (isBuffered(t) && t <= synchronizer.outcome().horizon()) {
        slot(t).openSince = now;
      }
    }
    values.forEach(this::onValue);
    pool.restartTimers(now);
    catchUp.onSynced();
    synchronizer.maybeDisarm();
    dirty = true;
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
      boolean bodies = slot.proposal != null || slot.decidedValue() != null;
      slot.asked = 0;
      slot.nextFetch =
          now
              + (bodies
                  ? Math.max(config.timing().fetchPeriod(), config.timing().requestTimeout()) / 4
                  : config.timing().fetchPeriod() / 2);
    }
  }

  private void fetchWhatIsMissing() {
    for (Slot slot : new ArrayList<>(slots.values())) {
      if (slot.nextFetch == 0 || slot.nextFetch > now) {
        continue;
      }
      long pause = config.timing().fetchPeriod() << Math.min(slot.asked, 3);
      slot.nextFetch = fetch(slot) ? now + pause : 0;
      slot.asked++;
    }
    if (isLeader() && now >= nextVouchRequest) {
      nextVouchRequest = now + config.timing().fetchPeriod();
      List<Digest> lacking = pool.lackingVouches(32);
      if (!lacking.isEmpty()) {
        broadcast(new Message.FetchRequests(lacking, true));
      }
    }
  }

  /** Asks for what the slot lacks; returns whether it still lacks something. */
  private boolean fetch(Slot slot) {
    Certificate decision = slot.consensus.decision();
    Digest wanted = decision != null ? decision.digest() : settledDigest(slot.instance);
    if (wanted != null) {
      Batch value = slot.values.get(wanted);
      if (value == null) {
        send(nextSource(slot), new Message.FetchValue(slot.instance, wanted));
        return true;
      }
      List<Digest> lacking = pool.lacking(value, false);
      if (!lacking.isEmpty()) {
        send(nextSource(slot), new Message.FetchRequests(lacking, false));
        return true;
      }
      return false;
    }
    return slot.proposal != null && fetchForProposal(slot);
  }

  private boolean fetchForProposal(Slot slot) {
    Propose propose = slot.proposal;
    List<Digest> lacking = pool.lacking(propose.batch(), true);
    if (lacking.isEmpty() || slot.consensus.votedIn() >= epoch(slot, synchronizer.installed())) {
      return false;
    }
    boolean overdue =
        slot.openSince >= 0 && now - slot.openSince > config.timing().requestTimeout();
    Message.Missing missing =
        new Message.Missing(slot.instance, propose.regency(), lacking, overdue);
    if (pool.isSigned() || !overdue) {
      sendUnlessSelf(view.leader(propose.regency()), missing);
    } else {
      broadcast(missing);
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
      send(nextSource(slot), fetch);
    } else {
      // Each of the others answers with all of them: its word is asked for as much as the bodies.
      broadcast(fetch);
    }
    return true;
  }

  private void sendUnlessSelf(int replica, Message.ReplicaMessage message) {
    if (replica != config.id()) {
      send(replica, message);
    }
  }

  /** Asks everybody in turn, whoever it was the last time. */
  private int nextSource(Slot slot) {
    return others.get((int) ((slot.instance + slot.fetches++) % others.size()));
  }
}
