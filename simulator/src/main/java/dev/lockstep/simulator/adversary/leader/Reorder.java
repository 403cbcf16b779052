package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Turns the order within sessions around and leaves gaps that it fills too late. */
public final class Reorder extends RewritingLeader {
  private final Deque<Reference> held = new ArrayDeque<>();

  public Reorder() {
    super("reorder");
  }

  @Override
  Message.Propose rewrite(AdversaryContext context, Message.Propose propose) {
    List<Reference> references = new ArrayList<>(propose.batch().references());
    if (references.isEmpty() || !chance(60, propose.instance(), propose.regency())) {
      return null;
    }
    if (held.isEmpty() && (references.size() == 1 || chance(30, 1, propose.instance()))) {
      held.add(references.remove(0));
    } else {
      Collections.reverse(references);
      Set<Reference> there = new HashSet<>(references);
      while (!held.isEmpty()) {
        Reference late = held.poll();
        if (there.add(late) && references.size() < context.view().limits().batchRequests()) {
          references.add(late);
        }
      }
    }
    return new Message.Propose(
        propose.instance(),
        propose.regency(),
        Forge.batch(propose.batch().header(), references),
        propose.inlined());
  }
}
