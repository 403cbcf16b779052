package dev.lockstep.simulator.run;

import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.transfer.TransferStatus;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.SimCrypto;
import dev.lockstep.simulator.Tracer;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.adversary.catalogue.ClientAdversaries;
import dev.lockstep.simulator.check.BoundsChecker;
import dev.lockstep.simulator.check.CheckContext;
import dev.lockstep.simulator.check.Checkers;
import dev.lockstep.simulator.machine.ByzantineClient;
import dev.lockstep.simulator.machine.ClientNode;
import dev.lockstep.simulator.machine.EventQueue;
import dev.lockstep.simulator.machine.Machine;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.machine.World;
import dev.lockstep.simulator.plan.FaultEvent;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.plan.RunConfigDraw;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One run of one seed. First a phase in which faults come and go as planned; then the network
 * heals, only Byzantine replicas and clients go on, and everything that liveness promises must
 * happen within its bound.
 */
public final class Simulation {
  /** A run that takes this many events goes round in circles. */
  private static final long EVENTS_MAX = 20_000_000;

  private final RunConfig config;
  private final World world;
  private final List<ClientNode> clients = new ArrayList<>();
  private Violation violation;

  /** Set when all calls of correct clients are done: what all correct replicas must deliver. */
  private long finalInstance = -1;

  private long finalDeadline;
  private boolean finished;

  /**
   * Prepares a run.
   *
   * @param variant the same for all correct replicas; anything but the standard is a mutant
   * @param tracer null for none
   */
  public Simulation(RunConfig config, Variant variant, List<Observer> observers, Tracer tracer) {
    this.config = config;
    world = new World(config, variant, observers, tracer);
  }

  /** A run with the standard rules and all checkers. */
  public static Simulation checked(RunConfig config, Tracer tracer) {
    return checked(config, Variant.standard(), tracer);
  }

  /** A run with all checkers. */
  public static Simulation checked(RunConfig config, Variant variant, Tracer tracer) {
    List<Observer> checkers = new ArrayList<>(Checkers.all(context(config)));
    checkers.add(bounds(config));
    return new Simulation(config, variant, checkers, tracer);
  }

  /** Decisions are taken up to 256 instances ahead, votes up to 2W; peers may double a budget. */
  private static BoundsChecker bounds(RunConfig config) {
    long clients = config.workload().clients() + config.clientAdversaries().size();
    return new BoundsChecker(
        Math.max(2 * config.view().window(), 256),
        config.budgets().peerRequests(),
        2 * clients * config.budgets().clientRequests());
  }

  /** What the checkers need to know of a run. */
  public static CheckContext context(RunConfig config) {
    // Once the back-off has settled only faulty leaders are replaced, each once, give or take those
    // that wait for their turn. Byzantine clients cost more where requests are vouched for, and
    // where
    // batches are so small that a client which sends every replica other requests keeps the leader
    // from serving all of them in time.
    int faulty = config.adversaries().size() + config.wrongClocks().size();
    boolean costly =
        config.view().limits().authentication() == View.RequestAuthentication.VOUCHED
            || config.view().limits().batchRequests() <= 8;
    int byClients = costly ? 32 * config.clientAdversaries().size() : 0;
    return new CheckContext(
        config.view(),
        RunConfig.CLUSTER,
        new SimCrypto(config.seed()),
        config.adversaries().keySet(),
        config.durable(),
        config.wrongClocks(),
        config.view().limits().clockBoundMicros(),
        4 * config.cappedTimeout(),
        faulty + 4 + byClients);
  }

  /** Runs to the end or to the first finding. */
  public RunResult run() {
    try {
      prepare();
      while (!finished) {
        if (!world.step(Long.MAX_VALUE)) {
          throw new Violation("STALL", "nothing will ever happen any more\n" + describe());
        }
        if (world.happened() > EVENTS_MAX) {
          throw new Violation("STALL", "too many events without an end\n" + describe());
        }
      }
      world.saw(new Sighting.Ended());
    } catch (Violation found) {
      violation = found;
      world.trace("world", "VIOLATION " + found.getMessage());
    } catch (RuntimeException broken) {
      // A client core that throws is as much a finding as a replica that does.
      StringWriter stack = new StringWriter();
      broken.printStackTrace(new PrintWriter(stack));
      violation = new Violation("EXCEPTION", stack.toString());
    }
    int completed = 0;
    int unknown = 0;
    for (ClientNode client : clients) {
      completed += client.completed();
      unknown += client.unknown();
    }
    return new RunResult(
        config,
        world.now(),
        world.happened(),
        world.decisions(),
        world.regencyChanges(),
        world.syncPhases(),
        world.boundPhases(),
        world.noopPhases(),
        completed,
        unknown,
        world.figures(),
        violation);
  }

