package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.SignedStopData;
import dev.lockstep.protocol.message.Message.StopDataMessage;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.StopData;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Suspicion;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.Quorums;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The synchronization phase: STOP, STOPDATA, SYNC (SYNC.md; thesis 3.6.3; PROTOCOL 1.11-1.14).
 *
 * <pre>
 *   suspect -> STOP(r) to all      f+1 STOPs: join      2f+1 STOPs: install r
 *   install -> promise durable -> STOPDATA(r) to leader(r)
 *   leader: entries of a vote quorum and sound -> SYNC(r) with all entries
 *   all: recompute prefix m, horizon h and the choice for every open instance; vote for the chosen
 * </pre>
 */
final class Synchronizer implements Suspicion, DeliveryListener {
  private static final class Wanted {
    /** The highest regency that the replica asked for. */
    long regency;
  }

  private final int self;
  private final Genesis genesis;
  private final Clock clock;
  private final Outbox out;
  private final Durable durable;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Voice voice;
  private final Incarnations incarnations;
  private final Timeouts timeouts;
  private final Certificates certificates;
  private final Signer signer;
  private final Verifier verifier;
  private final Rules rules;
  private final RegencyListener life;
  private final ViewHistory views;
  private final PeerTable<Wanted> stops;

  /** The SYNC that was processed for the installed regency, to pass on; null in regency 0. */
  private Sync processed;

  /** Own STOPDATA of the installed regency; null until it may be sent. */
  private StopDataMessage own;

  private boolean ownDurable;

  /** As leader: the first valid entry of each sender for the installed regency. */
  private final LinkedHashMap<Integer, SignedStopData> entries = new LinkedHashMap<>();

  private final Map<Long, Map<Digest, Certificate>> proofs = new HashMap<>();

  /** STOPDATA of regencies not installed yet: of each sender the highest. */
  private final TreeMap<Integer, StopDataMessage> earlyStopData = new TreeMap<>();

  private long timer = Long.MAX_VALUE;

