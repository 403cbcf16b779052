package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import java.util.List;

/** SYNC to just enough replicas only; the others see a regency without one. */
public final class SyncToFew extends Abdicating {
  public SyncToFew() {
    super("sync-to-few");
  }

  @Override
  protected void sync(AdversaryContext context, int to, Message.Sync sync) {
    List<Integer> few = shuffledCorrect(context, sync.regency());
    few = few.subList(0, Math.min(few.size(), context.quorums().oneCorrect()));
    if (!leads(context, sync.regency())
        || few.contains(to)
        || context.conspirators().contains(to)) {
      context.send(to, sync);
    }
  }
}
