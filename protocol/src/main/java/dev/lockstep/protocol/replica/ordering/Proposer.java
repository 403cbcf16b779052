package dev.lockstep.protocol.replica.ordering;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Propose;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Suspicion;
import dev.lockstep.protocol.replica.kernel.Timers;
import dev.lockstep.protocol.replica.requests.PooledRequest;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What this replica proposes while it leads, and when. One that does not lead watches, for
 * learners, whether anything is proposed at all.
 */
public final class Proposer implements RegencyListener, DeliveryListener {
  /** Requests of greylisted clients for which vouches are asked for at a time. */
  private static final int ASKED_VOUCHES = 32;

  private final Genesis genesis;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Voice voice;
  private final Peers peers;
  private final Timeouts timeouts;
  private final RequestPool pool;
  private final Voter voter;
  private final Suspicion suspicion;
  private final Digest entropy;
  private final long pauseMicros;
  private final long fetchMicros;

  /**
   * This replica led the regency before a restart and may not know what it proposed then; or -1.
   */
  private long abdicated = -1;

  /** The highest instance that it proposed for in the installed regency, or 0. */
  private long lastProposed;

  /** Until this time, in microseconds, the next batch may fill. */
  private long fillUntil;

  /** Requests worth waiting for until then: as many as were answered last, and waited then. */
  private int awaited;

  /** Before this time, in microseconds, no empty batch is proposed. */
  private long nextFiller;

  /** Before this time, in microseconds, no vouches are asked for. */
  private long nextVouches;

  /**
   * @param voter takes this replica's own proposals, as it takes those of others
   * @param entropy secret bytes from which nonce seeds are made
   * @param pauseMicros how long a batch may fill after the one before, see {@code batchPause}
   * @param fetchMicros between two empty batches, and between two questions for vouches
   */
  public Proposer(
      Genesis genesis,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Window window,
      Regency regency,
      Voice voice,
      Peers peers,
      Timeouts timeouts,
      RequestPool pool,
      Voter voter,
      Suspicion suspicion,
      Digest entropy,
      long pauseMicros,
      long fetchMicros) {
    this.genesis = genesis;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.voice = voice;
    this.peers = peers;
    this.timeouts = timeouts;
    this.pool = pool;
    this.voter = voter;
    this.suspicion = suspicion;
    this.entropy = entropy;
    this.pauseMicros = pauseMicros;
    this.fetchMicros = fetchMicros;
  }

  // -------- when

  /** Proposes one batch if it is time for one; returns whether it did. */
  public boolean maybePropose() {
    long installed = regency.installed();
    if (!regency.isLeader() || !regency.isSynced() || abdicated == installed) {
      return false;
    }
    if (log.last() < regency.selection().prefix() || !hasFixedValues()) {
      return false;
    }
    long instance = nextInstance();
    if (!window.isVotable(instance)
        || !voice.mayVote(instance, installed)
        || hasVoted(instance)
        || isFilling()) {
      return false;
    }
    markUndelivered();
    List<PooledRequest> chosen = pool.choose();
    if (chosen.isEmpty() && !wantsFiller()) {
      return false;
    }
    propose(instance, chosen);
    return true;
  }

  private long nextInstance() {
    long horizon = regency.selection().horizon();
    long instance = Math.max(Math.max(lastProposed, horizon), log.last()) + 1;
    while (window.decisionOrNull(instance) != null) {
      instance++;
    }
    return instance;
  }

  private boolean hasVoted(long instance) {
    Slot slot = window.slotOrNull(instance);
    return slot != null && slot.consensus.votedIn() >= regency.installed();
  }

