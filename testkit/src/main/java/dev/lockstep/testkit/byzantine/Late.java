package dev.lockstep.testkit.byzantine;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Actions;
import java.util.ArrayDeque;

/**
 * A leader whose proposals leave late. It has no timer of its own: what is due leaves with whatever
 * else the core says next, at the latest with its next STATUS, a tenth of a second later.
 */
final class Late extends Passing {
  private record Held(long dueNanos, int to, Message.ReplicaMessage message) {}

  private final long delayNanos;
  private final ArrayDeque<Held> held = new ArrayDeque<>();

  Late(Actions world, long delayNanos) {
    super(world);
    this.delayNanos = delayNanos;
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    if (message instanceof Message.Propose) {
      held.add(new Held(System.nanoTime() + delayNanos, to, message));
    } else {
      world.send(to, message);
    }
    release();
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    world.reply(client, message);
    release();
  }

  private void release() {
    while (!held.isEmpty() && held.peek().dueNanos - System.nanoTime() <= 0) {
      Held due = held.remove();
      world.send(due.to, due.message);
    }
  }
}
