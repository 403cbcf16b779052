package dev.lockstep.simulator.script;

import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.protocol.replica.ReplicaConfig.Checkpointing;
import dev.lockstep.protocol.replica.ReplicaConfig.Timing;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Tracer;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.check.Checkers;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.plan.Fault;
import dev.lockstep.simulator.plan.FaultEvent;
import dev.lockstep.simulator.plan.Restrictions;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.run.Simulation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** What a cluster is made of. */
public final class SimClusterBuilder {
  private final int n;
  private int faults;
  private boolean faultsSet;
  private View.Mode mode = View.Mode.BYZANTINE;
  private List<Integer> weights;
  private int window = 1;
  private View.RequestAuthentication authentication = View.RequestAuthentication.SIGNED;
  private boolean durable = true;
  private boolean codec = true;
  private boolean checked = true;
  private int batch = 64;
  private int fsync = 50;
  private long seed = 1;
  private Timing timing = new Timing(100_000, 3, 25_000, 12_500, 0);
  private Budgets budgets = Budgets.defaults();
  private Checkpointing checkpointing = Checkpointing.NONE;
  private Variant variant = Variant.standard();
  private Tracer tracer;
  private UnaryOperator<View.Limits> limits = UnaryOperator.identity();
  private final Map<Integer, Adversary> scripted = new TreeMap<>();
  private final Map<Integer, Puppet> puppets = new TreeMap<>();
  private final List<Observer> observers = new ArrayList<>();
  private final List<Integer> wrongClocks = new ArrayList<>();

  SimClusterBuilder(int n) {
    this.n = n;
    weights = new ArrayList<>(Collections.nCopies(n, 1));
  }

  /** The number of faults that the group tolerates. */
  public SimClusterBuilder tolerating(int number) {
    faults = number;
    faultsSet = true;
    return this;
  }

  public SimClusterBuilder crashMode() {
    mode = View.Mode.CRASH;
    authentication = View.RequestAuthentication.VOUCHED;
    return this;
  }

  public SimClusterBuilder weights(Integer... each) {
    weights = Arrays.asList(each);
    return this;
  }

  public SimClusterBuilder window(int instances) {
    window = instances;
    return this;
  }

  /** Requests carry no signatures; replicas vouch for them. */
  public SimClusterBuilder unsigned() {
    authentication = View.RequestAuthentication.VOUCHED;
    return this;
  }

  /** Votes do not wait for an fsync, and a power cut loses them. */
  public SimClusterBuilder inMemory() {
    durable = false;
    return this;
  }

  /** Messages are passed on as objects. By default they go through their bytes. */
  public SimClusterBuilder withoutCodec() {
    codec = false;
    return this;
  }

  /** No checker watches, for scripts that show what goes wrong with a mutant. */
  public SimClusterBuilder unchecked() {
    checked = false;
    return this;
  }

  /** Mean time of an fsync in microseconds, for scripts in which something happens meanwhile. */
  public SimClusterBuilder fsync(int micros) {
    fsync = micros;
    return this;
  }

  public SimClusterBuilder seed(long number) {
    seed = number;
    return this;
  }

  public SimClusterBuilder timing(Timing other) {
    timing = other;
    return this;
  }

  public SimClusterBuilder budgets(Budgets other) {
    budgets = other;
    return this;
  }

  /** Every replica takes a checkpoint every so many instances, each at another point. */
  public SimClusterBuilder checkpoints(int period, int pieceBytes) {
    checkpointing = new Checkpointing(period, pieceBytes);
    return this;
  }

  /** All replicas are of this variant of the protocol. */
  public SimClusterBuilder variant(Variant mutant) {
    variant = mutant;
    return this;
  }

  /** Changes the limits of the view. */
  public SimClusterBuilder limits(UnaryOperator<View.Limits> change) {
    limits = change;
    return this;
  }

  public SimClusterBuilder batchOf(int requests) {
    batch = requests;
    return this;
  }

  /** The replica is Byzantine and behaves so. */
  public SimClusterBuilder behaves(int replica, Adversary adversary) {
    scripted.put(replica, adversary);
    return this;
  }

  /**
   * The replica is Byzantine and says only what the script makes it say; see {@link
   * SimCluster#puppet}.
   */
  public SimClusterBuilder puppet(int replica) {
    Puppet puppet = new Puppet(replica);
    puppets.put(replica, puppet);
    scripted.put(replica, puppet);
    return this;
  }

  /** The replica's clock will be wrong beyond the bound; it counts against f. */
  public SimClusterBuilder wrongClock(int replica) {
    wrongClocks.add(replica);
    return this;
  }

  public SimClusterBuilder observer(Observer observer) {
    observers.add(observer);
    return this;
  }

  public SimClusterBuilder tracer(Tracer to) {
    tracer = to;
    return this;
  }

  /** Builds the cluster and starts all replicas. */
  public SimCluster start() {
    RunConfig config = config();
    List<Observer> watching = new ArrayList<>();
    if (checked) {
      watching.addAll(Checkers.all(Simulation.context(config)));
    }
    watching.addAll(observers);
    return new SimCluster(config, variant, watching, tracer, scripted, puppets);
  }

  private RunConfig config() {
    View.Limits standard =
        new View.Limits(
            batch,
            1 << 16,
            4_096,
            8,
            4,
            64,
            1 << 20,
            600_000_000L,
            60_000_000L,
            500_000L,
            authentication);
    int tolerated = faultsSet ? faults : (n - 1) / (mode == View.Mode.BYZANTINE ? 3 : 2);
    View view = View.genesis(mode, window, weights, tolerated, limits.apply(standard));
    TreeMap<Integer, List<String>> named = new TreeMap<>();
    scripted.forEach((id, adversary) -> named.put(id, List.of(adversary.name())));
    List<FaultEvent> faultPlan = new ArrayList<>();
    for (int id : wrongClocks) {
      faultPlan.add(
          new FaultEvent(faultPlan.size(), Fault.WRONG_CLOCK, 0, Long.MAX_VALUE, 1L << id, 0, 0));
    }
    return new RunConfig(
        seed,
        view,
        durable,
        timing,
        budgets,
        checkpointing,
        new RunConfig.Network(RunConfig.Distance.LAN, codec, fsync, 5, 2, 0),
        new RunConfig.Workload(SimCluster.CLIENTS, 0, 0, 1_000, 1, 1, 0, 0, 0, 0, false),
        named,
        List.of(),
        faultPlan,
        Long.MAX_VALUE / 2,
        Restrictions.free());
  }
}