  private void prepare() {
    SplittableRandom work = RunConfigDraw.stream(config.seed(), "work");
    int correct = config.workload().clients();
    for (int place = 0; place < correct; place++) {
      ClientNode client = new ClientNode(world, place, work.split());
      clients.add(client);
      world.setClient(place, client);
      client.startWork();
    }
    for (int i = 0; i < config.clientAdversaries().size(); i++) {
      ByzantineClient client =
          new ByzantineClient(
              world,
              correct + i,
              ClientAdversaries.create(config.clientAdversaries().get(i)),
              work.split());
      world.setClient(correct + i, client);
      client.start();
    }
    for (FaultEvent event : config.faults()) {
      plan(event);
    }
    world.schedule(config.healAt(), new Heal());
    world.start();
  }

  // ---- the plan

  private void plan(FaultEvent event) {
    switch (event.fault()) {
      case WRONG_CLOCK -> forTargets(event, node -> node.setClockOffset(event.amount()));
      case CLIENT_LINK -> cutClients(event);
      default -> {
        if (event.at() >= config.healAt()) {
          return;
        }
        world.schedule(event.at(), new Begin(event));
        if (event.until() > event.at()) {
          world.schedule(Math.min(event.until(), config.healAt()), new End(event));
        }
      }
    }
  }

  /** Cuts clients from replicas, but leaves each client f+1 correct ones with right clocks. */
  private void cutClients(FaultEvent event) {
    for (int place = 0; place < config.workload().clients(); place++) {
      if ((event.peers() >>> place & 1) == 0) {
        continue;
      }
      long reachable = 0;
      for (Machine node : world.correctNodes()) {
        if (!config.wrongClocks().contains(node.id())) {
          reachable |= 1L << node.id();
        }
      }
      reachable &= ~clients.get(place).unreachable();
      for (long rest = event.targets(); rest != 0; rest &= rest - 1) {
        int replica = Long.numberOfTrailingZeros(rest);
        long without = reachable & ~(1L << replica);
        if (Long.bitCount(without) > config.view().faults()) {
          reachable = without;
          clients.get(place).noteUnreachable(replica);
          world.network().kill(world.clientEndpoint(place), replica);
        }
      }
    }
  }

  private interface OnNode {
    void accept(Machine node);
  }

  private void forTargets(FaultEvent event, OnNode action) {
    for (Machine node : world.correctNodes()) {
      if ((event.targets() >>> node.id() & 1) != 0) {
        action.accept(node);
      }
    }
  }

  private final class Begin implements EventQueue.Event {
    private final FaultEvent event;

    Begin(FaultEvent event) {
      this.event = event;
    }

    @Override
    public void happen() {
      if (world.isHealed()) {
        return;
      }
      if (world.isTracing()) {
        world.trace("world", "FAULT " + event);
      }
      switch (event.fault()) {
        case CRASH -> forTargets(event, node -> node.kill(event.until()));
        case POWER -> forTargets(event, this::cutPower);
        case DISK_LOSS -> forTargets(event, this::loseDisk);
        case PAUSE -> forTargets(event, node -> node.pause(event.until()));
        case PERSISTENCE_CRASH ->
            forTargets(event, node -> node.killAtPersistence((int) event.amount(), event.until()));
        case BLACKOUT -> {
          world.happenedFault("blackout");
          for (Machine node : world.correctNodes()) {
            cutPower(node);
          }
        }
        case DISK_FULL -> forTargets(event, node -> node.fillDisk(event.until()));
        case BIT_ROT -> forTargets(event, this::rot);
        case CHECKPOINT_ROT -> forTargets(event, node -> node.rotCheckpoint(event.until()));
        case CLOCK -> forTargets(event, this::setClock);
        case RECONNECT -> world.network().reconnect(event);
        default -> world.network().apply(event, true);
      }
    }

