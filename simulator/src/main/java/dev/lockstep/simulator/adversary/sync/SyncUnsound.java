package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** A vote quorum of valid entries from which nothing follows yet. */
public final class SyncUnsound extends RewritingSync {
  public SyncUnsound() {
    super("sync-unsound");
  }

  @Override
  Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
    List<Certificate> more = new ArrayList<>();
    TreeMap<Integer, List<Message.SignedTestimony>> pool =
        SyncEntries.poolWithLies(context, sync, more);
    for (int conspirator : context.conspirators()) {
      List<Message.SignedTestimony> own = pool.get(conspirator);
      if (own != null) {
        Testimony fake =
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
      List<Message.SignedTestimony> drawn = SyncEntries.draw(context, pool);
      if (SyncReading.ofOrNull(context, drawn) == null) {
        return SyncEntries.build(context, sync, drawn, more);
      }
    }
    return null;
  }
}
