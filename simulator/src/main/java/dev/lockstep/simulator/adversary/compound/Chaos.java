package dev.lockstep.simulator.adversary.compound;

import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Draws other behaviours and drops them again, several at a time, all through the run. */
public final class Chaos extends Chain {
  private final Set<Integer> active = new TreeSet<>();
  private long until = -1;

  public Chaos(List<Adversary> members) {
    super("chaos", members);
  }

  @Override
  boolean isActive(AdversaryContext context, int member) {
    if (context.nowMicros() >= until) {
      until = context.nowMicros() + (100 + context.random().nextInt(900)) * Behaviour.MILLIS;
      active.clear();
      int count = context.random().nextInt(5);
      for (int i = 0; i < count; i++) {
        active.add(context.random().nextInt(size()));
      }
    }
    return active.contains(member);
  }
}
