package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;

/** Everything that others wait for comes around the time at which they stop waiting. */
public final class DelayedVotes extends Behaviour {
  private static final int[] DELAYS = {20, 90, 180, 350, 390, 420, 700, 1_500};

  public DelayedVotes() {
    super("delayed-votes");
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    int kind = vote instanceof Message.Accept ? 1 : 0;
    int index = pick(DELAYS.length, instance, regency, kind);
    context.sendLater(DELAYS[index] * MILLIS, to, vote);
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (message instanceof Message.Decision
        || message instanceof Message.Value
        || message instanceof Message.RequestBodies
        || message instanceof Message.Forwarded) {
      int index = context.random().nextInt(DELAYS.length);
      context.sendLater(DELAYS[index] * MILLIS, to, message);
    } else {
      context.send(to, message);
    }
  }
}
