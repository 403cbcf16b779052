package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Lies;

/** Holds its STOPDATA back until the leader has probably done without. */
public final class StopDataLate extends Abdicating {
  public StopDataLate() {
    super("stopdata-late");
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    Testimony core = data.testimony().core();
    long delay = (20 + pick(1_000, core.regency())) * MILLIS;
    boolean lies = chance(50, 1, core.regency());
    context.sendLater(
        delay, to, lies ? Lies.message(context, Lies.hide(core, 0), data.certificates()) : data);
  }
}
