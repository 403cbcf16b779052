package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Ballots;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Claims to have delivered more, or a decision, with a certificate that is garbage, mixed, of
 * something else, or genuine but only for the last instance.
 */
public final class StopDataHigh extends Abdicating {
  private final Ballots ballots = new Ballots();

  public StopDataHigh() {
    super("stopdata-high");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    ballots.hear(context, from, message);
    return true;
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    Testimony core = data.testimony().core();
    long regency = core.regency();
    long last = core.lastDelivered();
    int window = context.view().window();
    List<Certificate> certificates = new ArrayList<>(data.certificates());
    Map.Entry<Long, Certificate> top = context.conspiracy().certificates.lastEntry();
    boolean gap = top != null && top.getKey() > last;
    switch (gap && chance(60, 1, regency) ? 3 + pick(2, 2, regency) : pick(7, 3, regency)) {
      case 0 -> {
        long far = last + (chance(30, 4, regency) ? 1_000_000_000L : 1 + pick(window, 5, regency));
        Testimony high = Lies.high(context, core, far, true);
        for (Testimony.Decided decided : high.prefix()) {
          certificates.add(
              Forge.noiseCertificate(context, decided.instance(), regency - 1, decided.digest()));
        }
        context.send(to, Lies.message(context, high, certificates));
      }
      case 1 -> {
        Testimony high = Lies.high(context, core, last + 1, true);
        for (Testimony.Decided decided : high.prefix()) {
          certificates.add(ballots.mixed(context, decided.instance(), decided.digest()));
        }
        context.send(to, Lies.message(context, high, certificates));
      }
      case 2 -> {
        Testimony high = Lies.high(context, core, last + 1, true);
        for (Testimony.Decided decided : high.prefix()) {
          certificates.add(ballots.tooFew(context, decided.instance(), decided.digest()));
        }
        context.send(to, Lies.message(context, high, certificates));
      }
      case 3 -> one(context, to, core, gap ? top.getValue() : null, true);
      case 4 -> one(context, to, core, gap ? top.getValue() : null, false);
      case 5 -> {
        // The certificate of a delivered instance, relabelled.
        Testimony high = Lies.high(context, core, last + 1, true);
        Certificate known = context.conspiracy().certificates.get(last);
        Digest digest = high.prefix().get(high.prefix().size() - 1).digest();
        if (known != null) {
          certificates.add(new Certificate(last + 1, known.regency(), digest, known.votes()));
        }
        context.send(to, Lies.message(context, high, certificates));
      }
      default -> {
        // A decision above a gap that is none.
        List<Testimony.Open> open = new ArrayList<>();
        long t = last + 1 + pick(window, 6, regency);
        Digest digest = digest(t, regency);
        open.add(new Testimony.Open(t, digest, Testimony.Lock.NONE, List.of()));
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
      AdversaryContext context, int to, Testimony core, Certificate top, boolean whole) {
    long last = top == null ? core.lastDelivered() + 1 : top.instance();
    Testimony high = Lies.high(context, core, last, whole);
    context.send(to, Lies.message(context, high, top == null ? List.of() : List.of(top)));
  }
}
