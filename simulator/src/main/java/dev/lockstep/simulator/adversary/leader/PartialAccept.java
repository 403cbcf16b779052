package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Recent;
import java.util.List;

/**
 * Now and then lets just enough replicas lock and only one of them decide, and falls silent or goes
 * on with the next instance.
 */
public final class PartialAccept extends Behaviour {
  private final Recent<Long, Long> abandoned = new Recent<>(32);

  public PartialAccept() {
    super("partial-accept");
  }

  private boolean trap(long instance, long regency) {
    return chance(12, instance, regency);
  }

  private boolean isAbandoned(long instance, long regency) {
    Long last = abandoned.get(regency);
    return last != null && instance > last;
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    long instance = propose.instance();
    long regency = propose.regency();
    if (isAbandoned(instance, regency)) {
      return;
    }
    if (!trap(instance, regency)) {
      context.send(to, propose);
      return;
    }
    if (chance(60, 1, instance, regency)) {
      abandoned.put(regency, instance);
    }
    if (context.conspirators().contains(to)
        || justEnough(context, instance, regency).contains(to)) {
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
    if (!trap(instance, regency) || context.conspirators().contains(to)) {
      context.send(to, vote);
      return;
    }
    List<Integer> few = justEnough(context, instance, regency);
    boolean leads = leads(context, regency);
    if (vote instanceof Message.Accept ? few.get(0) == to : !leads || few.contains(to)) {
      context.send(to, vote);
      if (leads && vote instanceof Message.Write && few.get(0) == to) {
        // The core may never see the WRITEs; this one replica shall decide all the same.
        context.send(to, Forge.accept(context, instance, regency, digest));
      }
    }
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    boolean heals =
        message instanceof Message.Decision decision
            && trap(decision.batch().instance(), decision.certificate().regency());
    if (!heals) {
      context.send(to, message);
    }
  }
}
