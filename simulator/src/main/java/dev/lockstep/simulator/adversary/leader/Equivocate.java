package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.List;

/** Two valid values to two halves, and votes for each. */
public final class Equivocate extends Behaviour {
  public Equivocate() {
    super("equivocate");
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    long instance = propose.instance();
    long regency = propose.regency();
    Batch one = propose.batch();
    Batch two = Forge.sibling(one, pick(4, 1, instance, regency));
    Forge.learn(context, one);
    Forge.learn(context, two);
    List<Batch> both = Forge.batchesAt(context, instance, regency);
    Batch chosen =
        both.size() < 2 || context.conspirators().contains(to)
            ? one
            : both.get(side(context, to, instance, regency));
    context.send(to, new Message.Propose(instance, regency, chosen, propose.inlined()));
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    List<Batch> both = Forge.batchesAt(context, instance, regency);
    if (both.size() < 2 || context.conspirators().contains(to)) {
      context.send(to, vote);
      return;
    }
    Digest chosen = both.get(side(context, to, instance, regency)).digest();
    context.send(to, Forge.vote(context, vote, instance, regency, chosen));
    if (vote instanceof Message.Write && chance(50, 2, instance, regency)) {
      // The core sees a WRITE quorum for one of the values at most; the other half is served now.
      context.send(to, Forge.accept(context, instance, regency, chosen));
    }
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    return RewritingLeader.serveValue(context, from, message);
  }
}
