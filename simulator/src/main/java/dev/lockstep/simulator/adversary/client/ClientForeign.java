package dev.lockstep.simulator.adversary.client;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import java.util.SplittableRandom;

/** Uses the sessions and the identities of others, and sessions that nobody has. */
public final class ClientForeign implements ClientAdversary {
  @Override
  public void onTick(ClientContext context) {
    SplittableRandom random = context.random();
    // Session ids are positions of the order, so those of others are easy to guess.
    long guess = 1 + random.nextInt(64);
    context.toAll(
        context.request(
            Request.Kind.ORDERED,
            random.nextBoolean() ? guess : guess << 16,
            context.next(),
            context.write().encode()));
    ClientId victim = context.victim();
    long sequence = 1 + random.nextInt(4);
    context.toAll(context.forged(victim, guess, sequence, context.write()));
  }

  @Override
  public void misbehave(ClientContext context, int someone) {}
}
