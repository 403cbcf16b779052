package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Recent;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** A different sound set for each replica, and proposals and votes to match. */
public final class SyncPick extends RewritingSync {
  private record Round(long regency, int peer, long instance) {}

  private final Recent<Round, Digest> votes = new Recent<>(256);

  public SyncPick() {
    super("sync-pick");
  }

  @Override
  boolean same() {
    return false;
  }

  @Override
  Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
    List<Certificate> more = new ArrayList<>();
    TreeMap<Integer, List<Message.SignedTestimony>> pool =
        SyncEntries.poolWithLies(context, sync, more);
    SyncReading told = SyncReading.ofOrNull(context, sync.entries());
    List<Message.SignedTestimony> best = null;
    SyncReading bestReading = null;
    for (int attempt = 0; attempt < 12; attempt++) {
      List<Message.SignedTestimony> drawn = SyncEntries.draw(context, pool);
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
    return SyncEntries.build(context, sync, best, more);
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
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    Digest instead = votes.getOrDefault(new Round(regency, to, instance), digest);
    context.send(
        to, instead.equals(digest) ? vote : Forge.vote(context, vote, instance, regency, instead));
  }
}