  /** The leader proposes afresh only when it holds the bytes of all that SYNC fixed. */
  private boolean hasFixedValues() {
    for (Map.Entry<Long, Choice> each : regency.selection().choices().entrySet()) {
      Digest fixed = each.getValue().digest();
      if (each.getKey() <= log.last() || fixed == null) {
        continue;
      }
      Slot slot = window.slotOrNull(each.getKey());
      if (slot == null || !slot.values.containsKey(fixed)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether the next batch may still grow: while an earlier one is under way, and then until as
   * many requests are there as were answered with it and had come meanwhile. Clients that wait for
   * their replies would else fall into groups that take turns, each with an instance of its own.
   */
  private boolean isFilling() {
    if (clock.now() >= fillUntil) {
      return false;
    }
    int fresh = freshRequests();
    return fresh < limits().batchRequests() / 4 && (lastProposed > log.last() || fresh < awaited);
  }

  /** Empty batches bring a learner forward in an idle group, at a bounded rate (RULES 19, 27). */
  private boolean wantsFiller() {
    return clock.now() >= nextFiller && peers.somebodyLearns();
  }

  /** Requests that this leader could propose and has not. */
  private int freshRequests() {
    int fresh = pool.proposableCount();
    for (Slot slot : window.slots()) {
      fresh -= slot.proposal == null ? 0 : slot.proposal.batch().references().size();
    }
    return fresh;
  }

  // -------- what

  /** What is decided above a gap or fixed by SYNC must not be proposed again. */
  private void markUndelivered() {
    for (Slot slot : window.slots()) {
      Batch decided = slot.decidedValueOrNull();
      Digest fixed = regency.fixedOrNull(slot.instance);
      if (decided != null) {
        pool.markInFlight(decided);
      } else if (fixed != null && slot.values.containsKey(fixed)) {
        pool.markInFlight(slot.values.get(fixed));
      }
    }
  }

  private void propose(long instance, List<PooledRequest> chosen) {
    List<Reference> references = new ArrayList<>(chosen.size());
    List<Request> inlined = new ArrayList<>();
    for (PooledRequest each : chosen) {
      Request request = each.requestOrNull();
      references.add(request.reference());
      if (request.operation().length() <= Reference.BYTES) {
        inlined.add(request);
      }
    }
    Batch batch = new Batch(header(instance), references);
    lastProposed = instance;
    fillUntil = clock.now() + pauseMicros;
    nextFiller = clock.now() + fetchMicros;
    Propose propose = new Propose(instance, regency.installed(), batch, inlined);
    out.trace("propose", batch);
    out.broadcast(propose);
    Slot slot = window.open(instance);
    slot.clockFits = true;
    voter.open(slot, propose);
  }

  private Batch.Header header(long instance) {
    Digest seed =
        new Encoder(128)
            .label("LOCKSTEP-NONCE")
            .digest(entropy)
            .i64(instance)
            .i64(regency.installed())
            .i64(clock.now())
            .hash();
    return new Batch.Header(
        regency.viewAt(instance).id(),
        instance,
        Math.max(0, clock.wall()),
        seed,
        regency.installed(),
        log.header(instance - genesis.window()));
  }

  private View.Limits limits() {
    return regency.limits();
  }

  // -------- events of life

  /**
   * What was proposed before a restart may be forgotten; a second proposal for the same instance
   * would be equivocation. Asking for the next leader at once saves the timeouts.
   */
  public void abdicate() {
    abdicated = regency.installed();
    suspicion.suspect("it was this replica before its restart");
  }

  @Override
  public void onInstalled(long installed) {
    lastProposed = 0;
  }

  @Override
  public void onInstance(long instance) {
    if (instance == lastProposed) {
      Batch delivered = log.entryOrNull(instance).batch();
      awaited = delivered.references().size() + freshRequests();
    }
  }

  // -------- time

  /** When a batch has had its time to fill, in microseconds: it is then proposed by itself. */
  public long batchDue() {
    return fillUntil > clock.now() && freshRequests() > 0 ? fillUntil : Timers.NEVER;
  }

  /** When a learner may be brought forward by another empty batch, in microseconds. */
  public long fillerDue() {
    boolean wanted = regency.isLeader() && nextFiller > clock.now() && peers.somebodyLearns();
    return wanted ? nextFiller : Timers.NEVER;
  }

  /** When vouches may be asked for again, in microseconds. */
  public long vouchesDue() {
    return regency.isLeader() && pool.hasGreylisted() ? nextVouches : Timers.NEVER;
  }

  /** Asks for vouches without which requests of greylisted clients cannot be proposed. */
  public void askForVouches() {
    nextVouches = clock.now() + fetchMicros;
    List<Digest> lacking = pool.lackingVouches(ASKED_VOUCHES);
    if (!lacking.isEmpty()) {
      out.broadcast(new Message.FetchRequests(lacking, true));
    }
  }

  /**
   * While a learner waits, nothing being delivered is a reason for STOP (RULES 19). A false learner
   * that asks everybody but the leader costs nothing: STATUS passes its wish on to the leader.
   */
  public void watchFillers() {
    if (!regency.isSynced()) {
      return;
    }
    if (peers.isLearning(regency.leader())) {
      suspicion.suspect("it lost its votes and cannot propose");
    } else if (peers.hasWaitingLearner(2 * timeouts.current())) {
      peers.learnersWaitAnew();
      suspicion.suspect("nothing is delivered while a learner waits");
    }
  }
}
