package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** False statements for STOPDATA, unsigned. Those that can be are well-formed. */
public final class Lies {
  private Lies() {}

  /** A core with the certificates that it needs. */
  public record Claim(Testimony core, List<Certificate> certificates) {}

  public static Testimony withOpen(Testimony core, List<Testimony.Open> open) {
    return new Testimony(
        core.regency(),
        core.replica(),
        core.incarnation(),
        core.lastDelivered(),
        core.prefix(),
        open,
        core.acknowledged());
  }

  public static Testimony of(Testimony core, int replica) {
    return new Testimony(
        core.regency(),
        replica,
        core.incarnation(),
        core.lastDelivered(),
        core.prefix(),
        core.open(),
        core.acknowledged());
  }

  public static Testimony inRegency(Testimony core, long regency) {
    return new Testimony(
        regency,
        core.replica(),
        core.incarnation(),
        core.lastDelivered(),
        core.prefix(),
        core.open(),
        core.acknowledged());
  }

  /**
   * @param kind 0: never voted on anything, 1: no locks, 2: no write sets, 3: nothing decided above
   *     a gap
   */
  public static Testimony hide(Testimony core, int kind) {
    List<Testimony.Open> open = new ArrayList<>();
    for (Testimony.Open entry : core.open()) {
      if (kind == 1) {
        open.add(
            new Testimony.Open(
                entry.instance(), entry.decided(), Testimony.Lock.NONE, entry.writeSet()));
      } else if (kind == 2) {
        open.add(new Testimony.Open(entry.instance(), entry.decided(), entry.lock(), List.of()));
      } else if (kind == 3 && entry.decided() == null) {
        open.add(entry);
      }
    }
    return withOpen(core, open);
  }

  /** A lock in the given regency on every instance of the window. */
  public static Testimony lock(
      Testimony core, int window, long regency, LongFunction<Digest> value) {
    List<Testimony.Open> open = new ArrayList<>();
    for (long t = core.lastDelivered() + 1; t <= core.lastDelivered() + window; t++) {
      Digest digest = value.apply(t);
      open.add(
          new Testimony.Open(
              t,
              null,
              new Testimony.Lock(regency, digest),
              List.of(new Testimony.Written(regency, digest))));
    }
    return withOpen(core, open);
  }

  /**
   * Claims to have delivered less, by at least {@code back} instances, with a genuine prefix. Falls
   * back to nothing at all, which needs no proof.
   */
  public static Claim low(
      AdversaryContext context, Testimony core, long back, List<Testimony.Open> open) {
    int window = context.view().window();
    long last = Math.max(0, core.lastDelivered() - back);
    long lowest = Math.max(0, last - 4L * window);
    for (; last > lowest; last--) {
      Claim claim = genuinePrefix(context, core, last, open);
      if (claim != null) {
        return claim;
      }
    }
    return new Claim(
        new Testimony(core.regency(), core.replica(), core.incarnation(), 0, List.of(), List.of()),
        List.of());
  }

  private static Claim genuinePrefix(
      AdversaryContext context, Testimony core, long last, List<Testimony.Open> open) {
    List<Testimony.Decided> prefix = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = Math.max(1, last - context.view().window() + 1); t <= last; t++) {
      Certificate certificate = context.conspiracy().certificates.get(t);
      if (certificate == null) {
        return null;
      }
      prefix.add(new Testimony.Decided(t, certificate.digest()));
      certificates.add(certificate);
    }
    List<Testimony.Open> inside = new ArrayList<>();
    for (Testimony.Open entry : open) {
      if (entry.instance() > last && entry.instance() <= last + context.view().window()) {
        inside.add(entry);
      }
    }
    return new Claim(
        new Testimony(
            core.regency(),
            core.replica(),
            core.incarnation(),
            last,
            prefix,
            inside,
            core.acknowledged()),
        certificates);
  }

  /**
   * Claims to have delivered up to {@code last}.
   *
   * @param whole whether the prefix names all instances that it has to, or only the last
   */
  public static Testimony high(AdversaryContext context, Testimony core, long last, boolean whole) {
    long first = whole ? Math.max(1, last - context.view().window() + 1) : last;
    List<Testimony.Decided> prefix = new ArrayList<>();
    for (long t = first; t <= last; t++) {
      Certificate certificate = context.conspiracy().certificates.get(t);
      Digest digest =
          certificate == null ? Forge.randomDigest(context.random()) : certificate.digest();
      for (Testimony.Open entry : core.open()) {
        // What it voted for itself is more convincing than noise.
        if (certificate == null && entry.instance() == t && !entry.writeSet().isEmpty()) {
          digest = entry.writeSet().get(entry.writeSet().size() - 1).digest();
        }
      }
      prefix.add(new Testimony.Decided(t, digest));
    }
    return new Testimony(
        core.regency(), core.replica(), core.incarnation(), last, prefix, List.of());
  }

  public static Message.StopData message(AdversaryContext context, Claim claim) {
    return new Message.StopData(Forge.sign(context, claim.core), claim.certificates);
  }

  public static Message.StopData message(
      AdversaryContext context, Testimony core, List<Certificate> certificates) {
    return new Message.StopData(Forge.sign(context, core), certificates);
  }
}
