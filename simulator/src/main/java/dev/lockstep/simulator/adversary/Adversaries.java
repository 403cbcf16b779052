package dev.lockstep.simulator.adversary;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** All Byzantine behaviours by name. */
public final class Adversaries {
  /** Where in a combination a behaviour belongs. */
  private enum Stage {
    /** Changes what is said. */
    CONTENT,
    /** Says different things to different replicas. */
    SPLIT,
    /** Decides whether and when anything is said at all. */
    DELIVERY
  }

  private record Entry(String description, Stage stage, Supplier<Adversary> make) {}

  private static final Map<String, Entry> ALL = new LinkedHashMap<>();
  private static final List<String> PLAIN;
  private static final List<String> ATTACKS_ON_SYNCHRONIZATION;

  static {
    // Leader.
    add(
        "equivocate",
        "leader proposes two valid values to two halves and votes for both (L1)",
        Stage.SPLIT,
        LeaderBehaviours.Equivocate::new);
    add(
        "propose-to-few",
        "leader works with just enough replicas and isolates the rest (L1, L2)",
        Stage.DELIVERY,
        LeaderBehaviours.ProposeToFew::new);
    add(
        "partial-accept",
        "now and then lets few replicas lock and one decide, then falls silent (L2)",
        Stage.DELIVERY,
        LeaderBehaviours.PartialAccept::new);
    add(
        "slow-leader",
        "leader delays everything to just below the timeout, which it finds by trying (L3)",
        Stage.DELIVERY,
        LeaderBehaviours.SlowLeader::new);
    add(
        "censor",
        "leader never proposes the requests of one client, or of any (L4)",
        Stage.CONTENT,
        LeaderBehaviours.Censor::new);
    add(
        "invalid-proposal",
        "leader proposes forged, repeated, invented requests, wrong headers and times (L5)",
        Stage.CONTENT,
        LeaderBehaviours.InvalidProposal::new);
    add(
        "wrong-instance",
        "proposes for other instances and regencies, twice, and without leading (L6)",
        Stage.CONTENT,
        LeaderBehaviours.WrongInstance::new);
    add(
        "replay-decided",
        "leader proposes decided requests again under a fresh header (L7)",
        Stage.CONTENT,
        LeaderBehaviours.ReplayDecided::new);
    add(
        "silent-leader",
        "wins a regency and says nothing, at once or after a few instances (L8)",
        Stage.DELIVERY,
        LeaderBehaviours.SilentLeader::new);
    add(
        "vote-other",
        "leader proposes a valid value and votes for another one (L9)",
        Stage.CONTENT,
        LeaderBehaviours.VoteOther::new);
    add(
        "reorder",
        "leader turns the order within sessions around and leaves gaps (L10)",
        Stage.CONTENT,
        LeaderBehaviours.Reorder::new);

    // Follower.
    add(
        "double-vote",
        "votes for different values towards different replicas (F1)",
        Stage.SPLIT,
        FollowerBehaviours.DoubleVote::new);
    add(
        "bad-signature",
        "ACCEPTs with a signature of nothing or of something else, to some (F2)",
        Stage.CONTENT,
        FollowerBehaviours.BadSignature::new);
    add(
        "replay-votes",
        "repeats and relabels votes of other instances and regencies (F3)",
        Stage.CONTENT,
        FollowerBehaviours.ReplayVotes::new);
    add(
        "random-votes",
        "votes without a proposal, ahead of everybody (F4)",
        Stage.CONTENT,
        FollowerBehaviours.RandomVotes::new);
    add(
        "selectively-silent",
        "talks to just enough replicas, others every second (F5)",
        Stage.DELIVERY,
        FollowerBehaviours.SelectivelySilent::new);
    add(
        "delayed-votes",
        "votes and answers come around the time at which others stop waiting (F6)",
        Stage.DELIVERY,
        FollowerBehaviours.DelayedVotes::new);
    add(
        "stop-spam",
        "asks for the next, later and absurd regencies all the time (F7)",
        Stage.CONTENT,
        FollowerBehaviours.StopSpam::new);
    add(
        "flood",
        "bursts of everything that must be held, looked up or answered (F8)",
        Stage.CONTENT,
        FollowerBehaviours.Flood::new);
    add(
        "forged-state",
        "offers checkpoints of a state that never was, for which all conspirators vouch (T1)",
        Stage.CONTENT,
        TransferBehaviours.ForgedState::new);
    add(
        "false-offers",
        "offers of checkpoints that are stale, invented or to come; says its log is gone (T3, T6, T7)",
        Stage.CONTENT,
        TransferBehaviours.FalseOffers::new);
    add(
        "bad-pieces",
        "pieces of checkpoints are missing, late, damaged or gone (T4, T8)",
        Stage.CONTENT,
        TransferBehaviours.BadPieces::new);
    add(
        "transfer-flood",
        "asks for state all the time and sends pieces that nobody wants (T9)",
        Stage.CONTENT,
        TransferBehaviours.TransferFlood::new);
    add(
        "fake-decision",
        "DECISIONs with bad, mixed, repeated, too few or foreign signatures (F9)",
        Stage.CONTENT,
        FollowerBehaviours.FakeDecision::new);
    add(
        "lying-status",
        "STATUS with absurd or slightly wrong instances and regencies (F8)",
        Stage.CONTENT,
        FollowerBehaviours.LyingStatus::new);
    add(
        "lying-recovery",
        "misleads replicas that lost their votes, and claims to be one (RULES 27)",
        Stage.CONTENT,
        FollowerBehaviours.LyingRecovery::new);
    add(
        "false-missing",
        "says that it misses requests that it has or that do not exist (RULES 13)",
        Stage.CONTENT,
        FollowerBehaviours.FalseMissing::new);
    add(
        "bad-answers",
        "answers fetches with other values, bodies and decisions, or not at all (F9)",
        Stage.CONTENT,
        FollowerBehaviours.BadAnswers::new);
    add(
        "false-vouch",
        "vouches for operations that the client never asked for (RULES 12)",
        Stage.CONTENT,
        FollowerBehaviours.FalseVouch::new);
    add(
        "false-replies",
        "lies to clients about results, outcomes, views and instances (RULES 29-31)",
        Stage.CONTENT,
        FollowerBehaviours.FalseReplies::new);

    // Synchronization.
    add(
        "stopdata-hide",
        "STOPDATA without its lock, write set or decisions (S2)",
        Stage.CONTENT,
        StopDataBehaviours.Hide::new);
    add(
        "stopdata-fake-lock",
        "STOPDATA with locks that it never had (S1)",
        Stage.CONTENT,
        StopDataBehaviours.FakeLock::new);
    add(
        "stopdata-low",
        "STOPDATA that claims to have delivered less, with a genuine prefix (S3)",
        Stage.CONTENT,
        StopDataBehaviours.Low::new);
    add(
        "stopdata-high",
        "STOPDATA that claims more, with bad certificates or one for a whole prefix (S4)",
        Stage.CONTENT,
        StopDataBehaviours.High::new);
    add(
        "stopdata-stale",
        "STOPDATA of older regencies, its own and that of others (S5)",
        Stage.CONTENT,
        StopDataBehaviours.Stale::new);
    add(
        "stopdata-many",
        "several different STOPDATAs for the same regency (S6)",
        Stage.CONTENT,
        StopDataBehaviours.Many::new);
    add(
        "stopdata-late",
        "STOPDATA that comes when the leader has done without (S7)",
        Stage.DELIVERY,
        StopDataBehaviours.Late::new);
    add(
        "sync-pick",
        "leader sends each replica another sound SYNC, and proposals to match (SL1, SL3)",
        Stage.SPLIT,
        SyncBehaviours.Pick::new);
    add(
        "sync-omit",
        "leader leaves out of SYNC who knows most (SL2)",
        Stage.CONTENT,
        SyncBehaviours.Omit::new);
    add(
        "sync-to-few",
        "leader sends SYNC to f+1 replicas only (SL5)",
        Stage.DELIVERY,
        SyncBehaviours.ToFew::new);
    add(
        "sync-invalid",
        "leader's SYNC has strangers, repeats, tampered entries, missing parts (SL4, SL6)",
        Stage.CONTENT,
        SyncBehaviours.Invalid::new);
    add(
        "sync-below",
        "leader's SYNC goes on from as low an instance as it can (SL7)",
        Stage.CONTENT,
        SyncBehaviours.Below::new);
    add(
        "sync-unsound",
        "leader's SYNC is a quorum from which nothing follows (SL3)",
        Stage.CONTENT,
        SyncBehaviours.Unsound::new);
    add(
        "no-sync",
        "leader proposes without or before its SYNC (L8)",
        Stage.DELIVERY,
        SyncBehaviours.NoSync::new);
    PLAIN = List.copyOf(ALL.keySet());
    ATTACKS_ON_SYNCHRONIZATION =
        PLAIN.stream()
            .filter(
                name ->
                    name.startsWith("stopdata-")
                        || name.contains("sync")
                        || List.of("equivocate", "double-vote", "partial-accept", "vote-other")
                            .contains(name))
            .toList();

    // Whatever the phase.
    add(
        "lock-and-hide",
        "lets few replicas lock and one decide, then denies to have voted (T1: L2, S2)",
        Stage.DELIVERY,
        () -> chain("lock-and-hide", List.of("partial-accept", "stopdata-hide")));
    add(
        "decide-and-rewind",
        "lets one replica decide, and as a later leader goes back before that (T2: L2, SL7)",
        Stage.DELIVERY,
        () -> chain("decide-and-rewind", List.of("partial-accept", "sync-below")));
    add(
        "quorum-edge",
        "supports one value here and another there, and its ACCEPT reaches one only (L2, F1)",
        Stage.SPLIT,
        MetaBehaviours.QuorumEdge::new);
    add(
        "twins",
        "two cores with one identity, each heard by a part of the others",
        Stage.SPLIT,
        Twins::new);
    add(
        "byzzfuzz",
        "small mutations of some rounds towards some receivers",
        Stage.SPLIT,
        ByzzFuzz::new);
    add(
        "chaos",
        "changes its behaviours all the time",
        Stage.SPLIT,
        () -> new MetaBehaviours.Chaos(PLAIN.stream().map(Adversaries::create).toList()));
    add(
        "lurker",
        "correct until the regency changes, then attacks the synchronization phase",
        Stage.SPLIT,
        () ->
            new MetaBehaviours.Lurker(
                ATTACKS_ON_SYNCHRONIZATION.stream().map(Adversaries::create).toList()));
    add(
        "crash-mute",
        "silent from some time on (F5)",
        Stage.DELIVERY,
        MetaBehaviours.CrashMute::new);
  }

