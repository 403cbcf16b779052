package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;

/** Completely silent from some time on, in a third of the runs from the start. */
public final class CrashMute extends Behaviour {
  private long since;

  public CrashMute() {
    super("crash-mute");
  }

  @Override
  public void start(AdversaryContext context) {
    super.start(context);
    since =
        context.random().nextInt(3) == 0
            ? context.nowMicros()
            : context.nowMicros() + context.random().nextLong(8_000 * MILLIS);
  }

  private boolean mute(AdversaryContext context) {
    return context.nowMicros() >= since;
  }

  @Override
  public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (!mute(context)) {
      context.send(to, message);
    }
  }

  @Override
  public void onReply(AdversaryContext context, ClientId client, Message.ToClient message) {
    if (!mute(context)) {
      context.reply(client, message);
    }
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    return !mute(context);
  }

  @Override
  public boolean onClientRequest(AdversaryContext context, Message.ClientRequest request) {
    return !mute(context);
  }
}