    private void cutPower(Machine node) {
      if (node.disk().isDurable() || world.mayLoseVotes(node.id())) {
        node.powerCycle(event.until());
      } else {
        // More lost votes than f would not be a fault that anybody promised to survive.
        node.kill(event.until());
      }
    }

    private void loseDisk(Machine node) {
      if (world.mayLoseVotes(node.id())) {
        node.loseDisk(event.until());
      } else {
        node.kill(event.until());
      }
    }

    private void rot(Machine node) {
      if (world.mayLoseVotes(node.id())) {
        node.rot(event.until());
      } else {
        node.kill(event.until());
      }
    }

    private void setClock(Machine node) {
      if (!config.wrongClocks().contains(node.id())) {
        node.setClockOffset(event.amount());
      }
    }
  }

  private final class End implements EventQueue.Event {
    private final FaultEvent event;

    End(FaultEvent event) {
      this.event = event;
    }

    @Override
    public void happen() {
      if (world.isHealed()) {
        return;
      }
      if (world.isTracing()) {
        world.trace("world", "OVER  " + event);
      }
      switch (event.fault()) {
        case CRASH, POWER, DISK_LOSS, PERSISTENCE_CRASH, DISK_FULL, BIT_ROT, CHECKPOINT_ROT ->
            forTargets(event, Machine::restartIfDue);
        case BLACKOUT -> world.correctNodes().forEach(Machine::restartIfDue);
        case PAUSE -> forTargets(event, Machine::resumeIfDue);
        case CLOCK, RECONNECT -> {}
        default -> world.network().apply(event, false);
      }
    }
  }

  private final class Heal implements EventQueue.Event {
    @Override
    public void happen() {
      world.heal();
      for (ClientNode client : clients) {
        client.healed();
      }
      world.schedule(world.now() + config.timing().requestTimeout() / 4, new Look());
    }
  }

  // ---- liveness

  /** Looks from time to time whether everything that must happen has happened. */
  private final class Look implements EventQueue.Event {
    @Override
    public void happen() {
      long now = world.now();
      boolean done = true;
      boolean served = now >= config.calmUntil();
      for (ClientNode client : clients) {
        done &= client.isDone();
        served &= client.isServed();
        if (client.oldestPending() + config.livenessBound() < now
            && config.healAt() + config.livenessBound() < now) {
          throw new Violation(
              "STALL", "calls do not complete: " + client.describePending() + "\n" + describe());
        }
      }
      if (served) {
        world.stopLoad();
      }
      if (done && !world.wantsLoad()) {
        lookAtReplicas();
      }
      if (!finished) {
        world.schedule(now + config.timing().requestTimeout() / 4, this);
      }
    }
  }

  /** V4: all correct replicas deliver everything, and those that lost their votes recover. */
  private void lookAtReplicas() {
    if (finalInstance < 0) {
      finalInstance = world.decisions();
      finalDeadline = world.now() + config.livenessBound();
    }
    for (Machine node : world.correctNodes()) {
      Replica replica = node.replicaOrNull();
      if (replica == null || replica.lastDelivered() < finalInstance || replica.isLearner()) {
        if (world.now() > finalDeadline) {
          boolean transferring =
              replica != null && replica.transferStatus().phase() != TransferStatus.Phase.NONE;
          throw new Violation(
              transferring ? "V5" : "V4",
              "not all correct replicas have recovered and delivered "
                  + finalInstance
                  + ": "
                  + node.describe()
                  + "\n"
                  + describe());
        }
        return;
      }
    }
    finished = true;
  }

  private String describe() {
    StringBuilder out = new StringBuilder();
    for (Machine node : world.correctNodes()) {
      out.append("  ").append(node.describe()).append('\n');
    }
    for (int id : world.byzantine()) {
      out.append("  ").append(world.name(id)).append(' ');
      out.append(config.adversaries().get(id)).append('\n');
    }
    return out.toString();
  }
}
