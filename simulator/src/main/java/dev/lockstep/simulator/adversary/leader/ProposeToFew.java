package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import java.util.List;

/** Everything to just enough replicas, so that the rest is isolated; ACCEPT to half. */
public final class ProposeToFew extends Behaviour {
  public ProposeToFew() {
    super("propose-to-few");
  }

  private boolean hears(AdversaryContext context, int to, long regency) {
    return context.conspirators().contains(to) || justEnough(context, regency).contains(to);
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    if (hears(context, to, propose.regency())) {
      context.send(to, propose);
    }
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    boolean leads = leads(context, regency);
    if (leads && !hears(context, to, regency)) {
      return;
    }
    if (leads && vote instanceof Message.Accept && !context.conspirators().contains(to)) {
      List<Integer> few = justEnough(context, regency);
      if (few.indexOf(to) > few.size() / 2) {
        return;
      }
    }
    context.send(to, vote);
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    boolean helps =
        message instanceof Message.Decision
            || message instanceof Message.Value
            || message instanceof Message.RequestBodies;
    if (!helps || !leads(context, context.regency()) || hears(context, to, context.regency())) {
      context.send(to, message);
    }
  }
}
