package dev.lockstep.simulator.adversary.sync;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import java.util.List;

/** No SYNC or a late one, but proposals as if there had been one. */
public final class NoSync extends Abdicating {
  public NoSync() {
    super("no-sync");
  }

  @Override
  protected void sync(AdversaryContext context, int to, Message.Sync sync) {
    long regency = sync.regency();
    if (!leads(context, regency)) {
      context.send(to, sync);
    } else if (chance(40, regency)) {
      context.sendLater((100 + pick(900, 1, regency)) * MILLIS, to, sync);
    } else {
      Batch known = Forge.latestBatch(context, context.lastDelivered() + 1);
      if (known != null) {
        Batch fresh = Forge.inRegency(known, regency);
        context.send(to, new Message.Propose(fresh.instance(), regency, fresh, List.of()));
        context.send(to, new Message.Write(fresh.instance(), regency, fresh.digest()));
      }
    }
  }
}
