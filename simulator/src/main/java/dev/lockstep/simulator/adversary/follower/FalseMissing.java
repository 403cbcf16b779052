package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;

/** RULES 13: says that it misses requests which it has or which do not exist, and for too long. */
public final class FalseMissing extends Behaviour {
  public FalseMissing() {
    super("false-missing");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Propose p && chance(60, p.instance(), p.regency())) {
      List<Digest> digests = new ArrayList<>();
      for (Reference reference : p.batch().references()) {
        if (digests.size() < 64) {
          digests.add(reference.digest());
        }
      }
      if (chance(20, 1, p.instance()) || digests.isEmpty()) {
        digests.add(Forge.randomDigest(context.random()));
      }
      boolean overdue = chance(70, 2, p.instance(), p.regency());
      for (int peer : context.others()) {
        context.send(peer, new Message.Missing(p.instance(), p.regency(), digests, overdue));
      }
      context.send(from, new Message.FetchRequests(digests, true));
    }
    return true;
  }
}
