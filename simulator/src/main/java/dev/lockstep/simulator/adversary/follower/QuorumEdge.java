package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;

/**
 * Gives its WRITE for the value to one half and for another to the other half, and its ACCEPT to
 * one correct replica only, so that quorums form at single replicas.
 */
public final class QuorumEdge extends Behaviour {
  public QuorumEdge() {
    super("quorum-edge");
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    long instance = propose.instance();
    long regency = propose.regency();
    if (!chance(20, 1, instance, regency)
        || context.conspirators().contains(to)
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
    int favourite = justEnough(context, instance, regency).get(0);
    if (context.conspirators().contains(to)) {
      context.send(to, vote);
    } else if (to == favourite) {
      context.send(to, vote);
      if (vote instanceof Message.Write) {
        context.send(to, Forge.accept(context, instance, regency, digest));
      }
    } else if (vote instanceof Message.Write) {
      boolean genuine = side(context, to, instance, regency) == 0;
      Batch other = Forge.otherBatchAt(context, instance, digest);
      Digest lie = other == null ? digest(instance, regency) : other.digest();
      context.send(to, genuine ? vote : new Message.Write(instance, regency, lie));
    }
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (!(message instanceof Message.Decision)) {
      context.send(to, message);
    }
  }
}
