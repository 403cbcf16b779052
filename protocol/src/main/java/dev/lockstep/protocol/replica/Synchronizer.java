package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.SignedStopData;
import dev.lockstep.protocol.message.Message.StopDataMessage;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.StopData;
import dev.lockstep.protocol.port.Actions.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
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
final class Synchronizer {
  private final Replica replica;
  private final long[] stops;

  /** Installed regency. Invariant: no lower one is voted in; {@code installed <= next}. */
  private long installed;

  /** Highest regency that this replica asked for. */
  private long next;

  private boolean synced = true;
  private Outcome outcome = new Outcome(0, 0, new TreeMap<>());

  /** The SYNC that was processed for the installed regency, to pass on; null in regency 0. */
  private Sync processed;

  /** Own STOPDATA of the installed regency; null until it may be sent. */
  private StopDataMessage own;

  private boolean ownDurable;

  /** As leader: the first valid entry of each sender for the installed regency. */
  private final LinkedHashMap<Integer, SignedStopData> entries = new LinkedHashMap<>();

  private final Map<Long, Map<Digest, Certificate>> proofs = new HashMap<>();

  /** STOPDATA and SYNC of regencies not installed yet: of each sender the highest. */
  private final StopDataMessage[] earlyStopData;

  private long timer = Long.MAX_VALUE;

  Synchronizer(Replica replica) {
    this.replica = replica;
    stops = new long[replica.view().size()];
    earlyStopData = new StopDataMessage[stops.length];
  }

  long installed() {
    return installed;
  }

  long next() {
    return next;
  }

  boolean isSynced() {
    return synced;
  }

  Outcome outcome() {
    return outcome;
  }

  Sync processed() {
    return processed;
  }

  long timer() {
    return timer;
  }

  /** Takes up where storage says that this replica had promised to be. */
  void restore(long promise) {
    installed = promise;
    next = promise;
    synced = promise == 0;
    if (!synced) {
      ownDurable = true;
      armTimer();
    }
  }

  private void armTimer() {
    timer = replica.now() + replica.timeouts().current();
  }

  // ---- STOP -----------------------------------------------------------------------------------

  /** This replica has a reason of its own to replace the leader of the installed regency. */
  void suspect(String reason) {
    if (next > installed || !replica.maySuspect()) {
      return;
    }
    replica.count(Event.SUSPECTED_LEADER, replica.view().leader(installed));
    replica.trace("suspect", reason);
    startChange(installed + 1);
  }

  private void startChange(long regency) {
    if (regency <= next) {
      return;
    }
    next = regency;
    stops[replica.selfIndex()] = regency;
    replica.broadcast(new Message.Stop(regency));
    countStops();
  }

  /** STOP(r) asks for every regency up to r, so the highest of each member is all that counts. */
  void onStop(int member, long regency) {
    if (regency <= stops[member] || regency > Long.MAX_VALUE / 4) {
      return;
    }
    stops[member] = regency;
    countStops();
    // A leader that asks for its own replacement needs no second opinion.
    if (regency > installed
        && replica.view().members().get(member).replica() == replica.view().leader(installed)) {
      suspect("the leader abdicates");
    }
  }

  private void countStops() {
    long[] sorted = stops.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    long joinable = sorted[n - Math.min(n, replica.quorums().oneCorrect())];
    long installable = sorted[n - Math.min(n, replica.quorums().install())];
    if (joinable > next) {
      startChange(joinable);
      return;
    }
    if (installable > installed) {
      install(installable);
    }
  }

  // ---- install and STOPDATA ---------------------------------------------------------------------

