package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;

/** WRITE and ACCEPT for another value to one half, sometimes both values to the same peer. */
public final class DoubleVote extends Behaviour {
  public DoubleVote() {
    super("double-vote");
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    if (side(context, to, instance, regency) == 0) {
      context.send(to, vote);
      return;
    }
    Batch other = Forge.otherBatchAt(context, instance, digest);
    Digest lie = other == null ? digest(instance, regency) : other.digest();
    context.send(to, Forge.vote(context, vote, instance, regency, lie));
    if (chance(30, 1, instance, regency)) {
      context.send(to, vote);
    }
  }
}
