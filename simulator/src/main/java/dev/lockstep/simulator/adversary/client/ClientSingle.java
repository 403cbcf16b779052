package dev.lockstep.simulator.adversary.client;

/** Sends each request to one replica only. */
public final class ClientSingle implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    context.send(someone, context.request(context.next(), context.write()));
  }
}
