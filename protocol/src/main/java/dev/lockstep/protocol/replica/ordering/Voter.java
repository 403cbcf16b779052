package dev.lockstep.protocol.replica.ordering;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Propose;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Lacking;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Values;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.BodyIntake;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Suspicion;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.view.Genesis;
import java.util.List;

/**
 * Decides what this replica votes for: fresh proposals of the leader, once they are found valid,
 * and what SYNC fixed.
 *
 * <pre>
 *   PROPOSE -> of the current leader, in the window: opened
 *           -> valid, bodies here and authentic, clock fits, no duplicates: voted for
 *           -> only a faulty leader sends this: suspected      cannot tell yet: looked at again
 *   SYNC    -> for each instance that it fixed: the value if it is here, NOOP if nothing was bound
 * </pre>
 */
public final class Voter implements RegencyListener {
  private final Genesis genesis;
  private final Clock clock;
  private final Work work;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Voice voice;
  private final Timeouts timeouts;
  private final Values values;
  private final RequestPool pool;
  private final Sessions sessions;
  private final Lacking lacking;
  private final BodyIntake bodies;
  private final Suspicion suspicion;
  private final ValidityRule validity;

  public Voter(
      Genesis genesis,
      Clock clock,
      Work work,
      Outbox out,
      DecisionLog log,
      Window window,
      Regency regency,
      Voice voice,
      Timeouts timeouts,
      Values values,
      RequestPool pool,
      Sessions sessions,
      Lacking lacking,
      BodyIntake bodies,
      Suspicion suspicion,
      ValidityRule validity) {
    this.genesis = genesis;
    this.clock = clock;
    this.work = work;
    this.out = out;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.voice = voice;
    this.timeouts = timeouts;
    this.values = values;
    this.pool = pool;
    this.sessions = sessions;
    this.lacking = lacking;
    this.bodies = bodies;
    this.suspicion = suspicion;
    this.validity = validity;
  }

  // -------- votes of others

  /** A first vote, for an instance that is {@linkplain Window#isKept kept}. */
  public void onWrite(int from, Message.Write write) {
    Slot slot = window.open(write.instance());
    if (genesis.byzantine()) {
      slot.consensus.onWrite(slot.view.indexOf(from), write.regency(), write.digest());
    }
  }

  /** A second vote, for an instance that is {@linkplain Window#isKept kept}. */
  public void onAccept(int from, Message.Accept accept) {
    Slot slot = window.open(accept.instance());
    slot.consensus.onAccept(
        slot.view.indexOf(from), accept.regency(), accept.digest(), accept.signature());
  }

  /** This replica's own second vote was signed. */
  public void onSigned(Message.Accept signed) {
    Slot slot = window.slotOrNull(signed.instance());
    if (slot != null) {
      slot.consensus.onSigned(signed.regency(), signed.digest(), signed.signature());
    }
  }

  /** The signature of a second vote was checked. */
  public void onVerified(int from, Message.Accept accept, boolean valid) {
    Slot slot = window.slotOrNull(accept.instance());
    if (slot != null) {
      slot.consensus.onVerified(
          slot.view.indexOf(from), accept.regency(), accept.digest(), accept.signature(), valid);
    }
  }

  // -------- proposals

  /**
   * A proposal of its regency's leader, for an instance that is {@linkplain Window#isKept kept}.
   */
  public void onPropose(int from, Propose propose) {
    if (isOversized(propose)) {
      out.count(Event.OUT_OF_WINDOW, from);
      return;
    }
    Slot slot = window.open(propose.instance());
    boolean current = propose.regency() == regency.installed() && regency.isSynced();
    if (current && window.isVotable(propose.instance())) {
      if (slot.proposal == null) {
        slot.clockFits = clockFits(slot, propose);
      }
      open(slot, propose);
    } else if (slot.early == null
        || slot.early.regency() < regency.installed()
        || slot.early.regency() > propose.regency()) {
      slot.early = propose;
      slot.earlyClockFits = clockFits(slot, propose);
    }
  }

  private boolean isOversized(Propose propose) {
    int most = regency.limits().batchRequests();
    return propose.batch().references().size() > most || propose.inlined().size() > most;
  }

  /** At most the bound ahead, at most the bound and a timeout behind (RULES 7). */
  private boolean clockFits(Slot slot, Propose propose) {
    long timestamp = propose.batch().header().timestampMicros();
    long bound = slot.view.limits().clockBoundMicros();
    return timestamp <= clock.wall() + bound
        && timestamp >= clock.wall() - bound - timeouts.current();
  }

  /** The time of a proposal that came too early may have come. */
  private void openEarly(Slot slot) {
    Propose early = slot.early;
    if (early == null || !window.isVotable(slot.instance)) {
      return;
    }
    if (early.regency() < regency.installed()) {
      slot.early = null;
    } else if (early.regency() == regency.installed() && regency.isSynced()) {
      slot.early = null;
      if (slot.proposal == null) {
        slot.clockFits = slot.earlyClockFits;
      }
      open(slot, early);
    }
  }

