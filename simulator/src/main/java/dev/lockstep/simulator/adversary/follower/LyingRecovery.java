package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.List;
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
              recover.nonce(),
              recover.incarnation(),
              recover.signature(),
              0,
              context.regency(),
              0,
              null,
              List.of()));
    }
    return true;
  }

  private static void lie(AdversaryContext context, int to, Message.RecoverReply r) {
    SplittableRandom random = context.random();
    long low = r.lastDelivered() / 2;
    Certificate any = Forge.randomValue(random, context.conspiracy().certificates.values());
    Message.RecoverReply lie =
        switch (random.nextInt(11)) {
          case 0 -> delivered(r, 0, null);
          case 1 -> delivered(r, low, context.conspiracy().certificates.get(low));
          case 2 -> delivered(r, r.lastDelivered() + 1_000, any);
          case 3 ->
              new Message.RecoverReply(
                  r.nonce() + 1,
                  r.incarnation(),
                  r.claimSignature(),
                  r.senderIncarnation(),
                  r.promised(),
                  r.lastDelivered(),
                  r.certificate(),
                  r.acknowledged());
          case 4 -> claimed(r, r.incarnation() + 1_000, Forge.randomBytes(random, 32));
          case 5 ->
              // A claim of its own in place of the asker's.
              claimed(r, r.incarnation() + 1, claim(context, r.incarnation() + 1).signature());
          case 6 ->
              delivered(
                  claimed(r, 0, Bytes.EMPTY),
                  r.lastDelivered() + 5,
                  Forge.noiseCertificate(
                      context,
                      r.lastDelivered() + 5,
                      context.regency(),
                      Forge.randomDigest(random)));
          case 7 -> promised(r, random.nextBoolean() ? 0 : Long.MAX_VALUE, r.acknowledged());
          case 8 -> promised(r, 0, List.of());
          case 9 ->
              // Somebody else lost its votes, on no word of its own.
              promised(
                  r,
                  r.promised(),
                  List.of(
                      new Claim(
                          Forge.randomPeer(context), 1 + random.nextInt(9), r.claimSignature())));
          default -> r;
        };
    context.send(to, lie);
  }

  private static Message.RecoverReply delivered(
      Message.RecoverReply r, long last, Certificate certificate) {
    return new Message.RecoverReply(
        r.nonce(),
        r.incarnation(),
        r.claimSignature(),
        r.senderIncarnation(),
        r.promised(),
        last,
        certificate,
        r.acknowledged());
  }

  private static Message.RecoverReply claimed(
      Message.RecoverReply r, long incarnation, Bytes signature) {
    return new Message.RecoverReply(
        r.nonce(),
        incarnation,
        signature,
        r.senderIncarnation(),
        r.promised(),
        r.lastDelivered(),
        r.certificate(),
        r.acknowledged());
  }

  private static Message.RecoverReply promised(
      Message.RecoverReply r, long promised, List<Claim> acknowledged) {
    return new Message.RecoverReply(
        r.nonce(),
        r.incarnation(),
        r.claimSignature(),
        r.senderIncarnation(),
        promised,
        r.lastDelivered(),
        r.certificate(),
        acknowledged);
  }

  /** A claim of its own. */
  private static Claim claim(AdversaryContext context, long incarnation) {
    return new Claim(
        context.self(),
        incarnation,
        context
            .signer()
            .sign(Statements.incarnation(context.cluster(), context.self(), incarnation)));
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
      context.send(peer, new Message.Recover(nonce, claimed, claim(context, claimed).signature()));
    }
  }
}
