package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;

/** Never proposes the requests of one client, in some runs of all clients. */
public final class Censor extends RewritingLeader {
  private ClientId victim;

  public Censor() {
    super("censor");
  }

  private boolean censored(ClientId client) {
    return chance(20, 1) || client.equals(victim);
  }

  @Override
  Message.Propose rewrite(AdversaryContext context, Message.Propose propose) {
    List<Reference> kept = new ArrayList<>();
    for (Reference reference : propose.batch().references()) {
      if (victim == null && context.random().nextInt(3) == 0) {
        victim = reference.client();
      }
      if (!censored(reference.client())) {
        kept.add(reference);
      }
    }
    if (kept.size() == propose.batch().references().size()) {
      return null;
    }
    List<Request> inlined = new ArrayList<>(propose.inlined());
    inlined.removeIf(request -> censored(request.client()));
    return new Message.Propose(
        propose.instance(),
        propose.regency(),
        Forge.batch(propose.batch().header(), kept),
        inlined);
  }
}
