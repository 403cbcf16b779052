package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Ballots;
import dev.lockstep.simulator.adversary.Lies;
import java.util.ArrayList;
import java.util.List;

/** Claims to have delivered less, with a genuine prefix, and votes for something else there. */
public final class StopDataLow extends Abdicating {
  private final Ballots ballots = new Ballots();

  public StopDataLow() {
    super("stopdata-low");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    ballots.hear(context, from, message);
    return true;
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    data.certificates().forEach(context.conspiracy()::learn);
    Testimony core = data.testimony().core();
    long regency = core.regency();
    List<Testimony.Open> open = new ArrayList<>();
    if (chance(50, 1, regency)) {
      Testimony from =
          new Testimony(
              regency,
              core.replica(),
              core.incarnation(),
              Math.max(0, core.lastDelivered() - 4L * context.view().window()),
              List.of(),
              List.of());
      open.addAll(
          Lies.lock(
                  from,
                  5 * context.view().window(),
                  regency - 1,
                  instance -> digest(instance, regency))
              .open());
    }
    Lies.Claim claim = Lies.low(context, core, 1 + pick(context.view().window(), 2, regency), open);
    context.send(to, Lies.message(context, claim));
  }
}
