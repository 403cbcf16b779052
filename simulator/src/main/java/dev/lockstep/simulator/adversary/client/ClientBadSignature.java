package dev.lockstep.simulator.adversary.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Request;
import java.util.SplittableRandom;

/** Signs wrongly, for all replicas or for some. */
public final class ClientBadSignature implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    SplittableRandom random = context.random();
    Request good = context.request(context.next(), context.write());
    boolean some = random.nextBoolean();
    for (int replica = 0; replica < context.view().size(); replica++) {
      boolean bad = !some || random.nextBoolean();
      context.send(
          replica,
          bad ? good.withSignature(random.nextInt(3) == 0 ? Bytes.EMPTY : garbage(random)) : good);
    }
    if (random.nextInt(3) == 0) {
      context.toAll(good);
    }
  }

  private static Bytes garbage(SplittableRandom random) {
    byte[] bytes = new byte[1 + random.nextInt(63)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    bytes[0] = (byte) 0xff;
    return new Bytes(bytes);
  }
}
