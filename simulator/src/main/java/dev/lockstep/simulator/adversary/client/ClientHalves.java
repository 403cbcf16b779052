package dev.lockstep.simulator.adversary.client;

import dev.lockstep.protocol.message.Request;

/**
 * Sends one operation to half of the replicas, another one to the other half, until one is
 * answered.
 */
public final class ClientHalves implements ClientAdversary {
  private Request one;
  private Request other;

  @Override
  public void misbehave(ClientContext context, int someone) {
    if (one == null || one.sequence() != context.next() || one.session() != context.session()) {
      one = context.request(context.next(), context.write());
      other = context.request(context.next(), context.write());
    }
    for (int replica = 0; replica < context.view().size(); replica++) {
      context.send(replica, replica % 2 == 0 ? one : other);
    }
  }
}
