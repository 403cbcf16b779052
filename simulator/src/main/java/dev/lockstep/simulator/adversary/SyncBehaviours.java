package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.StopData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** What the leader of a new regency does to its SYNC (PROTOCOL 6.1, SL1 to SL8). */
final class SyncBehaviours {
  private SyncBehaviours() {}

  /** A leader that sends another SYNC than its core, kept so that it repeats itself. */
  abstract static class Rewriting extends Abdicating {
    private record Receiver(long regency, int peer) {}

    private final Recent<Receiver, Message.Sync> sent = new Recent<>(128);

    Rewriting(String name) {
      super(name);
    }

    /** Returns null when there is nothing better to send than what the core says. */
    abstract Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync);

    /** Whether all receivers get the same. */
    boolean same() {
      return true;
    }

    @Override
    void sync(AdversaryContext context, int to, Message.Sync sync) {
      if (!leads(context, sync.regency())) {
        // Passed on for somebody else: it could not sign another one.
        context.send(to, sync);
        return;
      }
      Receiver receiver = new Receiver(sync.regency(), same() ? -1 : to);
      Message.Sync instead = sent.get(receiver);
      if (instead == null) {
        instead = rewrite(context, to, sync);
        instead = instead == null ? sync : instead;
        sent.put(receiver, instead);
      }
      context.send(to, instead);
    }
  }

  /** All entries that a SYNC of this leader could hold, by replica. */
  private static TreeMap<Integer, List<Message.SignedStopData>> pool(
      AdversaryContext context, Message.Sync sync) {
    TreeMap<Integer, List<Message.SignedStopData>> pool = new TreeMap<>();
    for (Message.SignedStopData entry : sync.entries()) {
      add(pool, entry);
    }
    for (int member : context.others()) {
      Message.StopDataMessage late =
          context.conspiracy().stopData.get(sync.regency() + "/" + member);
      if (late != null && !pool.containsKey(member) && genuine(context, late.stopData())) {
        add(pool, late.stopData());
      }
    }
    return pool;
  }

  /** The same, with fresh lies of the conspirators. */
  private static TreeMap<Integer, List<Message.SignedStopData>> poolWithLies(
      AdversaryContext context, Message.Sync sync, List<Certificate> certificates) {
    TreeMap<Integer, List<Message.SignedStopData>> pool = pool(context, sync);
    if (pool.isEmpty()) {
      return pool;
    }
    StopData like =
        pool.containsKey(context.self())
            ? pool.get(context.self()).get(0).core()
            : pool.firstEntry().getValue().get(0).core();
    for (int conspirator : context.conspirators()) {
      if (Forge.signer(context, conspirator) == null) {
        continue;
      }
      StopData core =
          pool.containsKey(conspirator)
              ? pool.get(conspirator).get(0).core()
              : Lies.of(like, conspirator);
      add(pool, Forge.sign(context, core));
      add(pool, Forge.sign(context, Lies.hide(core, 0)));
      add(pool, Forge.sign(context, Lies.hide(core, 1)));
      for (StopData support : cores(sync)) {
        // Says about every instance what somebody else says: certifies that replica's lock.
        if (support.replica() != conspirator && support.lastDelivered() == core.lastDelivered()) {
          add(pool, Forge.sign(context, Lies.withOpen(core, support.open())));
        }
      }
      Lies.Claim low = Lies.low(context, core, 1, List.of());
      certificates.addAll(low.certificates());
      add(pool, Forge.sign(context, low.core()));
    }
    return pool;
  }

  private static void add(
      Map<Integer, List<Message.SignedStopData>> pool, Message.SignedStopData entry) {
    pool.computeIfAbsent(entry.core().replica(), key -> new ArrayList<>()).add(entry);
  }

  private static List<StopData> cores(Message.Sync sync) {
    List<StopData> cores = new ArrayList<>();
    sync.entries().forEach(entry -> cores.add(entry.core()));
    return cores;
  }

  private static boolean genuine(AdversaryContext context, Message.SignedStopData entry) {
    return context
        .verifier()
        .replica(
            entry.core().replica(),
            Statements.stopData(context.cluster(), entry.core()),
            entry.signature());
  }

  /** A random choice of entries, one of each replica, no more than a vote quorum needs or all. */
  private static List<Message.SignedStopData> draw(
      AdversaryContext context, TreeMap<Integer, List<Message.SignedStopData>> pool) {
    SplittableRandom random = context.random();
    List<Integer> order = new ArrayList<>(pool.keySet());
    shuffle(order, random);
    boolean least = random.nextInt(4) != 0;
    List<Message.SignedStopData> drawn = new ArrayList<>();
    long mask = 0;
    for (int replica : order) {
      if (least && context.quorums().isVoteQuorum(mask)) {
        break;
      }
      drawn.add(Forge.randomOf(random, pool.get(replica)));
      mask |= context.quorums().bit(replica);
    }
    return drawn;
  }

  private static void shuffle(List<Integer> list, SplittableRandom random) {
    for (int i = list.size() - 1; i > 0; i--) {
      Collections.swap(list, i, random.nextInt(i + 1));
    }
  }

  private static List<Message.SignedStopData> byReplica(List<Message.SignedStopData> entries) {
    List<Message.SignedStopData> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingInt(entry -> entry.core().replica()));
    return sorted;
  }

  /** A SYNC of these entries with the certificates and values that it needs, as far as known. */
  private static Message.Sync build(
      AdversaryContext context,
      Message.Sync core,
      List<Message.SignedStopData> chosen,
      List<Certificate> more) {
    List<Message.SignedStopData> entries = byReplica(chosen);
    Map<StopData.Decided, Certificate> known = new HashMap<>();
    for (Certificate certificate : context.conspiracy().certificates.values()) {
      known.put(key(certificate), certificate);
    }
    for (Message.StopDataMessage data : context.conspiracy().stopData.values()) {
      data.certificates().forEach(certificate -> known.put(key(certificate), certificate));
    }
    more.forEach(certificate -> known.put(key(certificate), certificate));
    core.certificates().forEach(certificate -> known.put(key(certificate), certificate));
    Set<StopData.Decided> needed = new LinkedHashSet<>();
    for (Message.SignedStopData entry : entries) {
      needed.addAll(entry.core().prefix());
      for (StopData.Open open : entry.core().open()) {
        if (open.decided() != null) {
          needed.add(new StopData.Decided(open.instance(), open.decided()));
        }
      }
    }
    List<StopData.Decided> order = new ArrayList<>(needed);
    order.sort(
        Comparator.comparingLong(StopData.Decided::instance)
            .thenComparing(StopData.Decided::digest));
    List<Certificate> certificates = new ArrayList<>();
    for (StopData.Decided decided : order) {
      Certificate certificate = known.get(decided);
      if (certificate != null) {
        certificates.add(certificate);
      }
    }
    List<Batch> values = new ArrayList<>();
    SyncReading reading = SyncReading.ofOrNull(context, entries);
    if (reading != null) {
      for (SyncReading.Outcome outcome : reading.outcomes()) {
        Batch value =
            outcome.kind() == SyncReading.Kind.BOUND
                ? context.conspiracy().batches.get(outcome.digest())
                : null;
        if (value != null) {
          values.add(value);
        }
      }
    }
    return Forge.sync(context, core.regency(), entries, certificates, values);
  }

  private static StopData.Decided key(Certificate certificate) {
    return new StopData.Decided(certificate.instance(), certificate.digest());
  }

  /** SL1, SL3: a different sound set for each replica, and proposals and votes to match. */
  static final class Pick extends Rewriting {
    private record Round(long regency, int peer, long instance) {}

    private final Recent<Round, Digest> votes = new Recent<>(256);

    Pick() {
      super("sync-pick");
    }

    @Override
    boolean same() {
      return false;
    }

    @Override
    Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
      List<Certificate> more = new ArrayList<>();
      TreeMap<Integer, List<Message.SignedStopData>> pool = poolWithLies(context, sync, more);
      SyncReading told = SyncReading.ofOrNull(context, sync.entries());
      List<Message.SignedStopData> best = null;
      SyncReading bestReading = null;
      for (int attempt = 0; attempt < 12; attempt++) {
        List<Message.SignedStopData> drawn = draw(context, pool);
        SyncReading reading = SyncReading.ofOrNull(context, drawn);
        if (reading != null && (best == null || !reading.equals(told))) {
          best = drawn;
          bestReading = reading;
          if (!reading.equals(told)) {
            break;
          }
        }
      }
      if (best == null) {
        return null;
      }
      prepare(context, to, sync.regency(), bestReading);
      return build(context, sync, best, more);
    }

    /** Decides what this receiver is to believe from here on. */
    private void prepare(AdversaryContext context, int to, long regency, SyncReading reading) {
      long settled = reading.settled();
      for (long t = reading.m() + 1; t <= settled; t++) {
        SyncReading.Outcome outcome = reading.at(t);
        Batch like = Forge.otherBatchAt(context, t, null);
        if (outcome.kind() == SyncReading.Kind.BOUND) {
          votes.put(new Round(regency, to, t), outcome.digest());
        } else if (outcome.kind() == SyncReading.Kind.FREE && like != null) {
          Batch noop = Batch.noop(like.header().view(), t, like.header().ancestor());
          votes.put(new Round(regency, to, t), noop.digest());
        }
      }
      Batch like = Forge.otherBatchAt(context, settled + 1, null);
      if (like != null && chance(70, regency, to)) {
        // Fresh here although it may be bound elsewhere.
        Batch fresh = Forge.inRegency(Forge.sibling(like, pick(4, 1, regency, to)), regency);
        Forge.learn(context, fresh);
        votes.put(new Round(regency, to, settled + 1), fresh.digest());
        context.sendLater(
            5 * MILLIS, to, new Message.Propose(settled + 1, regency, fresh, List.of()));
        context.sendLater(6 * MILLIS, to, new Message.Write(settled + 1, regency, fresh.digest()));
      }
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      Digest instead = votes.getOrDefault(new Round(regency, to, instance), digest);
      context.send(
          to,
          instead.equals(digest) ? vote : Forge.vote(context, vote, instance, regency, instead));
    }
  }

  /** SL2: leaves the entry out that knows most, and keeps what is still a quorum if it can. */
  static final class Omit extends Rewriting {
    Omit() {
      super("sync-omit");
    }

    @Override
    Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
      List<Certificate> more = new ArrayList<>();
      TreeMap<Integer, List<Message.SignedStopData>> pool = poolWithLies(context, sync, more);
      List<Message.SignedStopData> entries = new ArrayList<>();
      for (List<Message.SignedStopData> alternatives : pool.values()) {
        // Of a conspirator the emptiest entry that it can give.
        entries.add(Collections.min(alternatives, KNOWLEDGE));
      }
      entries.sort(KNOWLEDGE);
      if (!entries.isEmpty()) {
        entries.remove(entries.size() - 1);
      }
      return build(context, sync, entries, more);
    }
  }

  /** Less knowledge first: what is delivered, decided, locked, written. */
  private static final Comparator<Message.SignedStopData> KNOWLEDGE =
      Comparator.<Message.SignedStopData>comparingLong(entry -> entry.core().lastDelivered())
          .thenComparingLong(
              entry -> entry.core().open().stream().filter(o -> o.decided() != null).count())
          .thenComparingLong(
              entry ->
                  entry.core().open().stream().mapToLong(o -> o.lock().regency()).max().orElse(-1))
          .thenComparingInt(entry -> entry.core().open().size())
          .thenComparingInt(entry -> entry.core().replica());

  /** SL5: SYNC to just enough replicas only; the others see a regency without one. */
  static final class ToFew extends Abdicating {
    ToFew() {
      super("sync-to-few");
    }

    @Override
    void sync(AdversaryContext context, int to, Message.Sync sync) {
      List<Integer> few = shuffledCorrect(context, sync.regency());
      few = few.subList(0, Math.min(few.size(), context.quorums().oneCorrect()));
      if (!leads(context, sync.regency())
          || few.contains(to)
          || context.conspirators().contains(to)) {
        context.send(to, sync);
      }
    }
  }

  /** SL4, SL6: a SYNC that every correct replica has to refuse, each time for another reason. */
  static final class Invalid extends Rewriting {
    Invalid() {
      super("sync-invalid");
    }

    @Override
    Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
      SplittableRandom random = context.random();
      long regency = sync.regency();
      List<Message.SignedStopData> entries = new ArrayList<>(sync.entries());
      List<Certificate> certificates = new ArrayList<>(sync.certificates());
      List<Batch> values = new ArrayList<>(sync.values());
      if (entries.isEmpty()) {
        return null;
      }
      int index = random.nextInt(entries.size());
      StopData core = entries.get(index).core();
      int kind = random.nextInt(12);
      if (kind == 4 && certificates.isEmpty() || kind == 5 && values.isEmpty()) {
        kind = 3;
      }
      switch (kind) {
        case 0 ->
            entries.set(
                index,
                new Message.SignedStopData(Lies.of(core, 63), Forge.randomBytes(random, 32)));
        case 1 -> entries.set(index, entries.get((index + 1) % entries.size()));
        case 2 -> {
          entries.removeIf(entry -> entry.core().replica() == context.self());
          entries.add(Forge.sign(context, Lies.inRegency(own(sync, context), regency - 1)));
        }
        case 3 -> {
          StopData tampered =
              core.open().isEmpty()
                  ? Lies.lock(core, 1, regency - 1, t -> digest(t, regency))
                  : Lies.hide(core, 0);
          entries.set(index, new Message.SignedStopData(tampered, entries.get(index).signature()));
        }
        case 4 -> certificates.remove(random.nextInt(certificates.size()));
        case 5 -> values.replaceAll(value -> Forge.sibling(value, random.nextInt(4)));
        case 6 -> {
          return new Message.Sync(
              regency, entries, certificates, values, Forge.randomBytes(random, 32));
        }
        case 7 -> entries.add(Forge.sign(context, Lies.hide(own(sync, context), 0)));
        case 8 -> entries.clear();
        case 9 -> {
          while (quorum(context, entries)) {
            entries.remove(entries.size() - 1);
          }
        }
        case 10 -> {
          // Names more instances than it may.
          entries.removeIf(entry -> entry.core().replica() == context.self());
          entries.add(
              Forge.sign(
                  context,
                  Lies.lock(
                      own(sync, context),
                      context.view().window() + 1,
                      regency - 1,
                      t -> digest(t, regency))));
        }
        default -> {
          // The signature of another regency's SYNC over the same entries.
          Bytes other = Forge.sync(context, regency + 1, entries, List.of(), List.of()).signature();
          return new Message.Sync(regency, entries, certificates, values, other);
        }
      }
      return Forge.sync(context, regency, entries, certificates, values);
    }

    private static boolean quorum(AdversaryContext context, List<Message.SignedStopData> entries) {
      long mask = 0;
      for (Message.SignedStopData entry : entries) {
        mask |= context.quorums().bit(entry.core().replica());
      }
      return !entries.isEmpty() && context.quorums().isVoteQuorum(mask);
    }

    private static StopData own(Message.Sync sync, AdversaryContext context) {
      for (Message.SignedStopData entry : sync.entries()) {
        if (entry.core().replica() == context.self()) {
          return entry.core();
        }
      }
      return Lies.of(sync.entries().get(0).core(), context.self());
    }
  }

  /** SL7: a set that makes the instance to go on from as low as the entries allow. */
  static final class Below extends Rewriting {
    Below() {
      super("sync-below");
    }

    @Override
    Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
      List<Certificate> more = new ArrayList<>();
      TreeMap<Integer, List<Message.SignedStopData>> pool = poolWithLies(context, sync, more);
      List<Message.SignedStopData> lowest = new ArrayList<>();
      for (List<Message.SignedStopData> alternatives : pool.values()) {
        lowest.add(Collections.min(alternatives, KNOWLEDGE));
      }
      lowest.sort(KNOWLEDGE);
      List<Message.SignedStopData> chosen = new ArrayList<>();
      long mask = 0;
      for (Message.SignedStopData entry : lowest) {
        if (!context.quorums().isVoteQuorum(mask)) {
          chosen.add(entry);
          mask |= context.quorums().bit(entry.core().replica());
        }
      }
      return build(context, sync, chosen, more);
    }
  }

  /** SL3: a vote quorum of valid entries from which nothing follows yet. */
  static final class Unsound extends Rewriting {
    Unsound() {
      super("sync-unsound");
    }

    @Override
    Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
      List<Certificate> more = new ArrayList<>();
      TreeMap<Integer, List<Message.SignedStopData>> pool = poolWithLies(context, sync, more);
      for (int conspirator : context.conspirators()) {
        List<Message.SignedStopData> own = pool.get(conspirator);
        if (own != null) {
          StopData fake =
              Lies.lock(
                  own.get(0).core(),
                  context.view().window(),
                  Math.max(0, sync.regency() - 1),
                  t -> digest(t, sync.regency()));
          // Without a lock of its own it would be lock-free, and with the others' too useful.
          pool.put(conspirator, List.of(Forge.sign(context, fake)));
        }
      }
      for (int attempt = 0; attempt < 16; attempt++) {
        List<Message.SignedStopData> drawn = draw(context, pool);
        if (SyncReading.ofOrNull(context, drawn) == null) {
          return build(context, sync, drawn, more);
        }
      }
      return null;
    }
  }

  /** L8, SL5: no SYNC or a late one, but proposals as if there had been one. */
  static final class NoSync extends Abdicating {
    NoSync() {
      super("no-sync");
    }

    @Override
    void sync(AdversaryContext context, int to, Message.Sync sync) {
      long regency = sync.regency();
      if (!leads(context, regency)) {
        context.send(to, sync);
      } else if (chance(40, regency)) {
        context.sendLater((100 + pick(900, 1, regency)) * MILLIS, to, sync);
      } else {
        Batch known = Forge.latestBatch(context, context.lastDelivered() + 1);
        if (known != null) {
          Batch fresh = Forge.inRegency(known, regency);
          context.send(to, new Message.Propose(fresh.instance(), regency, fresh, List.of()));
          context.send(to, new Message.Write(fresh.instance(), regency, fresh.digest()));
        }
      }
    }
  }
}
