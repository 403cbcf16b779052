package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import java.util.ArrayList;
import java.util.List;

/** Several different STOPDATAs for the same regency, to its leader and to others. */
public final class StopDataMany extends Abdicating {
  public StopDataMany() {
    super("stopdata-many");
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    Testimony core = data.testimony().core();
    long regency = core.regency();
    List<Message.StopData> all = new ArrayList<>();
    all.add(data);
    all.add(Lies.message(context, Lies.hide(core, 0), data.certificates()));
    all.add(
        Lies.message(
            context,
            Lies.lock(
                core, context.view().window(), regency - 1, instance -> digest(instance, regency)),
            data.certificates()));
    all.add(Lies.message(context, Lies.low(context, core, 1, List.of())));
    int shift = pick(all.size(), 1, regency);
    for (int i = 0; i < all.size(); i++) {
      Message.StopData next = all.get((i + shift) % all.size());
      if (i == 0) {
        context.send(to, next);
      } else {
        context.sendLater(i * 10 * MILLIS, to, next);
      }
    }
    context.send(Forge.randomPeer(context), all.get((1 + shift) % all.size()));
  }
}
