package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Recent;

/** Wins a regency and sends nothing, at once or after a few instances. */
public final class SilentLeader extends Behaviour {
  private final Recent<Long, Long> first = new Recent<>(32);

  public SilentLeader() {
    super("silent-leader");
  }

  private int allowed(long regency) {
    return chance(50, regency) ? 0 : 1 + pick(30, 1, regency);
  }

  private boolean silent(AdversaryContext context, long instance, long regency) {
    return leads(context, regency)
        && instance >= first.getOrDefault(regency, instance) + allowed(regency);
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    first.putIfAbsent(propose.regency(), propose.instance());
    if (!silent(context, propose.instance(), propose.regency())) {
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
    if (!silent(context, instance, regency)) {
      context.send(to, vote);
    }
  }

  @Override
  protected void sync(AdversaryContext context, int to, Message.Sync sync) {
    if (!leads(context, sync.regency()) || allowed(sync.regency()) > 0) {
      context.send(to, sync);
    }
  }
}
