package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;

/** Silent towards all but just enough, others every second; answers no fetches of theirs. */
public final class SelectivelySilent extends Behaviour {
  public SelectivelySilent() {
    super("selectively-silent");
  }

  @Override
  public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    long slot = context.nowMicros() / (1_000 * MILLIS);
    if (context.conspirators().contains(to) || justEnough(context, slot).contains(to)) {
      context.send(to, message);
    }
  }
}
