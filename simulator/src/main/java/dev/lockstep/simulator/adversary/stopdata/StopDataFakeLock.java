package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Claims a lock that it never had, high or well-chosen, for values that exist or do not. */
public final class StopDataFakeLock extends Abdicating {
  private static final int KEEP = 64;

  /** Values that nobody proposed; who asks for one gets it. */
  private final Map<Digest, Batch> invented = new LinkedHashMap<>();

  public StopDataFakeLock() {
    super("stopdata-fake-lock");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.FetchValue fetch && invented.containsKey(fetch.digest())) {
      context.send(from, new Message.Value(invented.get(fetch.digest())));
      return false;
    }
    return super.onReceive(context, from, message);
  }

  /** A value that no correct replica would have written: its time lies far in the future. */
  private Digest invent(AdversaryContext context, long instance, long regency) {
    Batch batch =
        new Batch(
            new Batch.Header(
                context.view().id(),
                instance,
                Long.MAX_VALUE / 8,
                digest(instance, regency),
                0,
                Digest.ZERO),
            List.of());
    invented.put(batch.digest(), batch);
    if (invented.size() > KEEP) {
      invented.remove(invented.keySet().iterator().next());
    }
    return batch.digest();
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    Testimony core = data.testimony().core();
    context.send(to, Lies.message(context, fakeLock(context, core), data.certificates()));
  }

  private Testimony fakeLock(AdversaryContext context, Testimony core) {
    long regency = core.regency();
    int kind = pick(8, 1, regency);
    // Now and then one that cannot be, for which the whole entry has to go.
    long at = kind == 0 ? regency : kind < 6 ? regency - 1 : pick((int) Math.min(regency, 9), 2);
    return Lies.lock(
        core,
        context.view().window() + (kind == 1 ? 1 : 0),
        Math.max(0, at),
        instance -> {
          Digest voted = Digest.ZERO;
          for (Testimony.Open open : core.open()) {
            if (open.instance() == instance && !open.writeSet().isEmpty()) {
              voted = open.writeSet().get(open.writeSet().size() - 1).digest();
            }
          }
          Batch other = Forge.otherBatchAt(context, instance, voted);
          return other == null || chance(40, 3, instance, regency)
              ? invent(context, instance, regency)
              : other.digest();
        });
  }
}
