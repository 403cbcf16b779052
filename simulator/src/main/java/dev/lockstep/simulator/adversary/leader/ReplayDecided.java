package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Proposes the requests of decided batches again, alone or among fresh ones. */
public final class ReplayDecided extends RewritingLeader {
  public ReplayDecided() {
    super("replay-decided");
  }

  @Override
  Message.Propose rewrite(AdversaryContext context, Message.Propose propose) {
    if (!chance(20, propose.instance(), propose.regency())) {
      return null;
    }
    List<Batch> older = new ArrayList<>();
    for (Batch batch : context.conspiracy().batches.values()) {
      if (batch.instance() < propose.instance() && !batch.references().isEmpty()) {
        older.add(batch);
      }
    }
    if (older.isEmpty()) {
      return null;
    }
    Batch old = Forge.randomOf(context.random(), older);
    Batch batch =
        switch (context.random().nextInt(3)) {
          case 0 -> Forge.batch(propose.batch().header(), old.references());
          case 1 -> old;
          default -> {
            Set<Reference> all = new LinkedHashSet<>(propose.batch().references());
            for (Reference reference : old.references()) {
              if (all.size() < context.view().limits().batchRequests()) {
                all.add(reference);
              }
            }
            yield Forge.batch(propose.batch().header(), List.copyOf(all));
          }
        };
    return new Message.Propose(propose.instance(), propose.regency(), batch, propose.inlined());
  }
}