  Synchronizer(
      int self,
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Outbox out,
      Durable durable,
      DecisionLog log,
      Window window,
      Regency regency,
      Voice voice,
      Incarnations incarnations,
      Timeouts timeouts,
      Certificates certificates,
      Signer signer,
      Verifier verifier,
      Rules rules,
      RegencyListener life) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.durable = durable;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.voice = voice;
    this.incarnations = incarnations;
    this.timeouts = timeouts;
    this.certificates = certificates;
    this.signer = signer;
    this.verifier = verifier;
    this.rules = rules;
    this.life = life;
    stops = new PeerTable<>(views.peers(), id -> new Wanted());
  }

  long timer() {
    return timer;
  }

  /** Takes up where storage says that this replica had promised to be. */
  void restore(long promise) {
    regency.restore(promise);
    if (!regency.isSynced()) {
      ownDurable = true;
      armTimer();
    }
  }

  private void armTimer() {
    timer = clock.now() + timeouts.current();
  }

  // ---- STOP -----------------------------------------------------------------------------------

  /** This replica has a reason of its own to replace the leader of the installed regency. */
  @Override
  public void suspect(String reason) {
    if (regency.isAsking() || !voice.maySuspect()) {
      return;
    }
    out.count(Event.SUSPECTED_LEADER, regency.leader());
    out.trace("suspect", reason);
    startChange(regency.installed() + 1);
  }

  private void startChange(long wanted) {
    if (wanted <= regency.asked()) {
      return;
    }
    regency.ask(wanted);
    stops.of(self).regency = wanted;
    out.broadcast(new Message.Stop(wanted));
    countStops();
  }

  /** STOP(r) asks for every regency up to r, so the highest of each member is all that counts. */
  void onStop(int from, long wanted) {
    if (wanted <= stops.of(from).regency || wanted > Long.MAX_VALUE / 4) {
      return;
    }
    stops.of(from).regency = wanted;
    countStops();
    // A leader that asks for its own replacement needs no second opinion.
    if (wanted > regency.installed() && from == regency.leader()) {
      suspect("the leader abdicates");
    }
  }

  private void countStops() {
    Quorums quorums = views.installing();
    long joinable = quorums.reachedByOneCorrect(id -> stops.of(id).regency);
    long installable = quorums.reachedByInstall(id -> stops.of(id).regency);
    if (joinable > regency.asked()) {
      startChange(joinable);
      return;
    }
    if (installable > regency.installed()) {
      install(installable);
    }
  }

  // ---- install and STOPDATA ---------------------------------------------------------------------

  private void install(long installed) {
    regency.install(installed);
    stops.of(self).regency = Math.max(stops.of(self).regency, installed);
    processed = null;
    own = null;
    ownDurable = false;
    entries.clear();
    proofs.clear();
    timeouts.onRegencyInstalled();
    armTimer();
    out.count(Event.INSTALLED_REGENCY);
    out.trace("install", "leader " + regency.leader());
    life.onInstalled(installed);
    durable.persist(
        new Record.Promised(installed),
        () -> {
          if (regency.installed() == installed) {
            ownDurable = true;
            sendStopData();
          }
        });
    maybeMakeStopData();
    for (int from : List.copyOf(earlyStopData.keySet())) {
      StopDataMessage early = earlyStopData.get(from);
      if (early != null && early.stopData().core().regency() <= installed) {
        earlyStopData.remove(from);
        onStopData(from, early);
      }
    }
  }

  /**
   * Makes the STOPDATA of the installed regency, frozen from then on, as soon as this replica may
   * speak about its votes (RULES 26, 27).
   */
  void maybeMakeStopData() {
    if (own != null || regency.isSynced() || regency.installed() == 0 || !voice.mayTestify()) {
      return;
    }
    long last = log.last();
    int w = genesis.window();
    List<StopData.Decided> prefix = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = rules.entries().firstProof(last, w); t <= last; t++) {
      Certificate certificate = log.certificateOrNull(t);
      prefix.add(new StopData.Decided(t, certificate.digest()));
      certificates.add(certificate);
    }
    List<StopData.Open> open = new ArrayList<>();
    for (long t = last + 1; t <= last + w; t++) {
      Slot slot = window.slotOrNull(t);
      StopData.Open state = slot == null ? null : slot.consensus.state();
      if (state != null && state.decided() == null && votedNow(state)) {
        // Restarted after this regency had begun: it is too late to speak about what was before.
        return;
      }
      if (state != null) {
        open.add(state);
        if (state.decided() != null) {
          certificates.add(slot.consensus.decision());
        }
      }
    }
    StopData core =
        new StopData(regency.installed(), self, voice.incarnation(), last, prefix, open);
    Bytes signature =
        genesis.byzantine()
            ? signer.sign(Statements.stopData(genesis.cluster(), core))
            : Bytes.EMPTY;
    own = new StopDataMessage(new SignedStopData(core, signature), certificates);
    sendStopData();
  }

  private boolean votedNow(StopData.Open state) {
    return state.lock().regency() >= regency.installed()
        || state.writeSet().stream().anyMatch(written -> written.regency() >= regency.installed());
  }

  private void sendStopData() {
    if (own == null || !ownDurable || regency.isSynced()) {
      return;
    }
    int leader = regency.leader();
    if (leader == self) {
      onStopData(self, own);
    } else {
      out.send(leader, own);
    }
  }

  /** Sends what the peer seems to lack of the installed regency. */
  void resendTo(int peer, long peerRegency, boolean peerSynced) {
    if (regency.isSynced()
        && processed != null
        && (peerRegency < regency.installed() || !peerSynced)) {
      out.send(peer, processed);
      out.count(Event.RESENT, peer);
    } else if (!regency.isSynced() && peer == regency.leader() && own != null && ownDurable) {
      out.send(peer, own);
      out.count(Event.RESENT, peer);
    }
    if (regency.asked() > regency.installed()) {
      out.send(peer, new Message.Stop(regency.asked()));
    }
  }

  // ---- the leader's side
  // --------------------------------------------------------------------------

  void onStopData(int from, StopDataMessage message) {
    StopData core = message.stopData().core();
    if (core.replica() != from) {
      out.count(Event.BAD_STOPDATA, from);
      return;
    }
    if (core.regency() > regency.installed()) {
      if (regency.leaderOf(core.regency()) == self
          && (!earlyStopData.containsKey(from)
              || earlyStopData.get(from).stopData().core().regency() < core.regency())) {
        earlyStopData.put(from, message);
      }
      return;
    }
    if (core.regency() < regency.installed()
        || regency.isSynced()
        || !regency.isLeader()
        || entries.containsKey(from)) {
      return;
    }
    if (message.certificates().size() > 2 * genesis.window()) {
      out.count(Event.BAD_STOPDATA, from);
      return;
    }
    Map<Long, Map<Digest, Certificate>> offered = verified(message.certificates());
    if (offered == null
        || !isAuthentic(message.stopData())
        || isOutdated(core)
        || !rules
            .entries()
            .isValid(core, regency.installed(), genesis.window(), proofsIn(offered))) {
      out.count(Event.BAD_STOPDATA, from);
      return;
    }
    entries.put(from, message.stopData());
    offered.forEach(
        (t, byDigest) -> proofs.computeIfAbsent(t, any -> new HashMap<>()).putAll(byDigest));
    maybeSync();
  }

  /** The replica lost its votes: what it stated before says nothing any more (RULES 27). */
  void forgetOutdated(int from) {
    entries.remove(from);
    earlyStopData.remove(from);
  }

  private void maybeSync() {
    List<SignedStopData> set = new ArrayList<>(entries.values());
    List<StopData> cores = set.stream().map(SignedStopData::core).toList();
    Outcome result = rules.selection().evaluate(cores, views.quorums(log.last() + 1));
    if (result == null) {
      return;
    }
    List<Certificate> certificates = new ArrayList<>();
    new TreeMap<>(proofs)
        .forEach((t, byDigest) -> new TreeMap<>(byDigest).values().forEach(certificates::add));
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
    Bytes signature =
        genesis.byzantine()
            ? signer.sign(Statements.sync(genesis.cluster(), regency.installed(), self, set))
            : Bytes.EMPTY;
    Sync sync = new Sync(regency.installed(), set, certificates, values, signature);
    out.broadcast(sync);
    process(sync, result);
  }

  // ---- the receiver's side
  // ------------------------------------------------------------------------

  /** A SYNC from its leader or passed on by anybody: its signature says whose it is. */
  void onSync(Sync sync) {
    long wanted = sync.regency();
    if (wanted < regency.installed()
        || (wanted == regency.installed() && regency.isSynced())
        || wanted < 1) {
      return;
    }
    int leader = regency.leaderOf(wanted);
    if (!hasPlausibleSize(sync)
        || (genesis.byzantine()
            && !verifier.replica(
                leader,
                Statements.sync(genesis.cluster(), wanted, leader, sync.entries()),
                sync.signature()))) {
      out.count(Event.BAD_SYNC, leader);
      return;
    }
    if (sync.entries().stream().anyMatch(entry -> isOutdated(entry.core()))) {
      // Its sender has lost its votes since (RULES 27); an honest leader may not know that.
      out.count(Event.BAD_SYNC, leader);
      return;
    }
    Outcome result = recompute(sync);
    if (result == null) {
      out.count(Event.BAD_SYNC, leader);
      if (wanted == regency.installed()) {
        suspect("its SYNC is invalid");
      }
      return;
    }
    if (wanted > regency.installed()) {
      install(wanted);
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

  /** Draws the conclusions of a SYNC from its entries; null if anything is wrong with it. */
  private Outcome recompute(Sync sync) {
    List<StopData> cores = sync.entries().stream().map(SignedStopData::core).toList();
    if (cores.stream().map(StopData::replica).distinct().count() != cores.size()) {
      return null;
    }
    if (rules.entries().receiversCheckEntries()) {
      Map<Long, Map<Digest, Certificate>> offered = verified(sync.certificates());
      if (offered == null) {
        return null;
      }
      EntryRule.Proofs known = proofsIn(offered);
      for (SignedStopData entry : sync.entries()) {
        if (!views.installing().contains(entry.core().replica())
            || !isAuthentic(entry)
            || !rules.entries().isValid(entry.core(), sync.regency(), genesis.window(), known)) {
          return null;
        }
      }
    }
    return rules.selection().evaluate(cores, views.quorums(log.last() + 1));
  }

  private boolean isAuthentic(SignedStopData entry) {
    return !genesis.byzantine()
        || verifier.replica(
            entry.core().replica(),
            Statements.stopData(genesis.cluster(), entry.core()),
            entry.signature());
  }

  /** Whether the sender is known to have lost its votes since (RULES 27). */
  private boolean isOutdated(StopData core) {
    return core.incarnation() < incarnations.of(core.replica());
  }

  /** The certificates by instance and digest, or null if one of them is invalid. */
  private Map<Long, Map<Digest, Certificate>> verified(List<Certificate> given) {
    Map<Long, Map<Digest, Certificate>> result = new HashMap<>();
    for (Certificate certificate : given) {
      if (!isKnown(certificate) && !certificates.isValid(certificate)) {
        return null;
      }
      result
          .computeIfAbsent(certificate.instance(), any -> new HashMap<>())
          .putIfAbsent(certificate.digest(), certificate);
    }
    return result;
  }

  /** What is decided here needs no second check of its signatures. */
  private boolean isKnown(Certificate certificate) {
    long t = certificate.instance();
    if (t >= 1 && t <= log.last()) {
      return certificate.equals(log.certificateOrNull(t));
    }
    Slot slot = window.slotOrNull(t);
    return slot != null && certificate.equals(slot.consensus.decision());
  }

  /** In crash mode the word of a replica is proof enough (RULES 4). */
  private EntryRule.Proofs proofsIn(Map<Long, Map<Digest, Certificate>> offered) {
    if (!genesis.byzantine()) {
      return (instance, digest) -> true;
    }
    return (instance, digest) -> {
      Map<Digest, Certificate> byDigest = offered.get(instance);
      return byDigest != null && byDigest.containsKey(digest);
    };
  }

  private void process(Sync sync, Outcome result) {
    for (Certificate certificate : sync.certificates()) {
      life.onProvedDecision(certificate);
    }
    String contradiction = contradiction(result);
    if (contradiction != null) {
      voice.halt(contradiction);
      return;
    }
    regency.sync(result);
    processed = sync;
    countOutcome();
    out.trace("sync", "m=" + result.prefix() + " h=" + result.horizon() + " " + result.choices());
    armTimer();
    life.onSynced(sync.values());
    maybeDisarm();
  }

  /**
   * What this replica holds decided above the prefix in a lower regency must be chosen; anything
   * else means more than f faults (SYNC.md section 1, "ahead").
   */
  private String contradiction(Outcome result) {
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

  private void countOutcome() {
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

  // ---- the sync timer
  // -----------------------------------------------------------------------------

  /** The regency got going: every instance that SYNC settled is delivered. */
  void maybeDisarm() {
    if (regency.isSynced() && log.last() >= regency.selection().horizon()) {
      timer = Long.MAX_VALUE;
    }
  }

  void onTime() {
    if (clock.now() < timer) {
      return;
    }
    armTimer();
    boolean behind = regency.isSynced() && log.last() < regency.selection().prefix();
    if (rules.regency().hasSyncTimer() && !behind) {
      suspect("the regency does not get going");
    }
  }

  String describe() {
    StringBuilder wanted = new StringBuilder();
    stops.forEachState(each -> wanted.append(wanted.isEmpty() ? "" : ", ").append(each.regency));
    return "regency "
        + regency.installed()
        + (regency.isSynced() ? " synced" : " NOT synced")
        + " next "
        + regency.asked()
        + " stops ["
        + wanted
        + "] m="
        + regency.selection().prefix()
        + " h="
        + regency.selection().horizon()
        + (regency.isLeader() ? " entries of " + entries.keySet() : "");
  }

  @Override
  public void onDelivered() {
    maybeDisarm();
    maybeMakeStopData();
  }

  @Override
  public void onProved() {
    onDelivered();
  }
}
