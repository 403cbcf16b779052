package dev.lockstep.simulator.plan;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything about one run that is known before it starts. The same configuration gives the same
 * run.
 *
 * @param seed also the source of what is drawn during the run
 * @param adversaries behaviours of each Byzantine replica; more than one take turns
 * @param clientAdversaries behaviours of the Byzantine clients, one each
 * @param faults the plan, ascending by id
 * @param healAt from here on the environment is quiet
 * @param origin what the draw was restricted to, to print the command that repeats the run
 */
public record RunConfig(
    long seed,
    View view,
    boolean durable,
    ReplicaConfig.Timing timing,
    ReplicaConfig.Budgets budgets,
    ReplicaConfig.Checkpointing checkpointing,
    Network network,
    Workload workload,
    SortedMap<Integer, List<String>> adversaries,
    List<String> clientAdversaries,
    List<FaultEvent> faults,
    long healAt,
    Restrictions origin) {

  /** Names every simulated cluster in what is signed. */
  public static final Digest CLUSTER =
      Digest.hash("lockstep simulator".getBytes(StandardCharsets.US_ASCII));

  /** Outstanding requests must complete within this many times the longest request timeout. */
  private static final int PATIENCE = 10;

  /** How far apart the replicas are. */
  public enum Distance {
    LAN(50, 150, 60, 10_000, 100_000),
    REGION(300, 1_500, 400, 60_000, 200_000),
    WAN(3_000, 20_000, 3_000, 200_000, 400_000);

    public final int baseMin;
    public final int baseMax;
    public final int jitter;
    final int timeoutMin;
    final int timeoutMax;

    Distance(int baseMin, int baseMax, int jitter, int timeoutMin, int timeoutMax) {
      this.baseMin = baseMin;
      this.baseMax = baseMax;
      this.jitter = jitter;
      this.timeoutMin = timeoutMin;
      this.timeoutMax = timeoutMax;
    }
  }

  /**
   * The hardware. All times in microseconds.
   *
   * @param codec every message passes through its bytes
   * @param fsync mean time of an fsync
   * @param crypto mean time to sign or to check a signature
   * @param execution mean time to execute a request
   * @param bundle a replica handles what arrives within this time before it proposes
   */
  public record Network(
      Distance distance, boolean codec, int fsync, int crypto, int execution, int bundle) {}

  /**
   * What the correct clients do.
   *
   * @param operations per client before the network heals
   * @param operationsAfterHeal per client
   * @param thinkMicros mean pause between the end of an operation and the next
   * @param outstanding operations of one client at the same time
   * @param keys number of registers
   * @param readPercent operations that only read
   * @param unorderedPercent reads that are first tried without ordering them
   * @param largePercent operations with large requests and large replies
   * @param reopenPermille operations before which the client opens a new session
   * @param calm whether the group is watched for long after the network has healed
   */
  public record Workload(
      int clients,
      int operations,
      int operationsAfterHeal,
      long thinkMicros,
      int outstanding,
      int keys,
      int readPercent,
      int unorderedPercent,
      int largePercent,
      int reopenPermille,
      boolean calm) {}

  public RunConfig {
    TreeMap<Integer, List<String>> copy = new TreeMap<>();
    adversaries.forEach((replica, names) -> copy.put(replica, List.copyOf(names)));
    adversaries = Collections.unmodifiableSortedMap(copy);
    clientAdversaries = List.copyOf(clientAdversaries);
    faults = List.copyOf(faults);
  }

  /** Draws a configuration. */
  public static RunConfig draw(long seed, Restrictions restrictions) {
    return new RunConfigDraw(seed, restrictions).draw();
  }

  public int replicas() {
    return view.size();
  }

  public boolean isByzantine(int replica) {
    return adversaries.containsKey(replica);
  }

  /** Correct replicas whose clocks are wrong for the whole run. */
  public TreeSet<Integer> wrongClocks() {
    TreeSet<Integer> replicas = new TreeSet<>();
    for (FaultEvent event : faults) {
      if (event.fault() == Fault.WRONG_CLOCK) {
        for (long rest = event.targets(); rest != 0; rest &= rest - 1) {
          replicas.add(Long.numberOfTrailingZeros(rest));
        }
      }
    }
    return replicas;
  }

  /** The longest request timeout that back-off can reach. */
  public long cappedTimeout() {
    return timing.requestTimeout() << timing.timeoutDoublings();
  }

  /** Within this time everything must happen that liveness promises. */
  public long livenessBound() {
    return PATIENCE * cappedTimeout();
  }

  /** Until then the clients keep the group busy, whatever else they have to do. */
  public long calmUntil() {
    return healAt + (workload.calm() ? 8 * cappedTimeout() : 0);
  }

  /** The same run without some of its faults. */
  public RunConfig withFaults(List<FaultEvent> kept) {
    return new RunConfig(
        seed,
        view,
        durable,
        timing,
        budgets,
        checkpointing,
        network,
        workload,
        adversaries,
        clientAdversaries,
        kept,
        healAt,
        origin);
  }

  /** The same run with other work. */
  public RunConfig withWorkload(Workload other) {
    return new RunConfig(
        seed,
        view,
        durable,
        timing,
        budgets,
        checkpointing,
        network,
        other,
        adversaries,
        clientAdversaries,
        faults,
        healAt,
        origin);
  }

  /** The same run with other Byzantine replicas and clients. */
  public RunConfig withAdversaries(
      SortedMap<Integer, List<String>> replicas, List<String> clients) {
    return new RunConfig(
        seed,
        view,
        durable,
        timing,
        budgets,
        checkpointing,
        network,
        workload,
        replicas,
        clients,
        faults,
        healAt,
        origin);
  }

  /** A short name of the shape of the group, for counts. */
  public List<String> labels() {
    List<String> labels = new ArrayList<>();
    labels.add("n=" + replicas() + " f=" + view.faults());
    labels.add(view.byzantine() ? "bft" : "cft");
    labels.add("window=" + view.window());
    if (view.window() > 1) {
      labels.add("window>1");
    }
    if (hasWeights()) {
      labels.add("weighted");
    }
    labels.add(
        view.limits().authentication() == View.RequestAuthentication.SIGNED
            ? "signed"
            : "unsigned");
    labels.add(durable ? "durable" : "memory");
    if (checkpointing.period() > 0) {
      labels.add("checkpoints");
    }
    labels.add(network.distance().name().toLowerCase(java.util.Locale.ROOT));
    if (network.codec()) {
      labels.add("codec");
    }
    return labels;
  }

  public boolean hasWeights() {
    int first = view.members().get(0).weight();
    return view.members().stream().anyMatch(member -> member.weight() != first);
  }

  /** Names of all behaviours in the run, each once. */
  public TreeSet<String> adversaryNames() {
    TreeSet<String> names = new TreeSet<>(clientAdversaries);
    adversaries.values().forEach(names::addAll);
    return names;
  }

  /** Fault classes in the plan, each once. */
  public TreeSet<String> faultNames() {
    TreeSet<String> names = new TreeSet<>();
    faults.forEach(event -> names.add(event.fault().label()));
    return names;
  }

  /** Several lines for a human. */
  public String describe() {
    StringBuilder out = new StringBuilder();
    out.append("seed ").append(seed).append(": ").append(String.join(", ", labels())).append('\n');
    out.append("weights ");
    out.append(view.members().stream().map(View.Member::weight).toList());
    out.append(", batch ").append(view.limits().batchRequests());
    out.append(", session window ").append(view.limits().sessionWindow());
    out.append(", ").append(timing).append(", ").append(network).append('\n');
    out.append(checkpointing).append(", ").append(budgets).append('\n');
    out.append(workload).append('\n');
    out.append("adversaries ").append(adversaries);
    out.append(", clients ").append(clientAdversaries).append('\n');
    out.append(
        String.format(
            "heals at %.6f, liveness bound %.3f s%n", healAt / 1e6, livenessBound() / 1e6));
    for (FaultEvent event : faults) {
      out.append("  ").append(event).append('\n');
    }
    return out.toString();
  }
}
