package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;

/** Delays each PROPOSE and SYNC to just below the timeout, which it finds by trying. */
public final class SlowLeader extends Behaviour {
  private long delay = 150 * MILLIS;
  private long last;

  public SlowLeader() {
    super("slow-leader");
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    if (propose.instance() != last) {
      last = propose.instance();
      delay = Math.min(3_000 * MILLIS, delay * 21 / 20);
    }
    context.sendLater(delay, to, propose);
  }

  @Override
  protected void sync(AdversaryContext context, int to, Message.Sync sync) {
    context.sendLater(delay, to, sync);
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Stop stop
        && stop.regency() == context.regency() + 1
        && leads(context, context.regency())) {
      delay = Math.max(50 * MILLIS, delay * 3 / 4);
    }
    return true;
  }
}
