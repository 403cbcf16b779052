package dev.lockstep.simulator.plan;

import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.protocol.replica.ReplicaConfig.Checkpointing;
import dev.lockstep.protocol.replica.ReplicaConfig.Timing;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.View.Limits;
import dev.lockstep.protocol.view.View.Mode;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import dev.lockstep.simulator.SimCrypto;
import dev.lockstep.simulator.adversary.catalogue.Adversaries;
import dev.lockstep.simulator.adversary.catalogue.AdversaryNames;
import dev.lockstep.simulator.adversary.catalogue.ClientAdversaries;
import dev.lockstep.simulator.plan.FaultEvent.Filter;
import dev.lockstep.simulator.plan.RunConfig.Distance;
import dev.lockstep.simulator.plan.RunConfig.Network;
import dev.lockstep.simulator.plan.RunConfig.Workload;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Draws the configuration of a run (swarm testing: each run has a random subset of all faults,
 * which finds more than all of them always). Each topic has its own stream of random numbers, so
 * that a restriction of one leaves the others as they are.
 */
public final class RunConfigDraw {
  private static final int CRASH_MODE_PERCENT = 20;
  private static final int WEIGHTED_PERCENT = 35;
  private static final int WINDOW_ONE_PERCENT = 45;
  private static final int UNSIGNED_PERCENT = 35;

  private final long seed;
  private final Restrictions restrictions;
  private final boolean small;

  RunConfigDraw(long seed, Restrictions restrictions) {
    this.seed = seed;
    this.restrictions = restrictions;
    this.small = restrictions.small();
  }

  /** An independent stream of random numbers for one purpose. */
  public static SplittableRandom stream(long seed, String purpose) {
    return new SplittableRandom(SimCrypto.mix(seed, purpose.hashCode()));
  }

  private static boolean chance(SplittableRandom random, int percent) {
    return random.nextInt(100) < percent;
  }

  private static int between(SplittableRandom random, int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  private static <T> T any(SplittableRandom random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static <T> void shuffle(SplittableRandom random, List<T> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      T swapped = list.get(i);
      list.set(i, list.get(j));
      list.set(j, swapped);
    }
  }

  RunConfig draw() {
    SplittableRandom hardware = stream(seed, "hardware");
    Distance distance =
        any(
            hardware,
            List.of(Distance.LAN, Distance.LAN, Distance.LAN, Distance.REGION, Distance.WAN));
    long timeout =
        1_000L * between(hardware, distance.timeoutMin / 1_000, distance.timeoutMax / 1_000);
    // Slow disks and queues must fit into a request timeout, else every leader looks faulty.
    timeout = Math.max(timeout, 40_000);
    Network network =
        new Network(
            distance,
            chance(hardware, 25),
            any(hardware, List.of(50, 200, 1_000)),
            any(hardware, List.of(5, 40, 150)),
            any(hardware, List.of(2, 20, 100)),
            any(hardware, List.of(0, 0, 50, 300)));
    boolean durable = chance(hardware, 55);
    Timing timing =
        new Timing(
            timeout,
            3,
            timeout / between(hardware, 2, 5),
            Math.max(timeout / between(hardware, 4, 10), distance.baseMax * 3L),
            drawBatchPause(timeout));

    View view = drawView(timeout);
    SplittableRandom work = stream(seed, "workload");
    long healAt = timeout * (small ? between(work, 8, 20) : between(work, 25, 70));
    Workload workload = drawWorkload(work, view, healAt);

    List<FaultEvent> faults = new ArrayList<>();
    TreeMap<Integer, List<String>> adversaries = new TreeMap<>();
    int tolerable = drawAdversaries(view, adversaries, faults);
    List<String> clientAdversaries = drawClientAdversaries(view);
    drawFaults(view, durable, timing, healAt, workload, adversaries, tolerable, faults);

    SplittableRandom points = stream(seed, "checkpoints");
    Checkpointing checkpointing =
        chance(points, 75) || attacksTransfer(adversaries)
            ? new Checkpointing(
                small ? between(points, 5, 20) : between(points, 10, 100),
                any(points, List.of(64, 256, 4096)))
            : Checkpointing.NONE;
    SplittableRandom budget = stream(seed, "budgets");
    boolean forgetful = attacksTransfer(adversaries);
    Budgets budgets =
        chance(budget, 70)
            ? Budgets.defaults()
            : new Budgets(
                2 * view.limits().sessionWindow() * view.limits().sessionsPerClient() + 8,
                64 << 10,
                4 * workload.clients() * view.limits().sessionWindow() + 32,
                256 << 10);
    if (chance(budget, 60) || forgetful) {
      // Most decisions are then read from the disk when somebody asks for them.
      budgets =
          new Budgets(
              budgets.clientRequests(),
              budgets.clientBytes(),
              budgets.peerRequests(),
              budgets.peerBytes(),
              forgetful ? 1L : any(budget, List.of(1L, 8L << 10, 64L << 10)),
              // Who must fetch every decision cannot follow a client that floods with less.
              Math.max(
                  checkpointing.period() == 0 ? 4L << 20 : 0,
                  any(budget, List.of(256L << 10, 4L << 20, 64L << 20))));
    }
    if (attacksTransfer(adversaries)) {
      // Else nobody would ask the attacker for its state.
      faults.add(longAbsence(view, adversaries, healAt, faults.size()));
    }
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
        faults,
        healAt,
        restrictions);
  }

