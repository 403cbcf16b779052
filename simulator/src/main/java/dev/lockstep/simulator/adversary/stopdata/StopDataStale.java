package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import dev.lockstep.simulator.adversary.Recent;

/** Repeats a STOPDATA of an older regency, its own or somebody else's. */
public final class StopDataStale extends Abdicating {
  private final Recent<Long, Message.StopData> own = new Recent<>(8);
  private final Recent<Long, Message.SignedTestimony> foreign = new Recent<>(32);
  private long count;

  public StopDataStale() {
    super("stopdata-stale");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.StopData data) {
      foreign.put(count++, data.testimony());
    } else if (message instanceof Message.Sync sync) {
      for (Message.SignedTestimony entry : sync.entries()) {
        foreign.put(count++, entry);
      }
    }
    return true;
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    Testimony core = data.testimony().core();
    long regency = core.regency();
    own.put(regency, data);
    Message.StopData older = own.values().iterator().next();
    Message.SignedTestimony other = Forge.randomValue(context.random(), foreign.values());
    Message.StopData stale;
    switch (pick(4, 1, regency)) {
      case 0 -> stale = older;
      case 1 ->
          // What was true then, under the new number.
          stale =
              Lies.message(
                  context, Lies.inRegency(older.testimony().core(), regency), older.certificates());
      case 2 -> stale = other == null ? older : new Message.StopData(other, data.certificates());
      default ->
          stale = Lies.message(context, Lies.inRegency(core, regency - 1), data.certificates());
    }
    context.send(to, stale);
    if (chance(30, 2, regency)) {
      context.send(to, data);
    }
  }
}
