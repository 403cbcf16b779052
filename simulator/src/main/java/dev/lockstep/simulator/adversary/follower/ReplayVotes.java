package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Recent;

/** Votes that were valid for another instance, regency or value, as they were and relabelled. */
public final class ReplayVotes extends Behaviour {
  private final Recent<Long, Message.ReplicaMessage> sent = new Recent<>(64);
  private long count;

  public ReplayVotes() {
    super("replay-votes");
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    sent.put(count++, vote);
    Message.ReplicaMessage old = Forge.randomValue(context.random(), sent.values());
    switch (pick(5, instance, regency, to)) {
      case 0 -> {
        context.send(to, old);
        context.send(to, vote);
      }
      case 1 -> context.send(to, relabelled(old, instance, regency, digest));
      case 2 -> {
        context.send(to, relabelled(old, instance, regency, digest));
        context.send(to, vote);
      }
      case 3 -> {
        // A later round answered with what was said in an earlier one.
        context.send(to, relabelled(vote, instance + 1, regency, digest));
        context.send(to, vote);
      }
      default -> context.send(to, vote);
    }
  }

  private static Message.ReplicaMessage relabelled(
      Message.ReplicaMessage old, long instance, long regency, Digest digest) {
    return old instanceof Message.Accept accept
        ? new Message.Accept(instance, regency, digest, accept.signature())
        : new Message.Write(instance, regency, ((Message.Write) old).digest());
  }
}