  private Adversaries() {}

  private static void add(String name, String description, Stage stage, Supplier<Adversary> make) {
    ALL.put(name, new Entry(description, stage, make));
  }

  private static Adversary chain(String name, List<String> members) {
    return new Chain(name, members.stream().map(Adversaries::create).toList());
  }

  private static Entry entry(String name) {
    Entry entry = ALL.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "no adversary is called " + name + "; there are " + String.join(", ", names()));
    }
    return entry;
  }

  /** All names, in an order that does not change. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /** One line for a list. */
  public static String describe(String name) {
    return entry(name).description;
  }

  /** A new instance for one replica of one run. */
  public static Adversary create(String name) {
    return entry(name).make.get();
  }

  /**
   * One adversary that behaves in all these ways: what one of them sends passes through the next.
   * Its name joins theirs with plus signs.
   */
  public static Adversary combine(List<Adversary> adversaries) {
    return adversaries.size() == 1
        ? adversaries.get(0)
        : new Chain(
            String.join("+", adversaries.stream().map(Adversary::name).toList()), adversaries);
  }

  /** The same by names, in the order in which {@link #draw} gives them. */
  public static Adversary combineNames(List<String> names) {
    return combine(names.stream().map(Adversaries::create).toList());
  }

  /**
   * Draws two to four different names, each as likely as any other, in an order in which they
   * complete each other: what changes content first, what drops and delays last.
   */
  public static List<String> draw(SplittableRandom random) {
    List<String> rest = new ArrayList<>(ALL.keySet());
    List<String> drawn = new ArrayList<>();
    int count = 2 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      drawn.add(rest.remove(random.nextInt(rest.size())));
    }
    drawn.sort(Comparator.comparing(name -> ALL.get(name).stage));
    return drawn;
  }
}
