package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.message.Message;

/**
 * Attacks synchronization phases, and brings them about: as a leader it proposes for a while, the
 * last time to some only so that there is something to synchronize, and then no more.
 */
public abstract class Abdicating extends Behaviour {
  private final Recent<Long, Long> first = new Recent<>(32);

  protected Abdicating(String name) {
    super(name);
  }

  @Override
  protected final void propose(AdversaryContext context, int to, Message.Propose propose) {
    long regency = propose.regency();
    first.putIfAbsent(regency, propose.instance());
    long left = first.get(regency) + 3 + pick(30, 21, regency) - propose.instance();
    if (left > Math.min(3, context.view().window())
        || left >= 0 && (chance(50, 22, regency, to) || context.conspirators().contains(to))) {
      context.send(to, propose);
    }
  }
}
