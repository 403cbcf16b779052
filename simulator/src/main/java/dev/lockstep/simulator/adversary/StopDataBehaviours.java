package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.StopData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lies to the leader of a new regency (PROTOCOL 6.1, S1 to S7). */
final class StopDataBehaviours {
  private StopDataBehaviours() {}

  /** S2: hides lock, write set or decisions above a gap. */
  static final class Hide extends Abdicating {
    Hide() {
      super("stopdata-hide");
    }

    @Override
    void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
      StopData core = data.stopData().core();
      boolean decided = core.open().stream().anyMatch(open -> open.decided() != null);
      int kind = Math.max(0, pick(decided ? 6 : 5, core.regency()) - 2);
      context.send(to, Lies.message(context, Lies.hide(core, kind), data.certificates()));
    }
  }

  /** S1: claims a lock that it never had, high or well-chosen, for values that exist or do not. */
  static final class FakeLock extends Abdicating {
    private static final int KEEP = 64;

    /** Values that nobody proposed; who asks for one gets it. */
    private final Map<Digest, Batch> invented = new LinkedHashMap<>();

    FakeLock() {
      super("stopdata-fake-lock");
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.FetchValue fetch && invented.containsKey(fetch.digest())) {
        context.send(from, new Message.Value(invented.get(fetch.digest())));
        return false;
      }
      return super.onReceive(context, from, message);
    }

    /** A value that no correct replica would have written: its time lies far in the future. */
    private Digest invent(AdversaryContext context, long instance, long regency) {
      Batch batch =
          new Batch(
              new Batch.Header(
                  context.view().id(),
                  instance,
                  Long.MAX_VALUE / 8,
                  digest(instance, regency),
                  0,
                  Digest.ZERO),
              List.of());
      invented.put(batch.digest(), batch);
      if (invented.size() > KEEP) {
        invented.remove(invented.keySet().iterator().next());
      }
      return batch.digest();
    }

    @Override
    void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
      StopData core = data.stopData().core();
      context.send(to, Lies.message(context, fakeLock(context, core), data.certificates()));
    }

    private StopData fakeLock(AdversaryContext context, StopData core) {
      long regency = core.regency();
      int kind = pick(8, 1, regency);
      // Now and then one that cannot be, for which the whole entry has to go.
      long at = kind == 0 ? regency : kind < 6 ? regency - 1 : pick((int) Math.min(regency, 9), 2);
      return Lies.lock(
          core,
          context.view().window() + (kind == 1 ? 1 : 0),
          Math.max(0, at),
          instance -> {
            Digest voted = Digest.ZERO;
            for (StopData.Open open : core.open()) {
              if (open.instance() == instance && !open.writeSet().isEmpty()) {
                voted = open.writeSet().get(open.writeSet().size() - 1).digest();
              }
            }
            Batch other = Forge.otherBatchAt(context, instance, voted);
            return other == null || chance(40, 3, instance, regency)
                ? invent(context, instance, regency)
                : other.digest();
          });
    }
  }

  /**
   * S3: claims to have delivered less, with a genuine prefix, and votes for something else there.
   */
  static final class Low extends Abdicating {
    private final Ballots ballots = new Ballots();

    Low() {
      super("stopdata-low");
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      ballots.hear(context, from, message);
      return true;
    }

    @Override
    void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
      data.certificates().forEach(context.conspiracy()::learn);
      StopData core = data.stopData().core();
      long regency = core.regency();
      List<StopData.Open> open = new ArrayList<>();
      if (chance(50, 1, regency)) {
        StopData from =
            new StopData(
                regency,
                core.replica(),
                core.incarnation(),
                Math.max(0, core.lastDelivered() - 4L * context.view().window()),
                List.of(),
                List.of());
        open.addAll(
            Lies.lock(
                    from,
                    5 * context.view().window(),
                    regency - 1,
                    instance -> digest(instance, regency))
                .open());
      }
      Lies.Claim claim =
          Lies.low(context, core, 1 + pick(context.view().window(), 2, regency), open);
      context.send(to, Lies.message(context, claim));
    }
  }

  /**
   * S4: claims to have delivered more, or a decision, with a certificate that is garbage, mixed, of
   * something else, or genuine but only for the last instance.
   */
  static final class High extends Abdicating {
    private final Ballots ballots = new Ballots();

    High() {
      super("stopdata-high");
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      ballots.hear(context, from, message);
      return true;
    }

    @Override
    void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
      StopData core = data.stopData().core();
      long regency = core.regency();
      long last = core.lastDelivered();
      int window = context.view().window();
      List<Certificate> certificates = new ArrayList<>(data.certificates());
      Map.Entry<Long, Certificate> top = context.conspiracy().certificates.lastEntry();
      boolean gap = top != null && top.getKey() > last;
      switch (gap && chance(60, 1, regency) ? 3 + pick(2, 2, regency) : pick(7, 3, regency)) {
        case 0 -> {
          long far =
              last + (chance(30, 4, regency) ? 1_000_000_000L : 1 + pick(window, 5, regency));
          StopData high = Lies.high(context, core, far, true);
          for (StopData.Decided decided : high.prefix()) {
            certificates.add(
                Forge.noiseCertificate(context, decided.instance(), regency - 1, decided.digest()));
          }
          context.send(to, Lies.message(context, high, certificates));
        }
        case 1 -> {
          StopData high = Lies.high(context, core, last + 1, true);
          for (StopData.Decided decided : high.prefix()) {
            certificates.add(ballots.mixed(context, decided.instance(), decided.digest()));
          }
          context.send(to, Lies.message(context, high, certificates));
        }
        case 2 -> {
          StopData high = Lies.high(context, core, last + 1, true);
          for (StopData.Decided decided : high.prefix()) {
            certificates.add(ballots.tooFew(context, decided.instance(), decided.digest()));
          }
          context.send(to, Lies.message(context, high, certificates));
        }
        case 3 -> one(context, to, core, gap ? top.getValue() : null, true);
        case 4 -> one(context, to, core, gap ? top.getValue() : null, false);
        case 5 -> {
          // The certificate of a delivered instance, relabelled.
          StopData high = Lies.high(context, core, last + 1, true);
          Certificate known = context.conspiracy().certificates.get(last);
          Digest digest = high.prefix().get(high.prefix().size() - 1).digest();
          if (known != null) {
            certificates.add(new Certificate(last + 1, known.regency(), digest, known.votes()));
          }
          context.send(to, Lies.message(context, high, certificates));
        }
        default -> {
          // A decision above a gap that is none.
          List<StopData.Open> open = new ArrayList<>();
          long t = last + 1 + pick(window, 6, regency);
          Digest digest = digest(t, regency);
          open.add(new StopData.Open(t, digest, StopData.Lock.NONE, List.of()));
          certificates.add(
              chance(50, 7, regency)
                  ? Forge.noiseCertificate(context, t, regency - 1, digest)
                  : ballots.mixed(context, t, digest));
          context.send(to, Lies.message(context, Lies.withOpen(core, open), certificates));
        }
      }
    }

    /** One certificate for a whole prefix: the genuine one of the highest instance known. */
    private static void one(
        AdversaryContext context, int to, StopData core, Certificate top, boolean whole) {
      long last = top == null ? core.lastDelivered() + 1 : top.instance();
      StopData high = Lies.high(context, core, last, whole);
      context.send(to, Lies.message(context, high, top == null ? List.of() : List.of(top)));
    }
  }

  /** S5: repeats a STOPDATA of an older regency, its own or somebody else's. */
  static final class Stale extends Abdicating {
    private final Recent<Long, Message.StopDataMessage> own = new Recent<>(8);
    private final Recent<Long, Message.SignedStopData> foreign = new Recent<>(32);
    private long count;

    Stale() {
      super("stopdata-stale");
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.StopDataMessage data) {
        foreign.put(count++, data.stopData());
      } else if (message instanceof Message.Sync sync) {
        for (Message.SignedStopData entry : sync.entries()) {
          foreign.put(count++, entry);
        }
      }
      return true;
    }

    @Override
    void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
      StopData core = data.stopData().core();
      long regency = core.regency();
      own.put(regency, data);
      Message.StopDataMessage older = own.values().iterator().next();
      Message.SignedStopData other = Forge.randomValue(context.random(), foreign.values());
      Message.StopDataMessage stale;
      switch (pick(4, 1, regency)) {
        case 0 -> stale = older;
        case 1 ->
            // What was true then, under the new number.
            stale =
                Lies.message(
                    context,
                    Lies.inRegency(older.stopData().core(), regency),
                    older.certificates());
        case 2 ->
            stale = other == null ? older : new Message.StopDataMessage(other, data.certificates());
        default ->
            stale = Lies.message(context, Lies.inRegency(core, regency - 1), data.certificates());
      }
      context.send(to, stale);
      if (chance(30, 2, regency)) {
        context.send(to, data);
      }
    }
  }

  /** S6: several different STOPDATAs for the same regency, to its leader and to others. */
  static final class Many extends Abdicating {
    Many() {
      super("stopdata-many");
    }

    @Override
    void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
      StopData core = data.stopData().core();
      long regency = core.regency();
      List<Message.StopDataMessage> all = new ArrayList<>();
      all.add(data);
      all.add(Lies.message(context, Lies.hide(core, 0), data.certificates()));
      all.add(
          Lies.message(
              context,
              Lies.lock(
                  core,
                  context.view().window(),
                  regency - 1,
                  instance -> digest(instance, regency)),
              data.certificates()));
      all.add(Lies.message(context, Lies.low(context, core, 1, List.of())));
      int shift = pick(all.size(), 1, regency);
      for (int i = 0; i < all.size(); i++) {
        Message.StopDataMessage next = all.get((i + shift) % all.size());
        if (i == 0) {
          context.send(to, next);
        } else {
          context.sendLater(i * 10 * MILLIS, to, next);
        }
      }
      context.send(Forge.randomPeer(context), all.get((1 + shift) % all.size()));
    }
  }

  /** S7: holds its STOPDATA back until the leader has probably done without. */
  static final class Late extends Abdicating {
    Late() {
      super("stopdata-late");
    }

    @Override
    void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
      StopData core = data.stopData().core();
      long delay = (20 + pick(1_000, core.regency())) * MILLIS;
      boolean lies = chance(50, 1, core.regency());
      context.sendLater(
          delay, to, lies ? Lies.message(context, Lies.hide(core, 0), data.certificates()) : data);
    }
  }
}
