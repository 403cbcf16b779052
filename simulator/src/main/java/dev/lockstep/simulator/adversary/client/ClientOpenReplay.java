package dev.lockstep.simulator.adversary.client;

import dev.lockstep.protocol.message.Request;
import java.util.List;
import java.util.SplittableRandom;

/** Sends OPENs again, late, early, and in great numbers. */
public final class ClientOpenReplay implements ClientAdversary {
  @Override
  public void onTick(ClientContext context) {
    SplittableRandom random = context.random();
    List<Request> opens = context.opens();
    if (!opens.isEmpty() && random.nextBoolean()) {
      context.toAll(opens.get(random.nextInt(opens.size())));
    }
    switch (random.nextInt(4)) {
      case 0 -> context.toAll(context.open(random.nextLong(), 0));
      case 1 ->
          context.toAll(
              context.openWithDeadline(random.nextLong(), context.wallMicros() - 1_000_000));
      case 2 -> context.toAll(context.openWithDeadline(random.nextLong(), Long.MAX_VALUE));
      default ->
          context.send(
              random.nextInt(context.view().size()),
              context.open(context.nonce(), context.session()));
    }
  }

  @Override
  public void misbehave(ClientContext context, int someone) {
    context.toAll(context.request(context.next(), context.write()));
  }
}
