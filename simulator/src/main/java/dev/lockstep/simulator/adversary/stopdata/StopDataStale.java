package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.StopData;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import dev.lockstep.simulator.adversary.Recent;

/** Repeats a STOPDATA of an older regency, its own or somebody else's. */
public final class StopDataStale extends Abdicating {
  private final Recent<Long, Message.StopDataMessage> own = new Recent<>(8);
  private final Recent<Long, Message.SignedStopData> foreign = new Recent<>(32);
  private long count;

  public StopDataStale() {
    super("stopdata-stale");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.StopDataMessage data) {
      foreign.put(count++, data.stopData());
    } else if (message instanceof Message.Sync sync) {
      for (Message.SignedStopData entry : sync.entries()) {
        foreign.put(count++, entry);
      }
    }
    return true;
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopDataMessage data) {
    StopData core = data.stopData().core();
    long regency = core.regency();
    own.put(regency, data);
    Message.StopDataMessage older = own.values().iterator().next();
    Message.SignedStopData other = Forge.randomValue(context.random(), foreign.values());
    Message.StopDataMessage stale;
    switch (pick(4, 1, regency)) {
      case 0 -> stale = older;
      case 1 ->
          // What was true then, under the new number.
          stale =
              Lies.message(
                  context, Lies.inRegency(older.stopData().core(), regency), older.certificates());
      case 2 ->
          stale = other == null ? older : new Message.StopDataMessage(other, data.certificates());
      default ->
          stale = Lies.message(context, Lies.inRegency(core, regency - 1), data.certificates());
    }
    context.send(to, stale);
    if (chance(30, 2, regency)) {
      context.send(to, data);
    }
  }
}
