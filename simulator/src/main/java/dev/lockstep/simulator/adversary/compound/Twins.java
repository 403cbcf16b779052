package dev.lockstep.simulator.adversary.compound;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import dev.lockstep.simulator.adversary.leader.RewritingLeader;
import java.util.List;

/**
 * Two cores with one identity, each of which hears and is heard by a part of the others; the parts
 * change every few instances and with each regency (the method of Twins).
 *
 * <p>Without an engine that runs a second core it plays the second one by heart: towards its part
 * it proposes another value, votes for that, and remembers nothing in STOPDATA.
 */
public final class Twins extends Behaviour {
  /** Instances for which the parts stay as they are: a twin must be able to keep up for a while. */
  private static final long BLOCK = 8;

  private static final int BOTH = 2;

  private boolean real;

  public Twins() {
    super("twins");
  }

  @Override
  public boolean wantsTwin() {
    return true;
  }

  @Override
  public void twinStarted() {
    real = true;
  }

  private int part(AdversaryContext context, int peer, long instance, long regency) {
    if (context.conspirators().contains(peer)) {
      return BOTH;
    }
    int drawn = pick(9, instance / BLOCK, regency, peer);
    return drawn == 8 ? BOTH : drawn % 2;
  }

  @Override
  public boolean twinHears(
      AdversaryContext context, int twin, int peer, Message.ReplicaMessage message) {
    Rounds.Round round = Rounds.ofOrNull(message);
    if (round == null) {
      // Questions and answers: whoever asked must get its answer.
      return true;
    }
    int part = part(context, peer, round.instance(), round.regency());
    return part == BOTH || part == twin;
  }

  private boolean second(AdversaryContext context, int peer, long instance, long regency) {
    return !real && part(context, peer, instance, regency) == 1;
  }

  @Override
  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    long instance = propose.instance();
    long regency = propose.regency();
    Batch sibling = Forge.sibling(propose.batch(), pick(4, 1, instance, regency));
    if (!real) {
      Forge.learn(context, sibling);
    }
    context.send(
        to,
        second(context, to, instance, regency)
            ? new Message.Propose(instance, regency, sibling, propose.inlined())
            : propose);
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    if (!second(context, to, instance, regency)) {
      context.send(to, vote);
      return;
    }
    List<Batch> known = Forge.batchesAt(context, instance, regency);
    known.removeIf(batch -> batch.digest().equals(digest));
    if (!known.isEmpty()) {
      context.send(to, Forge.vote(context, vote, instance, regency, known.get(0).digest()));
    }
    // Else the other twin has seen no proposal.
  }

  @Override
  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    boolean second = second(context, to, 0, data.testimony().core().regency());
    context.send(
        to,
        second
            ? Lies.message(context, Lies.hide(data.testimony().core(), 0), data.certificates())
            : data);
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    return real || RewritingLeader.serveValue(context, from, message);
  }
}
