package dev.lockstep.simulator.adversary.client;

import dev.lockstep.protocol.message.Request;

/** Sends each request to f or f+1 replicas only. */
public final class ClientFew implements ClientAdversary {
  @Override
  public void misbehave(ClientContext context, int someone) {
    int number = context.view().faults() + context.random().nextInt(2);
    Request request = context.request(context.next(), context.write());
    for (int i = 0; i < number; i++) {
      context.send((someone + i) % context.view().size(), request);
    }
  }
}
