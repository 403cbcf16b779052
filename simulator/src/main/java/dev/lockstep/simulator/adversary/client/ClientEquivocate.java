package dev.lockstep.simulator.adversary.client;

/** Sends the same sequence with another operation to every replica. */
public final class ClientEquivocate implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    for (int replica = 0; replica < context.view().size(); replica++) {
      context.send(replica, context.request(context.next(), context.write()));
    }
  }
}
