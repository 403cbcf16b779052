package dev.lockstep.simulator.adversary.client;

import dev.lockstep.histories.KvOperation;

/** Sends as many and as large requests as it can, some too large. */
public final class ClientFlood implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    int limit = context.view().limits().requestBytes();
    for (int i = 0; i < 2 * context.view().limits().sessionWindow(); i++) {
      int size = context.random().nextInt(limit + limit / 4);
      KvOperation padded = context.write().padded(size, context.random().nextInt(2_000));
      context.toAll(context.request(context.next() + i, padded));
    }
  }
}
