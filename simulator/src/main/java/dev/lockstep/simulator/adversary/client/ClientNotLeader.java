package dev.lockstep.simulator.adversary.client;

import dev.lockstep.protocol.message.Request;

/** Sends each request to all but the leader. */
public final class ClientNotLeader implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    Request request = context.request(context.next(), context.write());
    int leader = context.view().leader(context.regencySeen());
    for (int replica = 0; replica < context.view().size(); replica++) {
      if (replica != leader) {
        context.send(replica, request);
      }
    }
  }
}
