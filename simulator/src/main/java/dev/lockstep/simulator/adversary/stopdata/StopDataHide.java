package dev.lockstep.simulator.adversary.stopdata;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.Abdicating;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Lies;

/** Hides lock, write set or decisions above a gap. */
public final class StopDataHide extends Abdicating {
  public StopDataHide() {
    super("stopdata-hide");
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    Testimony core = data.testimony().core();
    boolean decided = core.open().stream().anyMatch(open -> open.decided() != null);
    int kind = Math.max(0, pick(decided ? 6 : 5, core.regency()) - 2);
    context.send(to, Lies.message(context, Lies.hide(core, kind), data.certificates()));
  }
}