  private static final Set<String> ON_TRANSFER =
      Set.of("forged-state", "false-offers", "bad-pieces", "transfer-flood");

  private static boolean attacksTransfer(SortedMap<Integer, List<String>> adversaries) {
    return adversaries.values().stream().flatMap(List::stream).anyMatch(ON_TRANSFER::contains);
  }

  /** A correct replica is away for so long that the logs of the others do not reach back to it. */
  private FaultEvent longAbsence(
      View view, SortedMap<Integer, List<String>> adversaries, long healAt, int id) {
    SplittableRandom dice = stream(seed, "absence");
    long correct = (1L << view.size()) - 1;
    for (int replica : adversaries.keySet()) {
      correct &= ~(1L << replica);
    }
    long at = dice.nextLong(healAt / 4);
    return new FaultEvent(id, Fault.CRASH, at, at + healAt / 2, one(dice, correct), 0, 0);
  }

  // ---- the group

  /** Mostly none, so that many instances are open at a time. */
  private long drawBatchPause(long timeout) {
    SplittableRandom batching = stream(seed, "batching");
    return chance(batching, 30) ? timeout / between(batching, 10, 100) : 0;
  }

  private View drawView(long timeout) {
    SplittableRandom random = stream(seed, "view");
    boolean crash = chance(random, CRASH_MODE_PERCENT);
    boolean weighted = chance(random, WEIGHTED_PERCENT);
    boolean wheat = chance(random, 60);
    int windowDrawn = chance(random, WINDOW_ONE_PERCENT) ? 1 : between(random, 2, 8);
    boolean unsigned = chance(random, UNSIGNED_PERCENT);
    Mode mode =
        restrictions.mode() != null
            ? restrictions.mode()
            : crash && !wantsAdversary() ? Mode.CRASH : Mode.BYZANTINE;
    int window = restrictions.window() != null ? restrictions.window() : windowDrawn;
    int factor = mode == Mode.BYZANTINE ? 3 : 2;

    int faults = small ? (chance(random, 85) ? 1 : 2) : drawTolerated(random, mode);
    int spare = small || chance(random, 70) ? 0 : between(random, 1, 2);
    if (restrictions.tolerate() != null) {
      faults = restrictions.tolerate();
    } else if (restrictions.replicas() != null) {
      faults = Math.max(0, Math.min(faults, (restrictions.replicas() - 1) / factor));
    }
    if (weighted && wheat && spare == 0) {
      // WHEAT's weights differ only where there are more replicas than the fault model needs.
      spare = 1;
    }
    int n = restrictions.replicas() != null ? restrictions.replicas() : factor * faults + 1 + spare;
    Limits limits = drawLimits(random, timeout, mode == Mode.BYZANTINE && !unsigned);
    List<Integer> weights = uniform(n);
    if (weighted) {
      weights = wheat ? wheat(n, faults, factor) : randomWeights(random, n, faults, factor);
      shuffle(random, weights);
    }
    return View.genesis(mode, window, weights, faults, limits);
  }

  private boolean wantsAdversary() {
    return restrictions.adversary() != null && !restrictions.adversary().equals(Restrictions.NONE);
  }

