package dev.lockstep.protocol.replica.regency;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Resends;
import dev.lockstep.protocol.rules.SelectionRule;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What everybody does with a SYNC: checks what the leader says by what it shows, computes prefix,
 * horizon and the choice for every open instance from the entries, and takes them up. It is passed
 * on to whoever lacks it.
 */
public final class SyncFollower implements Resends {
  private final Genesis genesis;
  private final ViewHistory views;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Voice voice;
  private final Entries check;
  private final Verifier verifier;
  private final SelectionRule rule;
  private final Stops stops;
  private final RegencyListener life;

  /** The last SYNC that was taken up; null before the first. */
  private Sync processed;

  public SyncFollower(
      Genesis genesis,
      ViewHistory views,
      Outbox out,
      DecisionLog log,
      Window window,
      Regency regency,
      Voice voice,
      Entries check,
      Verifier verifier,
      SelectionRule rule,
      Stops stops,
      RegencyListener life) {
    this.genesis = genesis;
    this.views = views;
    this.out = out;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.voice = voice;
    this.check = check;
    this.verifier = verifier;
    this.rule = rule;
    this.stops = stops;
    this.life = life;
  }

  /** A SYNC from its leader or passed on by anybody: its signature says whose it is. */
  public void onSync(int from, Sync sync) {
    long wanted = sync.regency();
    if (wanted < regency.installed()
        || (wanted == regency.installed() && regency.isSynced())
        || wanted < 1) {
      out.count(Event.STALE_REGENCY, from);
      return;
    }
    int leader = regency.leaderOf(wanted);
    if (!hasPlausibleSize(sync) || !isSignedBy(leader, sync)) {
      out.count(Event.BAD_SYNC, leader);
      return;
    }
    Outcome result = recompute(sync);
    if (result == null) {
      out.count(Event.BAD_SYNC, leader);
      if (wanted == regency.installed()) {
        stops.suspect("its SYNC is invalid");
      }
      return;
    }
    if (wanted > regency.installed()) {
      stops.install(wanted);
    }
    process(sync, result);
  }

  private boolean hasPlausibleSize(Sync sync) {
    int n = views.peers().size();
    int w = genesis.window();
    return sync.entries().size() <= n
        && sync.certificates().size() <= 2 * w * n
        && sync.values().size() <= 2 * w;
  }

  private boolean isSignedBy(int leader, Sync sync) {
    return !genesis.byzantine()
        || verifier.replica(
            leader,
            Statements.sync(genesis.cluster(), sync.regency(), leader, sync.entries()),
            sync.signature());
  }

  /** Draws the conclusions of a SYNC from its entries; null if anything is wrong with it. */
  private Outcome recompute(Sync sync) {
    List<Testimony> cores = sync.entries().stream().map(SignedTestimony::core).toList();
    if (cores.stream().map(Testimony::replica).distinct().count() != cores.size()
        || check.hasOutdated(cores)) {
      return null;
    }
    Map<Long, Map<Digest, Certificate>> offered =
        check.verifiedOrNull(sync.certificates(), Entries.decidedIn(cores));
    if (offered == null) {
      return null;
    }
    Set<Claim> genuine = new HashSet<>();
    for (SignedTestimony entry : sync.entries()) {
      if (!views.installing().contains(entry.core().replica())
          || !check.isAuthentic(entry)
          || !check.isValid(entry.core(), sync.regency(), offered)
          || !check.areGenuine(entry.core().acknowledged(), genuine)) {
        return null;
      }
    }
    return rule.evaluate(cores, views.quorums(log.last() + 1));
  }

  /** Takes up a SYNC of the installed regency that is good, or this replica's own. */
  void process(Sync sync, Outcome result) {
    for (Certificate certificate : sync.certificates()) {
      life.onProvedDecision(certificate);
    }
    String contradiction = contradictionOrNull(result);
    if (contradiction != null) {
      voice.halt(contradiction);
      return;
    }
    regency.sync(result);
    processed = sync;
    countChoices();
    out.trace("sync", "m=" + result.prefix() + " h=" + result.horizon() + " " + result.choices());
    stops.arm();
    life.onSynced(sync.values());
    stops.maybeDisarm();
  }

  /**
   * What this replica holds decided above the prefix in a lower regency must be chosen: a vote
   * quorum accepted it, and meets the one behind the SYNC in a correct replica that would have said
   * so. Anything else means more than f faults.
   */
  private String contradictionOrNull(Outcome result) {
    for (Map.Entry<Long, Choice> each : result.choices().entrySet()) {
      long t = each.getKey();
      Certificate decision = window.decisionOrNull(t);
      Choice choice = each.getValue();
      if (decision != null
          && decision.regency() < regency.installed()
          && !((choice.kind() == Kind.BOUND || choice.kind() == Kind.DECIDED)
              && decision.digest().equals(choice.digest()))) {
        return "instance " + t + " is decided here but SYNC chooses " + choice;
      }
    }
    return null;
  }

  private void countChoices() {
    out.count(Event.SYNC_PROCESSED);
    boolean free = true;
    for (Choice choice : regency.selection().choices().values()) {
      switch (choice.kind()) {
        case BOUND -> out.count(Event.SYNC_BOUND);
        case NOOP -> out.count(Event.SYNC_NOOP);
        case DECIDED -> out.count(Event.SYNC_DECIDED);
        case FREE -> {}
      }
      free &= choice.kind() == Kind.FREE;
    }
    if (free) {
      out.count(Event.SYNC_FREE);
    }
  }

  @Override
  public void resend(Lack lack) {
    boolean lacks = lack.regency() < regency.installed() || !lack.synced();
    if (regency.isSynced()
        && processed != null
        && processed.regency() == regency.installed()
        && lacks) {
      out.send(lack.peer(), processed);
      out.count(Event.RESENT, lack.peer());
    }
  }
}