  private void install(long regency) {
    installed = regency;
    next = Math.max(next, regency);
    stops[replica.selfIndex()] = Math.max(stops[replica.selfIndex()], regency);
    synced = false;
    processed = null;
    own = null;
    ownDurable = false;
    entries.clear();
    proofs.clear();
    replica.timeouts().onRegencyInstalled();
    armTimer();
    replica.count(Event.INSTALLED_REGENCY, -1);
    replica.trace("install", "leader " + replica.view().leader(regency));
    replica.onInstalled(regency);
    replica
        .persistence()
        .persist(
            new Record.Promised(regency),
            () -> {
              if (installed == regency) {
                ownDurable = true;
                sendStopData();
              }
            });
    maybeMakeStopData();
    for (int member = 0; member < earlyStopData.length; member++) {
      StopDataMessage early = earlyStopData[member];
      if (early != null && early.stopData().core().regency() <= regency) {
        earlyStopData[member] = null;
        onStopData(member, early);
      }
    }
  }

  /**
   * Makes the STOPDATA of the installed regency, frozen from then on, as soon as this replica may
   * speak about its votes (RULES 26, 27).
   */
  void maybeMakeStopData() {
    if (own != null || synced || installed == 0 || !replica.mayTestify()) {
      return;
    }
    long last = replica.lastDelivered();
    int window = replica.view().window();
    List<StopData.Decided> prefix = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = replica.rules().entries().firstProof(last, window); t <= last; t++) {
      Certificate certificate = replica.log().certificateOrNull(t);
      prefix.add(new StopData.Decided(t, certificate.digest()));
      certificates.add(certificate);
    }
    List<StopData.Open> open = new ArrayList<>();
    for (long t = last + 1; t <= last + window; t++) {
      Slot slot = replica.slotOrNull(t);
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
        new StopData(installed, replica.id(), replica.recovery().incarnation(), last, prefix, open);
    Bytes signature =
        replica.view().byzantine()
            ? replica.signer().sign(Statements.stopData(replica.cluster(), core))
            : Bytes.EMPTY;
    own = new StopDataMessage(new SignedStopData(core, signature), certificates);
    sendStopData();
  }

  private boolean votedNow(StopData.Open state) {
    return state.lock().regency() >= installed
        || state.writeSet().stream().anyMatch(written -> written.regency() >= installed);
  }

  private void sendStopData() {
    if (own == null || !ownDurable || synced) {
      return;
    }
    int leader = replica.view().leader(installed);
    if (leader == replica.id()) {
      onStopData(replica.selfIndex(), own);
    } else {
      replica.send(leader, own);
    }
  }

  /** Sends what the peer seems to lack of the installed regency. */
  void resendTo(int peer, long peerRegency, boolean peerSynced) {
    if (synced && processed != null && (peerRegency < installed || !peerSynced)) {
      replica.send(peer, processed);
      replica.count(Event.RESENT, peer);
    } else if (!synced && peer == replica.view().leader(installed) && own != null && ownDurable) {
      replica.send(peer, own);
      replica.count(Event.RESENT, peer);
    }
    if (next > installed) {
      replica.send(peer, new Message.Stop(next));
    }
  }

  // ---- the leader's side
  // --------------------------------------------------------------------------

  void onStopData(int member, StopDataMessage message) {
    StopData core = message.stopData().core();
    int sender = replica.view().members().get(member).replica();
    if (core.replica() != sender) {
      replica.count(Event.BAD_STOPDATA, sender);
      return;
    }
    if (core.regency() > installed) {
      if (replica.view().leader(core.regency()) == replica.id()
          && (earlyStopData[member] == null
              || earlyStopData[member].stopData().core().regency() < core.regency())) {
        earlyStopData[member] = message;
      }
      return;
    }
    if (core.regency() < installed
        || synced
        || replica.view().leader(installed) != replica.id()
        || entries.containsKey(sender)) {
      return;
    }
    if (message.certificates().size() > 2 * replica.view().window()) {
      replica.count(Event.BAD_STOPDATA, sender);
      return;
    }
    Map<Long, Map<Digest, Certificate>> offered = verified(message.certificates());
    if (offered == null
        || !isAuthentic(message.stopData())
        || isOutdated(core)
        || !replica
            .rules()
            .entries()
            .isValid(core, installed, replica.view().window(), proofsIn(offered))) {
      replica.count(Event.BAD_STOPDATA, sender);
      return;
    }
    entries.put(sender, message.stopData());
    offered.forEach(
        (t, byDigest) -> proofs.computeIfAbsent(t, any -> new HashMap<>()).putAll(byDigest));
    maybeSync();
  }

