package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;

/** Proposes a valid value and votes for another one. */
public final class VoteOther extends Behaviour {
  public VoteOther() {
    super("vote-other");
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    Batch known = context.conspiracy().batches.get(digest);
    if (!leads(context, regency)) {
      context.send(to, vote);
    } else if (known == null || chance(30, instance, regency)) {
      context.send(to, Forge.vote(context, vote, instance, regency, digest(instance, regency)));
    } else {
      Batch sibling = Forge.sibling(known, pick(4, 1, instance, regency));
      Forge.learn(context, sibling);
      context.send(to, Forge.vote(context, vote, instance, regency, sibling.digest()));
    }
  }
}
