package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;

/** ACCEPTs that look right but whose signature does not verify, to some. */
public final class BadSignature extends Behaviour {
  public BadSignature() {
    super("bad-signature");
  }

  @Override
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    if (!(vote instanceof Message.Accept accept) || chance(40, instance, regency, to)) {
      context.send(to, vote);
      return;
    }
    Bytes signature =
        switch (pick(6, 1, instance, regency)) {
          case 0 -> Bytes.EMPTY;
          case 1 -> Forge.randomBytes(context.random(), accept.signature().length());
          case 2 -> Forge.accept(context, instance + 1, regency, digest).signature();
          case 3 -> Forge.accept(context, instance, regency + 1, digest).signature();
          case 4 -> Forge.accept(context, instance, regency, digest(instance)).signature();
          default ->
              // A genuine signature of its own, over the same fields but of another view.
              context
                  .signer()
                  .sign(
                      Statements.accept(
                          context.cluster(),
                          context.view().id() + 1,
                          instance,
                          regency,
                          digest,
                          context.self()));
        };
    context.send(to, new Message.Accept(instance, regency, digest, signature));
    if (chance(20, 2, instance, regency)) {
      // The genuine one too late: a receiver must not have used up this sender's vote.
      context.send(to, accept);
    }
  }
}
