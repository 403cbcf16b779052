package dev.lockstep.protocol.replica.delivery;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Execution;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Lacking;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Values;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryGate;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.PooledRequest;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.state.Effects;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.List;

/**
 * Delivers what is decided, in order and without gaps: the batch takes its effect on the sessions,
 * the requests that have one go to the service, and the instance is done with.
 */
public final class Deliverer implements DeliveryListener {
  private final Clock clock;
  private final Work work;
  private final Outbox out;
  private final Durable durable;
  private final ViewHistory views;
  private final DecisionLog log;
  private final Window window;
  private final Voice voice;
  private final Timeouts timeouts;
  private final Values values;
  private final RequestPool pool;
  private final Sessions sessions;
  private final ExecutionQueue executing;
  private final RequestPool.Lost answerLost;
  private final Lacking lacking;
  private final DeliveryGate gate;
  private final DeliveryListener life;
  private final Execution execution;

  /**
   * @param answerLost told of requests that a delivery leaves without effect
   */
  public Deliverer(
      Clock clock,
      Work work,
      Outbox out,
      Durable durable,
      ViewHistory views,
      DecisionLog log,
      Window window,
      Voice voice,
      Timeouts timeouts,
      Values values,
      RequestPool pool,
      Sessions sessions,
      ExecutionQueue executing,
      RequestPool.Lost answerLost,
      Lacking lacking,
      DeliveryGate gate,
      DeliveryListener life,
      Execution execution) {
    this.clock = clock;
    this.work = work;
    this.out = out;
    this.durable = durable;
    this.views = views;
    this.log = log;
    this.window = window;
    this.voice = voice;
    this.timeouts = timeouts;
    this.values = values;
    this.pool = pool;
    this.sessions = sessions;
    this.executing = executing;
    this.answerLost = answerLost;
    this.lacking = lacking;
    this.gate = gate;
    this.life = life;
    this.execution = execution;
  }

  /** Delivers all that can be delivered now. */
  public void advance() {
    boolean delivered = false;
    while (deliverNext()) {
      delivered = true;
    }
    if (delivered) {
      life.onDelivered();
    }
  }

  private boolean deliverNext() {
    Slot slot = window.slotOrNull(log.last() + 1);
    if (slot == null
        || slot.consensus.decision() == null
        || voice.isHalted()
        || !gate.mayDeliver(slot.instance)
        || executing.isFull()) {
      return false;
    }
    Batch value = slot.decidedValueOrNull();
    if (value == null || !pool.hasAllBodies(value)) {
      lacking.lacks(slot);
      return false;
    }
    durable.persist(new Record.Decided(value, slot.consensus.decision(), pool.bodies(value)));
    boolean progress = deliver(slot, value);
    if (progress) {
      timeouts.onProgress();
    }
    life.onInstance(slot.instance);
    return true;
  }

  /** Delivers a decision that storage has: the next one. */
  public void replay(Record.Decided decided) {
    Slot slot = window.open(decided.batch().instance());
    values.add(slot, decided.batch());
    decided.bodies().forEach(body -> pool.supply(body, false));
    slot.consensus.decide(decided.certificate());
    deliver(slot, decided.batch());
  }

  /** Returns whether anything was executed, opened or closed: empty batches are no progress. */
  private boolean deliver(Slot slot, Batch batch) {
    Certificate certificate = slot.consensus.decision();
    List<Request> bodies = pool.bodies(batch);
    Effects effects = sessions.deliver(batch, pool::bodyOrNull);
    log.append(batch, certificate, bodies);
    views.onDelivered(slot.instance);
    int[] repliers = new int[batch.references().size()];
    List<Delivery.Command> commands = new ArrayList<>(repliers.length);
    boolean progress = takeEffect(effects, pool.named(batch), repliers, commands);
    drop(slot);
    out.trace("deliver", batch);
    executing.add(effects, repliers);
    Batch.Header header = batch.header();
    execution.deliver(
        new Delivery(
            slot.instance,
            effects.timeMicros(),
            header.nonceSeed(),
            header.proposedInRegency(),
            slot.view.leader(header.proposedInRegency()),
            commands));
    work.touchAll();
    return progress;
  }

  /** Tells the pool what became of each request, and finds those that are to be executed. */
  private boolean takeEffect(
      Effects effects, PooledRequest[] named, int[] repliers, List<Delivery.Command> commands) {
    boolean progress = false;
    for (Effects.Effect effect : effects.effects()) {
      Reference reference = effect.reference();
      PooledRequest request = named[effect.index()];
      repliers[effect.index()] = request.replier();
      switch (effect.verdict()) {
        case EXECUTE -> {
          commands.add(command(effect, request));
          progress = true;
          pool.executed(reference, clock.now(), answerLost);
        }
        case OPENED -> {
          progress = true;
          pool.answered(reference, clock.now());
          pool.opened(reference.client(), effect.session(), clock.now());
        }
        case CLOSED -> {
          progress = true;
          pool.executed(reference, clock.now(), answerLost);
        }
        case OUT_OF_TURN -> pool.outOfTurn(reference);
        default -> pool.answered(reference, clock.now());
      }
    }
    for (long ended : effects.ended()) {
      pool.ended(ended, clock.now(), answerLost);
    }
    return progress;
  }

  private static Delivery.Command command(Effects.Effect effect, PooledRequest request) {
    Reference reference = effect.reference();
    return new Delivery.Command(
        effect.index(),
        reference.client(),
        reference.session(),
        reference.sequence(),
        request.requestOrNull().unsigned());
  }

  /** The slot's instance is delivered, or in the state that was taken up. */
  private void drop(Slot slot) {
    if (window.pass(slot, voice.isTentative())) {
      values.release(slot);
    }
  }

  @Override
  public void onAdopted(long instance) {
    executing.clear();
    window.upTo(instance).forEach(this::drop);
    window.reopenAbove(instance);
    voice.onLowered(window.highest());
    pool.rebase(clock.now());
    work.touchAll();
  }

  @Override
  public void onProved() {
    window.takePassed().forEach(values::release);
    pool.restartTimers(clock.now());
    work.touchAll();
  }
}
