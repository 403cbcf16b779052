package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.SplittableRandom;

/** T5, T6 for RULES 27: misleads a replica that lost its votes, and claims to have lost its own. */
public final class LyingRecovery extends Behaviour {
  private long incarnation;

  public LyingRecovery() {
    super("lying-recovery");
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (message instanceof Message.RecoverReply reply) {
      lie(context, to, reply);
    } else {
      context.send(to, message);
    }
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Recover recover) {
      // Its core may not answer at all; this replica always does.
      lie(
          context,
          from,
          new Message.RecoverReply(
              recover.nonce(), recover.incarnation(), recover.signature(), 0, null));
    }
    return true;
  }

  private static void lie(AdversaryContext context, int to, Message.RecoverReply r) {
    SplittableRandom random = context.random();
    long low = r.lastDelivered() / 2;
    Certificate any = Forge.randomValue(random, context.conspiracy().certificates.values());
    Message.RecoverReply lie =
        switch (random.nextInt(8)) {
          case 0 ->
              new Message.RecoverReply(r.nonce(), r.incarnation(), r.claimSignature(), 0, null);
          case 1 ->
              new Message.RecoverReply(
                  r.nonce(),
                  r.incarnation(),
                  r.claimSignature(),
                  low,
                  context.conspiracy().certificates.get(low));
          case 2 ->
              new Message.RecoverReply(
                  r.nonce(), r.incarnation(), r.claimSignature(), r.lastDelivered() + 1_000, any);
          case 3 ->
              new Message.RecoverReply(
                  r.nonce() + 1,
                  r.incarnation(),
                  r.claimSignature(),
                  r.lastDelivered(),
                  r.certificate());
          case 4 ->
              new Message.RecoverReply(
                  r.nonce(),
                  r.incarnation() + 1_000,
                  Forge.randomBytes(random, 32),
                  r.lastDelivered(),
                  r.certificate());
          case 5 ->
              // A claim of its own in place of the asker's.
              new Message.RecoverReply(
                  r.nonce(),
                  r.incarnation() + 1,
                  context
                      .signer()
                      .sign(
                          Statements.incarnation(
                              context.cluster(), context.self(), r.incarnation() + 1)),
                  r.lastDelivered(),
                  r.certificate());
          case 6 ->
              new Message.RecoverReply(
                  r.nonce(),
                  0,
                  Bytes.EMPTY,
                  r.lastDelivered() + 5,
                  Forge.noiseCertificate(
                      context,
                      r.lastDelivered() + 5,
                      context.regency(),
                      Forge.randomDigest(random)));
          default -> r;
        };
    context.send(to, lie);
  }

  @Override
  public void onTimer(AdversaryContext context) {
    SplittableRandom random = context.random();
    if (random.nextInt(100) != 0) {
      return;
    }
    incarnation += random.nextInt(2);
    long claimed = random.nextInt(8) == 0 ? Long.MAX_VALUE : incarnation;
    long nonce = random.nextLong();
    for (int peer : context.others()) {
      context.send(
          peer,
          new Message.Recover(
              nonce,
              claimed,
              context
                  .signer()
                  .sign(Statements.incarnation(context.cluster(), context.self(), claimed))));
    }
  }
}
