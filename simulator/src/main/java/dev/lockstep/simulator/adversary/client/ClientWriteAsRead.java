package dev.lockstep.simulator.adversary.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Request;
import java.util.Arrays;

/** Claims that its writes are reads, and sends operations that are none. */
public final class ClientWriteAsRead implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    Bytes operation =
        context.random().nextBoolean()
            ? context.write().encode()
            : garbage(context.random().nextInt(64));
    context.toAll(
        context.request(Request.Kind.UNORDERED, context.session(), context.next(), operation));
    if (context.random().nextBoolean()) {
      context.toAll(
          context.request(Request.Kind.ORDERED, context.session(), context.next(), operation));
    }
  }

  /** Bytes that are no operation: all zeros would be one, on a register of the correct clients. */
  private static Bytes garbage(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0xff);
    return new Bytes(bytes);
  }
}
