package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/** Leaves the entry out that knows most, and keeps what is still a quorum if it can. */
public final class SyncOmit extends RewritingSync {
  public SyncOmit() {
    super("sync-omit");
  }

  @Override
  Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
    List<Certificate> more = new ArrayList<>();
    TreeMap<Integer, List<Message.SignedTestimony>> pool =
        SyncEntries.poolWithLies(context, sync, more);
    List<Message.SignedTestimony> entries = new ArrayList<>();
    for (List<Message.SignedTestimony> alternatives : pool.values()) {
      // Of a conspirator the emptiest entry that it can give.
      entries.add(Collections.min(alternatives, SyncEntries.KNOWLEDGE));
    }
    entries.sort(SyncEntries.KNOWLEDGE);
    if (!entries.isEmpty()) {
      entries.remove(entries.size() - 1);
    }
    return SyncEntries.build(context, sync, entries, more);
  }
}