  /** A proposal of the installed, synced regency for an instance within the vote window. */
  void open(Slot slot, Propose propose) {
    if (slot.instance <= regency.selection().horizon()) {
      return;
    }
    Batch batch = propose.batch();
    if (slot.proposal != null) {
      if (slot.proposal.batch().equals(batch)) {
        propose.inlined().forEach(body -> onInlined(body, true));
      } else {
        out.count(Event.DOUBLE_PROPOSE, regency.leaderOf(propose.regency()));
      }
      return;
    }
    if (!validity.isStatic(
        batch, slot.view, slot.instance, log.header(slot.instance - genesis.window()))) {
      out.count(Event.INVALID_PROPOSAL, regency.leaderOf(propose.regency()));
      suspicion.suspect("its proposal is malformed");
      return;
    }
    slot.proposal = propose;
    slot.waits = false;
    slot.openSince = clock.now();
    values.add(slot, batch);
    propose.inlined().forEach(body -> onInlined(body, false));
    evaluate(slot);
  }

  private void onInlined(Request body, boolean again) {
    if (!pool.isPinned(body.digest())) {
      return;
    }
    if (again) {
      bodies.onBody(regency.leader(), body);
    } else {
      bodies.onProposed(regency.leader(), body);
    }
  }

  /** Looks (again) whether the slot's proposal can be voted for. */
  private void evaluate(Slot slot) {
    Propose propose = slot.proposal;
    long installed = regency.installed();
    if (propose == null
        || propose.regency() != installed
        || slot.consensus.decision() != null
        || slot.consensus.votedIn() >= regency.installed()
        || !voice.mayVote(slot.instance, installed)) {
      return;
    }
    switch (validity.fresh(propose.batch(), installed, check(slot, propose.batch()))) {
      case VALID -> {
        slot.nextFetch = 0;
        vote(slot, propose.batch());
      }
      case INVALID -> {
        out.count(Event.INVALID_PROPOSAL, regency.leader());
        suspicion.suspect("its proposal is invalid");
      }
      case WAIT -> {
        if (!slot.waits) {
          slot.waits = true;
          out.count(Event.WAITING_PROPOSAL, regency.leader());
        }
        lacking.lacks(slot);
      }
    }
  }

  private ProposalCheck check(Slot slot, Batch batch) {
    return new ProposalCheck(slot, batch, log, window, pool, sessions);
  }

  private void vote(Slot slot, Batch batch) {
    pool.markVoted(batch);
    pool.markInFlight(batch);
    out.trace("vote", batch);
    slot.consensus.vote(regency.installed(), batch);
  }

  // -------- what SYNC fixed

  /** Votes for what SYNC fixed, as far as the vote window and the known values allow. */
  private void voteFixed(Iterable<Long> instances) {
    for (long t : instances) {
      Choice choice = regency.selection().choices().get(t);
      // A laggard looks at what is far above only when it has got there.
      if (choice != null && window.isKept(t) && t <= regency.selection().horizon()) {
        voteFixed(window.open(t), choice);
      }
    }
  }

  private void voteFixed(Slot slot, Choice choice) {
    if (slot.openSince < 0) {
      slot.openSince = clock.now();
    }
    if (slot.consensus.decision() != null
        || choice.kind() == Kind.FREE
        || slot.consensus.votedIn() >= regency.installed()
        || !voice.mayVote(slot.instance, regency.installed())) {
      return;
    }
    if (choice.kind() == Kind.NOOP) {
      long ancestor = slot.instance - genesis.window();
      if (ancestor <= log.last()) {
        Batch noop = Batch.noop(slot.view.id(), slot.instance, log.header(ancestor));
        values.add(slot, noop);
        vote(slot, noop);
      }
      return;
    }
    Batch value = slot.values.get(choice.digest());
    // Never tested for duplicates: whoever did would leave the instance open (trace S1).
    boolean votable = value != null && (genesis.byzantine() || pool.hasAllBodies(value));
    if (votable) {
      vote(slot, value);
    } else {
      lacking.lacks(slot);
    }
  }

  /** Draws the conclusions of whatever was touched: votes that have become possible are cast. */
  public void advance() {
    boolean all = work.isAll();
    List<Long> touched = work.touched();
    work.clear();
    if (regency.isSynced()) {
      voteFixed(all ? regency.selection().choices().keySet() : touched);
    }
    if (all) {
      window.votable().forEach(this::review);
    } else {
      for (long instance : touched) {
        Slot slot = window.slotOrNull(instance);
        if (slot != null && window.isVotable(instance)) {
          review(slot);
        }
      }
    }
  }

  private void review(Slot slot) {
    // A vote may have delivered nothing here, but what it set free may have removed a slot.
    if (slot.instance > log.last()) {
      openEarly(slot);
      evaluate(slot);
      slot.consensus.review(regency.installed());
    }
  }

  // -------- change of regency

  /** No vote of a lower regency leaves any more; what was proposed there is void. */
  @Override
  public void onInstalled(long installed) {
    for (Slot slot : window.slots()) {
      slot.consensus.stop(installed);
      slot.proposal = null;
      slot.openSince = -1;
      slot.nextFetch = 0;
      values.dropUnwritten(slot);
    }
    pool.restartTimers(clock.now());
    work.touchAll();
  }

  @Override
  public void onSynced(List<Batch> known) {
    for (long t : regency.selection().choices().keySet()) {
      if (window.isKept(t) && t <= regency.selection().horizon()) {
        window.open(t).openSince = clock.now();
      }
    }
    pool.restartTimers(clock.now());
    work.touchAll();
  }
}
