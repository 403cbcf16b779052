package dev.lockstep.simulator.adversary.catalogue;

import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.compound.ByzzFuzz;
import dev.lockstep.simulator.adversary.compound.Chain;
import dev.lockstep.simulator.adversary.compound.Chaos;
import dev.lockstep.simulator.adversary.compound.Lurker;
import dev.lockstep.simulator.adversary.compound.Twins;
import dev.lockstep.simulator.adversary.follower.BadAnswers;
import dev.lockstep.simulator.adversary.follower.BadSignature;
import dev.lockstep.simulator.adversary.follower.CrashMute;
import dev.lockstep.simulator.adversary.follower.DelayedVotes;
import dev.lockstep.simulator.adversary.follower.DoubleVote;
import dev.lockstep.simulator.adversary.follower.FakeDecision;
import dev.lockstep.simulator.adversary.follower.FalseMissing;
import dev.lockstep.simulator.adversary.follower.FalseReplies;
import dev.lockstep.simulator.adversary.follower.FalseVouch;
import dev.lockstep.simulator.adversary.follower.Flood;
import dev.lockstep.simulator.adversary.follower.LyingRecovery;
import dev.lockstep.simulator.adversary.follower.LyingStatus;
import dev.lockstep.simulator.adversary.follower.QuorumEdge;
import dev.lockstep.simulator.adversary.follower.RandomVotes;
import dev.lockstep.simulator.adversary.follower.ReplayVotes;
import dev.lockstep.simulator.adversary.follower.SelectivelySilent;
import dev.lockstep.simulator.adversary.follower.StopSpam;
import dev.lockstep.simulator.adversary.leader.Censor;
import dev.lockstep.simulator.adversary.leader.Equivocate;
import dev.lockstep.simulator.adversary.leader.InvalidProposal;
import dev.lockstep.simulator.adversary.leader.PartialAccept;
import dev.lockstep.simulator.adversary.leader.ProposeToFew;
import dev.lockstep.simulator.adversary.leader.Reorder;
import dev.lockstep.simulator.adversary.leader.ReplayDecided;
import dev.lockstep.simulator.adversary.leader.SilentLeader;
import dev.lockstep.simulator.adversary.leader.SlowLeader;
import dev.lockstep.simulator.adversary.leader.VoteOther;
import dev.lockstep.simulator.adversary.leader.WrongInstance;
import dev.lockstep.simulator.adversary.stopdata.SplitIncarnations;
import dev.lockstep.simulator.adversary.stopdata.StopDataFakeLock;
import dev.lockstep.simulator.adversary.stopdata.StopDataHide;
import dev.lockstep.simulator.adversary.stopdata.StopDataHigh;
import dev.lockstep.simulator.adversary.stopdata.StopDataLate;
import dev.lockstep.simulator.adversary.stopdata.StopDataLow;
import dev.lockstep.simulator.adversary.stopdata.StopDataMany;
import dev.lockstep.simulator.adversary.stopdata.StopDataStale;
import dev.lockstep.simulator.adversary.sync.NoSync;
import dev.lockstep.simulator.adversary.sync.SyncBelow;
import dev.lockstep.simulator.adversary.sync.SyncInvalid;
import dev.lockstep.simulator.adversary.sync.SyncOmit;
import dev.lockstep.simulator.adversary.sync.SyncPick;
import dev.lockstep.simulator.adversary.sync.SyncToFew;
import dev.lockstep.simulator.adversary.sync.SyncUnsound;
import dev.lockstep.simulator.adversary.transfer.BadPieces;
import dev.lockstep.simulator.adversary.transfer.FalseOffers;
import dev.lockstep.simulator.adversary.transfer.ForgedState;
import dev.lockstep.simulator.adversary.transfer.TransferFlood;
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
        "leader proposes two valid values to two halves and votes for both",
        Stage.SPLIT,
        Equivocate::new);
    add(
        "propose-to-few",
        "leader works with just enough replicas and isolates the rest",
        Stage.DELIVERY,
        ProposeToFew::new);
    add(
        "partial-accept",
        "now and then lets few replicas lock and one decide, then falls silent",
        Stage.DELIVERY,
        PartialAccept::new);
    add(
        "slow-leader",
        "leader delays everything to just below the timeout, which it finds by trying",
        Stage.DELIVERY,
        SlowLeader::new);
    add(
        "censor",
        "leader never proposes the requests of one client, or of any",
        Stage.CONTENT,
        Censor::new);
    add(
        "invalid-proposal",
        "leader proposes forged, repeated, invented requests, wrong headers and times",
        Stage.CONTENT,
        InvalidProposal::new);
    add(
        "wrong-instance",
        "proposes for other instances and regencies, twice, and without leading",
        Stage.CONTENT,
        WrongInstance::new);
    add(
        "replay-decided",
        "leader proposes decided requests again under a fresh header",
        Stage.CONTENT,
        ReplayDecided::new);
    add(
        "silent-leader",
        "wins a regency and says nothing, at once or after a few instances",
        Stage.DELIVERY,
        SilentLeader::new);
    add(
        "vote-other",
        "leader proposes a valid value and votes for another one",
        Stage.CONTENT,
        VoteOther::new);
    add(
        "reorder",
        "leader turns the order within sessions around and leaves gaps",
        Stage.CONTENT,
        Reorder::new);

    // Follower.
    add(
        "double-vote",
        "votes for different values towards different replicas",
        Stage.SPLIT,
        DoubleVote::new);
    add(
        "bad-signature",
        "ACCEPTs with a signature of nothing or of something else, to some",
        Stage.CONTENT,
        BadSignature::new);
    add(
        "replay-votes",
        "repeats and relabels votes of other instances and regencies",
        Stage.CONTENT,
        ReplayVotes::new);
    add(
        "random-votes",
        "votes without a proposal, ahead of everybody",
        Stage.CONTENT,
        RandomVotes::new);
    add(
        "selectively-silent",
        "talks to just enough replicas, others every second",
        Stage.DELIVERY,
        SelectivelySilent::new);
    add(
        "delayed-votes",
        "votes and answers come around the time at which others stop waiting",
        Stage.DELIVERY,
        DelayedVotes::new);
    add(
        "stop-spam",
        "asks for the next, later and absurd regencies all the time",
        Stage.CONTENT,
        StopSpam::new);
    add(
        "flood",
        "bursts of everything that must be held, looked up or answered",
        Stage.CONTENT,
        Flood::new);
    add(
        "forged-state",
        "offers checkpoints of a state that never was, for which all conspirators vouch",
        Stage.CONTENT,
        ForgedState::new);
    add(
        "false-offers",
        "offers of checkpoints that are stale, invented or to come; says its log is gone",
        Stage.CONTENT,
        FalseOffers::new);
    add(
        "bad-pieces",
        "pieces of checkpoints are missing, late, damaged or gone",
        Stage.CONTENT,
        BadPieces::new);
    add(
        "transfer-flood",
        "asks for state all the time and sends pieces that nobody wants",
        Stage.CONTENT,
        TransferFlood::new);
    add(
        "fake-decision",
        "DECISIONs with bad, mixed, repeated, too few or foreign signatures",
        Stage.CONTENT,
        FakeDecision::new);
    add(
        "lying-status",
        "STATUS with absurd or slightly wrong instances and regencies",
        Stage.CONTENT,
        LyingStatus::new);
    add(
        "lying-recovery",
        "misleads replicas that lost their votes, and claims to be one (RULES 27)",
        Stage.CONTENT,
        LyingRecovery::new);
    add(
        "false-missing",
        "says that it misses requests that it has or that do not exist (RULES 13)",
        Stage.CONTENT,
        FalseMissing::new);
    add(
        "bad-answers",
        "answers fetches with other values, bodies and decisions, or not at all",
        Stage.CONTENT,
        BadAnswers::new);
    add(
        "false-vouch",
        "vouches for operations that the client never asked for (RULES 12)",
        Stage.CONTENT,
        FalseVouch::new);
    add(
        "false-replies",
        "lies to clients about results, outcomes, views and instances (RULES 29-31)",
        Stage.CONTENT,
        FalseReplies::new);

    // Synchronization.
    add(
        "stopdata-hide",
        "STOPDATA without its lock, write set or decisions",
        Stage.CONTENT,
        StopDataHide::new);
    add(
        "stopdata-fake-lock",
        "STOPDATA with locks that it never had",
        Stage.CONTENT,
        StopDataFakeLock::new);
    add(
        "stopdata-low",
        "STOPDATA that claims to have delivered less, with a genuine prefix",
        Stage.CONTENT,
        StopDataLow::new);
    add(
        "stopdata-high",
        "STOPDATA that claims more, with bad certificates or one for a whole prefix",
        Stage.CONTENT,
        StopDataHigh::new);
    add(
        "stopdata-stale",
        "STOPDATA of older regencies, its own and that of others",
        Stage.CONTENT,
        StopDataStale::new);
    add(
        "stopdata-many",
        "several different STOPDATAs for the same regency",
        Stage.CONTENT,
        StopDataMany::new);
    add(
        "stopdata-late",
        "STOPDATA that comes when the leader has done without",
        Stage.DELIVERY,
        StopDataLate::new);
    add(
        "split-incarnations",
        "first to tell the next leader what it voted, tells others that it lost its votes since",
        Stage.SPLIT,
        SplitIncarnations::new);
    add(
        "sync-pick",
        "leader sends each replica another sound SYNC, and proposals to match",
        Stage.SPLIT,
        SyncPick::new);
    add("sync-omit", "leader leaves out of SYNC who knows most", Stage.CONTENT, SyncOmit::new);
    add("sync-to-few", "leader sends SYNC to f+1 replicas only", Stage.DELIVERY, SyncToFew::new);
    add(
        "sync-invalid",
        "leader's SYNC has strangers, repeats, tampered entries, missing parts",
        Stage.CONTENT,
        SyncInvalid::new);
    add(
        "sync-below",
        "leader's SYNC goes on from as low an instance as it can",
        Stage.CONTENT,
        SyncBelow::new);
    add(
        "sync-unsound",
        "leader's SYNC is a quorum from which nothing follows",
        Stage.CONTENT,
        SyncUnsound::new);
    add("no-sync", "leader proposes without or before its SYNC", Stage.DELIVERY, NoSync::new);
    PLAIN = List.copyOf(ALL.keySet());
    ATTACKS_ON_SYNCHRONIZATION =
        PLAIN.stream()
            .filter(
                name ->
                    name.startsWith("stopdata-")
                        || name.contains("sync")
                        || List.of(
                                "equivocate",
                                "double-vote",
                                "partial-accept",
                                "vote-other",
                                "split-incarnations")
                            .contains(name))
            .toList();

    // Whatever the phase.
    add(
        "lock-and-hide",
        "lets few replicas lock and one decide, then denies to have voted",
        Stage.DELIVERY,
        () -> chain("lock-and-hide", List.of("partial-accept", "stopdata-hide")));
    add(
        "decide-and-rewind",
        "lets one replica decide, and as a later leader goes back before that",
        Stage.DELIVERY,
        () -> chain("decide-and-rewind", List.of("partial-accept", "sync-below")));
    add(
        "quorum-edge",
        "supports one value here and another there, and its ACCEPT reaches one only",
        Stage.SPLIT,
        QuorumEdge::new);
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
        () -> new Chaos(PLAIN.stream().map(Adversaries::create).toList()));
    add(
        "lurker",
        "correct until the regency changes, then attacks the synchronization phase",
        Stage.SPLIT,
        () -> new Lurker(ATTACKS_ON_SYNCHRONIZATION.stream().map(Adversaries::create).toList()));
    add("crash-mute", "silent from some time on", Stage.DELIVERY, CrashMute::new);
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
