package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A SYNC that every correct replica has to refuse, each time for another reason. */
public final class SyncInvalid extends RewritingSync {
  public SyncInvalid() {
    super("sync-invalid");
  }

  @Override
  Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
    SplittableRandom random = context.random();
    long regency = sync.regency();
    List<Message.SignedTestimony> entries = new ArrayList<>(sync.entries());
    List<Certificate> certificates = new ArrayList<>(sync.certificates());
    List<Batch> values = new ArrayList<>(sync.values());
    if (entries.isEmpty()) {
      return null;
    }
    int index = random.nextInt(entries.size());
    Testimony core = entries.get(index).core();
    int kind = random.nextInt(12);
    if (kind == 4 && certificates.isEmpty() || kind == 5 && values.isEmpty()) {
      kind = 3;
    }
    switch (kind) {
      case 0 ->
          entries.set(
              index, new Message.SignedTestimony(Lies.of(core, 63), Forge.randomBytes(random, 32)));
      case 1 -> entries.set(index, entries.get((index + 1) % entries.size()));
      case 2 -> {
        entries.removeIf(entry -> entry.core().replica() == context.self());
        entries.add(Forge.sign(context, Lies.inRegency(own(sync, context), regency - 1)));
      }
      case 3 -> {
        Testimony tampered =
            core.open().isEmpty()
                ? Lies.lock(core, 1, regency - 1, t -> digest(t, regency))
                : Lies.hide(core, 0);
        entries.set(index, new Message.SignedTestimony(tampered, entries.get(index).signature()));
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

  private static boolean quorum(AdversaryContext context, List<Message.SignedTestimony> entries) {
    long mask = 0;
    for (Message.SignedTestimony entry : entries) {
      mask |= context.quorums().bit(entry.core().replica());
    }
    return !entries.isEmpty() && context.quorums().isVoteQuorum(mask);
  }

  private static Testimony own(Message.Sync sync, AdversaryContext context) {
    for (Message.SignedTestimony entry : sync.entries()) {
      if (entry.core().replica() == context.self()) {
        return entry.core();
      }
    }
    return Lies.of(sync.entries().get(0).core(), context.self());
  }
}
