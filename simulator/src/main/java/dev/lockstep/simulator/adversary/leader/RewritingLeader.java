package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Recent;

/**
 * A leader that proposes something else than its core, the same to everybody, and stands by it: its
 * votes follow.
 */
public abstract class RewritingLeader extends Behaviour {
  private record Own(long instance, long regency, Digest digest) {}

  /** By what the core proposed. A proposal that is left as it is stands for itself. */
  private final Recent<Own, Message.Propose> rewritten = new Recent<>(64);

  RewritingLeader(String name) {
    super(name);
  }

  /** Returns null to leave the proposal as it is. Asked once for each. */
  abstract Message.Propose rewrite(AdversaryContext context, Message.Propose propose);

  @Override
  protected final void propose(AdversaryContext context, int to, Message.Propose propose) {
    Own own = new Own(propose.instance(), propose.regency(), propose.batch().digest());
    Message.Propose instead = rewritten.get(own);
    if (instead == null) {
      instead = rewrite(context, propose);
      if (instead == null) {
        instead = propose;
      } else {
        Forge.learn(context, instead.batch());
      }
      rewritten.put(own, instead);
    }
    context.send(to, instead);
  }

  @Override
  protected final void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    Message.Propose instead = rewritten.get(new Own(instance, regency, digest));
    if (instead == null || instead.batch().digest().equals(digest)) {
      context.send(to, vote);
    } else {
      context.send(to, Forge.vote(context, vote, instance, regency, instead.batch().digest()));
    }
  }

  /** Receivers that know the digest from votes only must be able to get at the value. */
  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    return serveValue(context, from, message);
  }

  public static boolean serveValue(
      AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.FetchValue fetch) {
      Batch batch = context.conspiracy().batches.get(fetch.digest());
      if (batch != null) {
        context.send(from, new Message.Value(batch));
        return false;
      }
    }
    return true;
  }
}
