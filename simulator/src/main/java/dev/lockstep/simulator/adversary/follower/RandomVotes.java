package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.SplittableRandom;

/** Votes without a PROPOSE, for noise and for known values, ahead of everybody. */
public final class RandomVotes extends Behaviour {
  public RandomVotes() {
    super("random-votes");
  }

  @Override
  public void onTimer(AdversaryContext context) {
    SplittableRandom random = context.random();
    if (random.nextInt(4) != 0) {
      return;
    }
    long instance =
        Math.max(1, context.lastDelivered() + random.nextInt(2 * context.view().window() + 3) - 1);
    long regency = Math.max(0, context.regency() + random.nextInt(4) - 1);
    Batch known = Forge.otherBatchAt(context, instance, null);
    Digest digest =
        known == null || random.nextBoolean() ? Forge.randomDigest(random) : known.digest();
    for (int i = 0; i < 2; i++) {
      int to = Forge.randomPeer(context);
      if (random.nextBoolean()) {
        context.send(to, new Message.Write(instance, regency, digest));
      }
      context.send(to, Forge.accept(context, instance, regency, digest));
    }
  }
}
