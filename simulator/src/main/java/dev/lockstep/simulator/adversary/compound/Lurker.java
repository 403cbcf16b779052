package dev.lockstep.simulator.adversary.compound;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Correct until the group changes its regency; then helps to, and attacks until that is over. */
public final class Lurker extends Chain {
  private static final long PATIENCE = 600 * Behaviour.MILLIS;

  private final Set<Integer> active = new TreeSet<>();
  private long until = Long.MIN_VALUE;

  public Lurker(List<Adversary> members) {
    super("lurker", members);
  }

  @Override
  boolean isActive(AdversaryContext context, int member) {
    return context.nowMicros() < until && active.contains(member);
  }

  private boolean wake(AdversaryContext context) {
    boolean woke = context.nowMicros() >= until;
    if (woke) {
      active.clear();
      for (int i = 0; i < 3; i++) {
        active.add(context.random().nextInt(size()));
      }
    }
    until = context.nowMicros() + PATIENCE;
    return woke;
  }

  @Override
  public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (message instanceof Message.StopData || message instanceof Message.Sync) {
      wake(context);
    }
    super.onSend(context, to, message);
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Stop stop
        && stop.regency() == context.regency() + 1
        && !context.conspirators().contains(from)
        && wake(context)) {
      for (int peer : context.others()) {
        context.send(peer, message);
      }
    }
    return super.onReceive(context, from, message);
  }
}