  private static int drawTolerated(SplittableRandom random, Mode mode) {
    int dice = random.nextInt(100);
    if (mode == Mode.CRASH) {
      return dice < 45 ? 1 : dice < 85 ? 2 : 3;
    }
    return dice < 66 ? 1 : dice < 96 ? 2 : 3;
  }

  private static List<Integer> uniform(int n) {
    List<Integer> weights = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      weights.add(1);
    }
    return weights;
  }

  /**
   * WHEAT's assignment in integers: with n = factor*f + 1 + spare, the heavy ones have 1 + spare/f
   * times the weight of the others.
   */
  private static List<Integer> wheat(int n, int faults, int factor) {
    int spare = n - factor * faults - 1;
    if (faults == 0 || spare <= 0) {
      return uniform(n);
    }
    int divisor = gcd(faults, spare);
    List<Integer> weights = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      weights.add((i < (factor - 1) * faults ? faults + spare : faults) / divisor);
    }
    return weights;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  private static List<Integer> randomWeights(
      SplittableRandom random, int n, int faults, int factor) {
    for (int attempt = 0; attempt < 100; attempt++) {
      List<Integer> weights = new ArrayList<>();
      long total = 0;
      for (int i = 0; i < n; i++) {
        weights.add(between(random, 1, 4));
        total += weights.get(i);
      }
      List<Integer> sorted = new ArrayList<>(weights);
      sorted.sort(null);
      long heaviest = 0;
      for (int i = 0; i < faults; i++) {
        heaviest += sorted.get(n - 1 - i);
      }
      if (total > factor * heaviest && !sorted.get(0).equals(sorted.get(n - 1))) {
        return weights;
      }
    }
    return uniform(n);
  }

  private Limits drawLimits(SplittableRandom random, long timeout, boolean signed) {
    int requestBytes = 1_024;
    int sessionWindow = between(random, 1, 8);
    return new Limits(
        any(random, List.of(1, 2, 4, 8, 16, 64)),
        any(random, List.of(2_048, 8_192, 65_536)),
        requestBytes,
        sessionWindow,
        between(random, 3, 6),
        64,
        any(random, List.of(8 << 10, 64 << 10, 1 << 20, 1 << 20)),
        chance(random, 10) ? timeout * 40 : 600_000_000L,
        chance(random, 30) ? timeout * 80 : 60_000_000L,
        1_000L * between(random, 50, 500),
        signed ? RequestAuthentication.SIGNED : RequestAuthentication.VOUCHED);
  }

  private Workload drawWorkload(SplittableRandom random, View view, long healAt) {
    int clients = small ? between(random, 1, 3) : between(random, 2, 8);
    int operations =
        small ? between(random, 10, 30) / clients + 1 : between(random, 200, 360) / clients + 1;
    int afterHeal = small ? between(random, 1, 2) : between(random, 3, 12);
    int outstanding = chance(random, 50) ? 1 : between(random, 1, view.limits().sessionWindow());
    // Spread over the whole fault phase: a fault in an idle group shows little.
    long think = healAt * outstanding / operations;
    // Judging a history takes time exponential in what is concurrent on one register.
    int keysMin = 1 + clients * outstanding / 12;
    return new Workload(
        clients,
        operations,
        afterHeal,
        think,
        outstanding,
        between(random, keysMin, keysMin + 5),
        any(random, List.of(0, 20, 50)),
        any(random, List.of(0, 50, 100)),
        any(random, List.of(0, 10, 50)),
        // Operations that a restart leaves unknown make judging just as hard.
        any(random, small ? List.of(0, 0, 20, 100) : List.of(0, 0, 10, 30)),
        chance(random, small ? 10 : 25));
  }

  // ---- Byzantine replicas and clients

  /** Returns how many faulty replicas the group still has room for. */
  private int drawAdversaries(
      View view, SortedMap<Integer, List<String>> adversaries, List<FaultEvent> faults) {
    SplittableRandom random = stream(seed, "adversaries");
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < view.size(); i++) {
      order.add(i);
    }
    shuffle(random, order);
    if (chance(random, 50)) {
      // The first leader does the most damage.
      order.remove((Integer) 0);
      order.add(0, 0);
    }
    int room = view.faults();
    int number = room > 0 && chance(random, 90) ? between(random, 1, room) : 0;
    boolean together = chance(random, 50);
    boolean wrongClock = chance(random, 12);
    List<String> names = Adversaries.names();
    if (wrongClock && number == room) {
      number--;
    }
    boolean forced = wantsAdversary() && !AdversaryNames.isClient(restrictions.adversary());
    if (forced) {
      number = Math.max(number, 1);
      names = List.of(restrictions.adversary());
    } else if (restrictions.adversary() != null || restrictions.fault() != null) {
      number = 0;
    }
    if (view.byzantine()) {
      List<String> shared = behaviours(random, names, 0);
      for (int i = 0; i < number; i++) {
        List<String> own = behaviours(random, names, i);
        adversaries.put(order.get(i), together ? shared : own);
      }
      room -= adversaries.size();
      boolean wanted =
          restrictions.fault() == null
              ? wrongClock
              : restrictions.fault().equals(Fault.WRONG_CLOCK.label());
      if (room > 0 && wanted) {
        long bound = view.limits().clockBoundMicros();
        long off = any(random, List.of(bound * 2, bound * 20, 315_360_000_000_000L));
        boolean behind = chance(random, 50) && off < bound * 100;
        faults.add(
            new FaultEvent(
                faults.size(),
                Fault.WRONG_CLOCK,
                0,
                Long.MAX_VALUE,
                1L << order.get(adversaries.size()),
                0,
                behind ? -off : off));
        room--;
      }
    }
    return room;
  }

  /**
   * Two or three behaviours. They go through all names with consecutive seeds, in another order
   * each time, so that each of them gets its share of every block of seeds.
   */
  private List<String> behaviours(SplittableRandom random, List<String> names, int slot) {
    int number = random.nextInt(3) == 0 ? 2 : 3;
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      String name = inTurn(names, "behaviour " + slot + " " + i);
      if (!chosen.contains(name)) {
        chosen.add(name);
      }
    }
    return chosen;
  }

  private String inTurn(List<String> names, String purpose) {
    long block = Math.floorDiv(seed, (long) names.size());
    List<String> order = new ArrayList<>(names);
    shuffle(stream(block, purpose), order);
    return order.get((int) Math.floorMod(seed, (long) names.size()));
  }

  private List<String> drawClientAdversaries(View view) {
    SplittableRandom random = stream(seed, "client adversaries");
    List<String> names = ClientAdversaries.names();
    int number = chance(random, small ? 35 : 55) ? between(random, 1, 2) : 0;
    String first = inTurn(names, "client");
    String second = any(random, names);
    if (!view.byzantine()) {
      // Crash mode trusts its clients, as it trusts its replicas.
      return List.of();
    }
    if (restrictions.adversary() != null) {
      return wantsAdversary() && AdversaryNames.isClient(restrictions.adversary())
          ? List.of(restrictions.adversary())
          : List.of();
    }
    if (restrictions.fault() != null || number == 0) {
      return List.of();
    }
    return number == 1 || first.equals(second) ? List.of(first) : List.of(first, second);
  }

  // ---- faults of the environment

  private void drawFaults(
      View view,
      boolean durable,
      Timing timing,
      long healAt,
      Workload workload,
      SortedMap<Integer, List<String>> adversaries,
      int tolerable,
      List<FaultEvent> faults) {
    SplittableRandom random = stream(seed, "fault classes");
    Set<Fault> on = EnumSet.noneOf(Fault.class);
    for (Fault fault : Fault.values()) {
      boolean drawn = chance(random, small ? 20 : 35);
      if (restrictions.fault() == null ? drawn : restrictions.fault().equals(fault.label())) {
        on.add(fault);
      }
    }
    long everybody = (1L << view.size()) - 1;
    long byzantine = 0;
    for (int replica : adversaries.keySet()) {
      byzantine |= 1L << replica;
    }
    for (Fault fault : Fault.values()) {
      if (!on.contains(fault) || fault == Fault.WRONG_CLOCK) {
        continue;
      }
      // A stream per class: switching one off does not change the others.
      SplittableRandom dice = stream(seed, "fault " + fault.label());
      int number = small ? between(dice, 1, 3) : between(dice, 1, 6);
      for (int i = 0; i < number; i++) {
        FaultEvent event =
            drawFault(
                dice,
                fault,
                faults.size(),
                view,
                timing,
                healAt,
                workload,
                everybody,
                everybody & ~byzantine);
        if (event != null) {
          faults.add(event);
        }
      }
    }
  }

  private static FaultEvent drawFault(
      SplittableRandom dice,
      Fault fault,
      int id,
      View view,
      Timing timing,
      long healAt,
      Workload workload,
      long everybody,
      long correct) {
    long timeout = timing.requestTimeout();
    long at = dice.nextLong(healAt);
    long length = (long) (timeout * Math.pow(2, dice.nextDouble() * 5 - 2));
    long until = Math.min(at + length, healAt);
    long targets = subset(dice, everybody);
    long peers = 0;
    long amount = 0;
    switch (fault) {
      case LOSS -> amount = any(dice, List.of(5_000, 50_000, 200_000, 500_000));
      case DUPLICATION -> amount = any(dice, List.of(20_000, 200_000, 600_000));
      case REORDERING -> amount = any(dice, List.of(500, 5_000, (int) timeout / 2));
      case DELAY -> amount = (long) (timeout * Math.pow(2, dice.nextDouble() * 6 - 4));
      case PARTITION, STALL -> {
        targets = dice.nextInt(3) == 0 ? one(dice, everybody) : subset(dice, everybody);
        peers = everybody & ~targets;
      }
      case ONE_WAY -> {
        targets = dice.nextInt(2) == 0 ? one(dice, everybody) : subset(dice, everybody);
        peers = dice.nextInt(2) == 0 ? everybody & ~targets : subset(dice, everybody);
      }
      case RECONNECT -> {
        peers = subset(dice, everybody);
        until = at;
      }
      case TARGETED -> {
        int modulus = dice.nextInt(3) == 0 ? 1 : between(dice, 2, Math.max(2, view.window() + 1));
        amount =
            new Filter(any(dice, List.of(Filter.Type.values())), modulus, dice.nextInt(modulus))
                .encode();
      }
      case CRASH, POWER -> {
        targets = dice.nextInt(2) == 0 ? one(dice, correct) : subset(dice, everybody) & correct;
        until = dice.nextInt(2) == 0 ? Math.min(at + length / 8, healAt) : until;
      }
      case PERSISTENCE_CRASH -> {
        targets = dice.nextInt(2) == 0 ? one(dice, correct) : subset(dice, everybody) & correct;
        amount = between(dice, 1, 60);
      }
      case BLACKOUT -> targets = correct;
      case DISK_FULL ->
          targets = dice.nextInt(2) == 0 ? one(dice, correct) : subset(dice, everybody) & correct;
      case DISK_LOSS, BIT_ROT, CHECKPOINT_ROT -> targets = one(dice, correct);
      case PAUSE -> targets = dice.nextInt(2) == 0 ? one(dice, correct) : targets & correct;
      case CLOCK -> {
        targets = one(dice, correct);
        long half = view.limits().clockBoundMicros() / 2;
        // Clocks of correct replicas differ by less than the bound at any time.
        amount = dice.nextLong(-half + 1, half);
      }
      case CLIENT_LINK -> {
        // Liveness is promised to clients with links to f+1 correct replicas (RULES 13).
        int spare = Long.bitCount(correct) - (view.faults() + 1);
        if (spare <= 0) {
          return null;
        }
        peers = 1L << dice.nextInt(workload.clients());
        targets = 0;
        for (int i = 0; i < between(dice, 1, spare); i++) {
          targets |= one(dice, correct);
        }
        at = 0;
        until = Long.MAX_VALUE;
      }
      default -> throw new IllegalStateException(fault.label());
    }
    return targets == 0 ? null : new FaultEvent(id, fault, at, until, targets, peers, amount);
  }

  private static long one(SplittableRandom dice, long among) {
    int skip = dice.nextInt(Long.bitCount(among));
    long rest = among;
    for (int i = 0; i < skip; i++) {
      rest &= rest - 1;
    }
    return Long.lowestOneBit(rest);
  }

  private static long subset(SplittableRandom dice, long among) {
    switch (dice.nextInt(4)) {
      case 0:
        return among;
      case 1:
        return one(dice, among);
      default:
        long chosen = dice.nextLong() & among;
        return chosen == 0 ? one(dice, among) : chosen;
    }
  }
}
