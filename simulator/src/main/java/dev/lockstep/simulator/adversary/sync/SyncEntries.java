package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
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

/** The entries of which a Byzantine leader makes its SYNC. */
final class SyncEntries {
  /** Less knowledge first: what is delivered, decided, locked, written. */
  static final Comparator<Message.SignedTestimony> KNOWLEDGE =
      Comparator.<Message.SignedTestimony>comparingLong(entry -> entry.core().lastDelivered())
          .thenComparingLong(
              entry -> entry.core().open().stream().filter(o -> o.decided() != null).count())
          .thenComparingLong(
              entry ->
                  entry.core().open().stream().mapToLong(o -> o.lock().regency()).max().orElse(-1))
          .thenComparingInt(entry -> entry.core().open().size())
          .thenComparingInt(entry -> entry.core().replica());

  private SyncEntries() {}

  /** All entries that a SYNC of this leader could hold, by replica. */
  static TreeMap<Integer, List<Message.SignedTestimony>> pool(
      AdversaryContext context, Message.Sync sync) {
    TreeMap<Integer, List<Message.SignedTestimony>> pool = new TreeMap<>();
    for (Message.SignedTestimony entry : sync.entries()) {
      add(pool, entry);
    }
    for (int member : context.others()) {
      Message.StopData late = context.conspiracy().stopData.get(sync.regency() + "/" + member);
      if (late != null && !pool.containsKey(member) && genuine(context, late.testimony())) {
        add(pool, late.testimony());
      }
    }
    return pool;
  }

  /** The same, with fresh lies of the conspirators. */
  static TreeMap<Integer, List<Message.SignedTestimony>> poolWithLies(
      AdversaryContext context, Message.Sync sync, List<Certificate> certificates) {
    TreeMap<Integer, List<Message.SignedTestimony>> pool = pool(context, sync);
    if (pool.isEmpty()) {
      return pool;
    }
    Testimony like =
        pool.containsKey(context.self())
            ? pool.get(context.self()).get(0).core()
            : pool.firstEntry().getValue().get(0).core();
    for (int conspirator : context.conspirators()) {
      if (Forge.signer(context, conspirator) == null) {
        continue;
      }
      Testimony core =
          pool.containsKey(conspirator)
              ? pool.get(conspirator).get(0).core()
              : Lies.of(like, conspirator);
      add(pool, Forge.sign(context, core));
      add(pool, Forge.sign(context, Lies.hide(core, 0)));
      add(pool, Forge.sign(context, Lies.hide(core, 1)));
      for (Testimony support : cores(sync)) {
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
      Map<Integer, List<Message.SignedTestimony>> pool, Message.SignedTestimony entry) {
    pool.computeIfAbsent(entry.core().replica(), key -> new ArrayList<>()).add(entry);
  }

  static List<Testimony> cores(Message.Sync sync) {
    List<Testimony> cores = new ArrayList<>();
    sync.entries().forEach(entry -> cores.add(entry.core()));
    return cores;
  }

  static boolean genuine(AdversaryContext context, Message.SignedTestimony entry) {
    return context
        .verifier()
        .replica(
            entry.core().replica(),
            Statements.stopData(context.cluster(), entry.core()),
            entry.signature());
  }

  /** A random choice of entries, one of each replica, no more than a vote quorum needs or all. */
  static List<Message.SignedTestimony> draw(
      AdversaryContext context, TreeMap<Integer, List<Message.SignedTestimony>> pool) {
    SplittableRandom random = context.random();
    List<Integer> order = new ArrayList<>(pool.keySet());
    shuffle(order, random);
    boolean least = random.nextInt(4) != 0;
    List<Message.SignedTestimony> drawn = new ArrayList<>();
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

  static List<Message.SignedTestimony> byReplica(List<Message.SignedTestimony> entries) {
    List<Message.SignedTestimony> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingInt(entry -> entry.core().replica()));
    return sorted;
  }

  /** A SYNC of these entries with the certificates and values that it needs, as far as known. */
  static Message.Sync build(
      AdversaryContext context,
      Message.Sync core,
      List<Message.SignedTestimony> chosen,
      List<Certificate> more) {
    List<Message.SignedTestimony> entries = byReplica(chosen);
    Map<Testimony.Decided, Certificate> known = new HashMap<>();
    for (Certificate certificate : context.conspiracy().certificates.values()) {
      known.put(key(certificate), certificate);
    }
    for (Message.StopData data : context.conspiracy().stopData.values()) {
      data.certificates().forEach(certificate -> known.put(key(certificate), certificate));
    }
    more.forEach(certificate -> known.put(key(certificate), certificate));
    core.certificates().forEach(certificate -> known.put(key(certificate), certificate));
    Set<Testimony.Decided> needed = new LinkedHashSet<>();
    for (Message.SignedTestimony entry : entries) {
      needed.addAll(entry.core().prefix());
      for (Testimony.Open open : entry.core().open()) {
        if (open.decided() != null) {
          needed.add(new Testimony.Decided(open.instance(), open.decided()));
        }
      }
    }
    List<Testimony.Decided> order = new ArrayList<>(needed);
    order.sort(
        Comparator.comparingLong(Testimony.Decided::instance)
            .thenComparing(Testimony.Decided::digest));
    List<Certificate> certificates = new ArrayList<>();
    for (Testimony.Decided decided : order) {
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

  private static Testimony.Decided key(Certificate certificate) {
    return new Testimony.Decided(certificate.instance(), certificate.digest());
  }
}
