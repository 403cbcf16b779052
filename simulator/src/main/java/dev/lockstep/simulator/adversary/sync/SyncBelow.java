package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/** A set that makes the instance to go on from as low as the entries allow. */
public final class SyncBelow extends RewritingSync {
  public SyncBelow() {
    super("sync-below");
  }

  @Override
  Message.Sync rewrite(AdversaryContext context, int to, Message.Sync sync) {
    List<Certificate> more = new ArrayList<>();
    TreeMap<Integer, List<Message.SignedTestimony>> pool =
        SyncEntries.poolWithLies(context, sync, more);
    List<Message.SignedTestimony> lowest = new ArrayList<>();
    for (List<Message.SignedTestimony> alternatives : pool.values()) {
      lowest.add(Collections.min(alternatives, SyncEntries.KNOWLEDGE));
    }
    lowest.sort(SyncEntries.KNOWLEDGE);
    List<Message.SignedTestimony> chosen = new ArrayList<>();
    long mask = 0;
    for (Message.SignedTestimony entry : lowest) {
      if (!context.quorums().isVoteQuorum(mask)) {
        chosen.add(entry);
        mask |= context.quorums().bit(entry.core().replica());
      }
    }
    return SyncEntries.build(context, sync, chosen, more);
  }
}
