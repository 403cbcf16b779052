package dev.lockstep.protocol.replica.regency;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.Message.StopData;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.rules.SelectionRule;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the leader of an installed regency does: it collects STOPDATA, and as soon as the entries of
 * a vote quorum settle every open instance it sends them to all as SYNC.
 *
 * <pre>
 *   STOPDATA(r) of each, checked -&gt; entries of a vote quorum and sound -&gt; SYNC(r) with all entries
 * </pre>
 */
public final class SyncLeader implements RegencyListener {
  private final int self;
  private final Genesis genesis;
  private final ViewHistory views;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Entries check;
  private final Signer signer;
  private final SoundSet sound;
  private final SyncFollower follower;

  /** The regency that {@link #entries} and {@link #proofs} belong to. */
  private long collecting;

  /** Of each sender the first valid entry of its newest incarnation, in the order of arrival. */
  private final LinkedHashMap<Integer, SignedTestimony> entries = new LinkedHashMap<>();

  /** What was checked of what the entries show of others. */
  private final Set<Claim> genuine = new HashSet<>();

  private final Map<Long, Map<Digest, Certificate>> proofs = new HashMap<>();

  /** STOPDATA of regencies not installed yet: of each sender the highest. */
  private final TreeMap<Integer, StopData> early = new TreeMap<>();

  /**
   * @param signer may be null in crash mode
   * @param follower takes this replica's own SYNC
   */
  public SyncLeader(
      int self,
      Genesis genesis,
      ViewHistory views,
      Outbox out,
      DecisionLog log,
      Window window,
      Regency regency,
      Entries check,
      Signer signer,
      SelectionRule rule,
      SyncFollower follower) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.out = out;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.check = check;
    this.signer = signer;
    this.sound = new SoundSet(check, rule);
    this.follower = follower;
  }

  @Override
  public void onInstalled(long installed) {
    for (int from : List.copyOf(early.keySet())) {
      StopData message = early.get(from);
      if (message != null && message.testimony().core().regency() <= installed) {
        early.remove(from);
        onStopData(from, message);
      }
    }
  }

  public void onStopData(int from, StopData message) {
    Testimony core = message.testimony().core();
    if (core.replica() != from) {
      out.count(Event.BAD_STOPDATA, from);
      return;
    }
    if (core.regency() > regency.installed()) {
      keepEarly(from, message);
      return;
    }
    if (core.regency() < regency.installed() || regency.isSynced()) {
      out.count(Event.STALE_REGENCY, from);
      return;
    }
    if (!regency.isLeader()) {
      out.count(Event.NOT_LEADER, from);
      return;
    }
    begin();
    SignedTestimony before = entries.get(from);
    if (before != null && before.core().incarnation() >= core.incarnation()) {
      return; // resent, or outdated; the first one counts
    }
    Map<Long, Map<Digest, Certificate>> offered = provedOrNull(message);
    if (offered == null
        || !check.isValid(core, regency.installed(), offered)
        || !check.areGenuine(core.acknowledged(), genuine)) {
      out.count(Event.BAD_STOPDATA, from);
      return;
    }
    entries.put(from, message.testimony());
    offered.forEach(
        (t, byDigest) -> proofs.computeIfAbsent(t, any -> new HashMap<>()).putAll(byDigest));
    maybeSync();
  }

  /** What the certificates beside an entry prove; null if anything about it is wrong. */
  private Map<Long, Map<Digest, Certificate>> provedOrNull(StopData message) {
    return message.certificates().size() > 2 * genesis.window()
            || !check.isAuthentic(message.testimony())
        ? null
        : check.verifiedOrNull(
            message.certificates(), Entries.decidedIn(List.of(message.testimony().core())));
  }

  /** Unchecked, so only of regencies that this replica will lead, and one of each sender. */
  private void keepEarly(int from, StopData message) {
    long wanted = message.testimony().core().regency();
    if (regency.leaderOf(wanted) != self) {
      out.count(Event.NOT_LEADER, from);
      return;
    }
    StopData before = early.get(from);
    if (before == null || before.testimony().core().regency() < wanted) {
      early.put(from, message);
    }
  }

  /** What was collected for a lower regency says nothing in this one. */
  private void begin() {
    if (collecting != regency.installed()) {
      collecting = regency.installed();
      entries.clear();
      proofs.clear();
      genuine.clear();
    }
  }

  private void maybeSync() {
    SoundSet.Found found =
        sound.findOrNull(List.copyOf(entries.values()), views.quorums(log.last() + 1));
    if (found == null) {
      return;
    }
    List<SignedTestimony> set = found.entries();
    Outcome result = found.outcome();
    List<Certificate> certificates = proofsOf(set);
    Bytes signature =
        genesis.byzantine()
            ? signer.sign(Statements.sync(genesis.cluster(), regency.installed(), self, set))
            : Bytes.EMPTY;
    Sync sync = new Sync(regency.installed(), set, certificates, valuesOf(result), signature);
    out.broadcast(sync);
    follower.process(sync, result);
  }

  /** The certificates of all that the entries call decided, ascending. */
  private List<Certificate> proofsOf(List<SignedTestimony> set) {
    Set<Testimony.Decided> wanted =
        Entries.decidedIn(set.stream().map(SignedTestimony::core).toList());
    List<Certificate> certificates = new ArrayList<>();
    new TreeMap<>(proofs)
        .forEach(
            (t, byDigest) ->
                new TreeMap<>(byDigest)
                    .forEach(
                        (digest, certificate) -> {
                          if (wanted.contains(new Testimony.Decided(t, digest))) {
                            certificates.add(certificate);
                          }
                        }));
    return certificates;
  }

  /** The chosen values that are here. */
  private List<Batch> valuesOf(Outcome result) {
    List<Batch> values = new ArrayList<>();
    result
        .choices()
        .forEach(
            (t, choice) -> {
              Slot slot = window.slotOrNull(t);
              Batch value =
                  slot == null || choice.digest() == null ? null : slot.values.get(choice.digest());
              if (value != null) {
                values.add(value);
              }
            });
    return values;
  }

  /** For stall reports. */
  public String describe() {
    begin();
    return regency.isLeader() ? " entries of " + entries.keySet() : "";
  }
}