  /** The replica lost its votes: what it stated before says nothing any more (RULES 27). */
  void forgetOutdated(int sender) {
    entries.remove(sender);
    earlyStopData[replica.view().indexOf(sender)] = null;
  }

  private void maybeSync() {
    List<SignedStopData> set = new ArrayList<>(entries.values());
    List<StopData> cores = set.stream().map(SignedStopData::core).toList();
    Outcome result = replica.rules().selection().evaluate(cores, replica.quorums());
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
              Slot slot = replica.slotOrNull(t);
              Batch value =
                  slot == null || choice.digest() == null ? null : slot.values.get(choice.digest());
              if (value != null) {
                values.add(value);
              }
            });
    Bytes signature =
        replica.view().byzantine()
            ? replica
                .signer()
                .sign(Statements.sync(replica.cluster(), installed, replica.id(), set))
            : Bytes.EMPTY;
    Sync sync = new Sync(installed, set, certificates, values, signature);
    replica.broadcast(sync);
    process(sync, result);
  }

  // ---- the receiver's side
  // ------------------------------------------------------------------------

  /** A SYNC from its leader or passed on by anybody: its signature says whose it is. */
  void onSync(Sync sync) {
    long regency = sync.regency();
    if (regency < installed || (regency == installed && synced) || regency < 1) {
      return;
    }
    int leader = replica.view().leader(regency);
    if (!hasPlausibleSize(sync)
        || (replica.view().byzantine()
            && !replica
                .verifier()
                .replica(
                    leader,
                    Statements.sync(replica.cluster(), regency, leader, sync.entries()),
                    sync.signature()))) {
      replica.count(Event.BAD_SYNC, leader);
      return;
    }
    if (sync.entries().stream().anyMatch(entry -> isOutdated(entry.core()))) {
      // Its sender has lost its votes since (RULES 27); an honest leader may not know that.
      replica.count(Event.BAD_SYNC, leader);
      return;
    }
    Outcome result = recompute(sync);
    if (result == null) {
      replica.count(Event.BAD_SYNC, leader);
      if (regency == installed) {
        suspect("its SYNC is invalid");
      }
      return;
    }
    if (regency > installed) {
      install(regency);
    }
    process(sync, result);
  }

  private boolean hasPlausibleSize(Sync sync) {
    int n = replica.view().size();
    int window = replica.view().window();
    return sync.entries().size() <= n
        && sync.certificates().size() <= 2 * window * n
        && sync.values().size() <= 2 * window;
  }

  /** Draws the conclusions of a SYNC from its entries; null if anything is wrong with it. */
  private Outcome recompute(Sync sync) {
    List<StopData> cores = sync.entries().stream().map(SignedStopData::core).toList();
    if (cores.stream().map(StopData::replica).distinct().count() != cores.size()) {
      return null;
    }
    if (replica.rules().entries().receiversCheckEntries()) {
      Map<Long, Map<Digest, Certificate>> offered = verified(sync.certificates());
      if (offered == null) {
        return null;
      }
      EntryRule.Proofs known = proofsIn(offered);
      for (SignedStopData entry : sync.entries()) {
        if (!replica.view().contains(entry.core().replica())
            || !isAuthentic(entry)
            || !replica
                .rules()
                .entries()
                .isValid(entry.core(), sync.regency(), replica.view().window(), known)) {
          return null;
        }
      }
    }
    return replica.rules().selection().evaluate(cores, replica.quorums());
  }

  private boolean isAuthentic(SignedStopData entry) {
    return !replica.view().byzantine()
        || replica
            .verifier()
            .replica(
                entry.core().replica(),
                Statements.stopData(replica.cluster(), entry.core()),
                entry.signature());
  }

  /** Whether the sender is known to have lost its votes since (RULES 27). */
  private boolean isOutdated(StopData core) {
    return core.incarnation() < replica.recovery().knownIncarnation(core.replica());
  }

  /** The certificates by instance and digest, or null if one of them is invalid. */
  private Map<Long, Map<Digest, Certificate>> verified(List<Certificate> certificates) {
    Map<Long, Map<Digest, Certificate>> result = new HashMap<>();
    for (Certificate certificate : certificates) {
      if (!isKnown(certificate) && !replica.certificates().isValid(certificate)) {
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
    if (t >= 1 && t <= replica.lastDelivered()) {
      return certificate.equals(replica.log().certificateOrNull(t));
    }
    Slot slot = replica.slotOrNull(t);
    return slot != null && certificate.equals(slot.consensus.decision());
  }

  /** In crash mode the word of a replica is proof enough (RULES 4). */
  private EntryRule.Proofs proofsIn(Map<Long, Map<Digest, Certificate>> offered) {
    if (!replica.view().byzantine()) {
      return (instance, digest) -> true;
    }
    return (instance, digest) -> {
      Map<Digest, Certificate> byDigest = offered.get(instance);
      return byDigest != null && byDigest.containsKey(digest);
    };
  }

  private void process(Sync sync, Outcome result) {
    for (Certificate certificate : sync.certificates()) {
      replica.onProvedDecision(certificate);
    }
    String contradiction = contradiction(result);
    if (contradiction != null) {
      replica.halt(contradiction);
      return;
    }
    outcome = result;
    synced = true;
    processed = sync;
    countOutcome();
    replica.trace(
        "sync", "m=" + result.prefix() + " h=" + result.horizon() + " " + result.choices());
    armTimer();
    replica.onSynced(sync.values());
  }

  /**
   * What this replica holds decided above the prefix in a lower regency must be chosen; anything
   * else means more than f faults (SYNC.md section 1, "ahead").
   */
  private String contradiction(Outcome result) {
    for (Map.Entry<Long, Choice> each : result.choices().entrySet()) {
      long t = each.getKey();
      Certificate decision = replica.decisionOrNull(t);
      Choice choice = each.getValue();
      if (decision != null
          && decision.regency() < installed
          && !((choice.kind() == Kind.BOUND || choice.kind() == Kind.DECIDED)
              && decision.digest().equals(choice.digest()))) {
        return "instance " + t + " is decided here but SYNC chooses " + choice;
      }
    }
    return null;
  }

  private void countOutcome() {
    replica.count(Event.SYNC_PROCESSED, -1);
    boolean free = true;
    for (Choice choice : outcome.choices().values()) {
      switch (choice.kind()) {
        case BOUND -> replica.count(Event.SYNC_BOUND, -1);
        case NOOP -> replica.count(Event.SYNC_NOOP, -1);
        case DECIDED -> replica.count(Event.SYNC_DECIDED, -1);
        case FREE -> {}
      }
      free &= choice.kind() == Kind.FREE;
    }
    if (free) {
      replica.count(Event.SYNC_FREE, -1);
    }
  }

  // ---- the sync timer
  // -----------------------------------------------------------------------------

  /** The regency got going: every instance that SYNC settled is delivered. */
  void maybeDisarm() {
    if (synced && replica.lastDelivered() >= outcome.horizon()) {
      timer = Long.MAX_VALUE;
    }
  }

  void onTime() {
    if (replica.now() < timer) {
      return;
    }
    armTimer();
    boolean behind = synced && replica.lastDelivered() < outcome.prefix();
    if (replica.rules().regency().hasSyncTimer() && !behind) {
      suspect("the regency does not get going");
    }
  }

  String describe() {
    return "regency "
        + installed
        + (synced ? " synced" : " NOT synced")
        + " next "
        + next
        + " stops "
        + Arrays.toString(stops)
        + " m="
        + outcome.prefix()
        + " h="
        + outcome.horizon()
        + (replica.view().leader(installed) == replica.id()
            ? " entries of " + entries.keySet()
            : "");
  }
}
