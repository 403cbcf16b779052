package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Ballots;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** DECISIONs with certificates that are bad, mixed, too small or those of something else. */
public final class FakeDecision extends Behaviour {
  private final Ballots ballots = new Ballots();

  public FakeDecision() {
    super("fake-decision");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    ballots.hear(context, from, message);
    if (message instanceof Message.FetchDecisions fetch) {
      decide(context, from, Math.max(1, Math.min(fetch.from(), context.lastDelivered() + 1)));
    }
    return true;
  }

  @Override
  public void onTimer(AdversaryContext context) {
    SplittableRandom random = context.random();
    if (random.nextInt(6) == 0) {
      long instance = context.lastDelivered() + random.nextInt(2 * context.view().window() + 2) - 1;
      decide(context, Forge.randomPeer(context), Math.max(1, instance));
    }
  }

  private void decide(AdversaryContext context, int to, long instance) {
    SplittableRandom random = context.random();
    Batch known = Forge.otherBatchAt(context, instance, null);
    if (known == null) {
      Batch like = Forge.latestBatch(context, instance);
      Batch.Header h =
          like == null
              ? new Batch.Header(
                  context.view().id(), instance, context.nowMicros(), Digest.ZERO, 0, Digest.ZERO)
              : like.header();
      known =
          new Batch(
              new Batch.Header(
                  h.view(),
                  instance,
                  h.timestampMicros() + 1,
                  h.nonceSeed(),
                  context.regency(),
                  h.ancestor()),
              List.of());
    }
    Digest digest = known.digest();
    Certificate genuine = context.conspiracy().certificates.get(instance);
    Batch batch = known;
    Certificate certificate;
    List<Request> bodies = new ArrayList<>();
    switch (random.nextInt(10)) {
      case 0:
        certificate = Forge.noiseCertificate(context, instance, context.regency(), digest);
        break;
      case 1:
        certificate = ballots.tooFew(context, instance, digest);
        break;
      case 2:
        certificate = repeated(context, ballots.tooFew(context, instance, digest));
        break;
      case 3:
        // Votes for what is being decided, counted for something else.
        batch = Forge.sibling(known, random.nextInt(4));
        certificate = ballots.mixed(context, instance, batch.digest());
        break;
      case 4:
        certificate = relabelled(context, instance, digest);
        break;
      case 5:
        batch = Forge.sibling(known, random.nextInt(4));
        certificate = genuine == null ? ballots.mixed(context, instance, batch.digest()) : genuine;
        break;
      case 6:
        certificate = strangers(context, instance, digest);
        break;
      case 7:
        certificate = genuine == null ? ballots.tooFew(context, instance, digest) : genuine;
        for (Reference reference : batch.references()) {
          Request body = context.conspiracy().requests.get(reference.digest());
          if (body != null && bodies.size() < 16) {
            bodies.add(Forge.forged(random, body));
          }
        }
        break;
      case 8:
        certificate = new Certificate(instance, context.regency(), digest, List.of());
        break;
      default:
        {
          Certificate few = ballots.mixed(context, instance, digest);
          certificate =
              new Certificate(instance, few.regency() + 1 + random.nextInt(2), digest, few.votes());
        }
    }
    context.send(to, new Message.Decision(batch, certificate, bodies));
  }

  private static Certificate repeated(AdversaryContext context, Certificate few) {
    List<Certificate.Vote> votes = new ArrayList<>(few.votes());
    if (votes.isEmpty()) {
      return few;
    }
    for (int i = 0; votes.size() < context.view().size(); i++) {
      Certificate.Vote again = votes.get(i);
      votes.add(again);
    }
    return new Certificate(few.instance(), few.regency(), few.digest(), votes);
  }

  private static Certificate relabelled(AdversaryContext context, long instance, Digest digest) {
    Certificate other =
        Forge.randomValue(context.random(), context.conspiracy().certificates.values());
    if (other == null) {
      return Forge.noiseCertificate(context, instance, context.regency(), digest);
    }
    return context.random().nextBoolean()
        ? other
        : new Certificate(instance, other.regency(), digest, other.votes());
  }

  private static Certificate strangers(AdversaryContext context, long instance, Digest digest) {
    List<Certificate.Vote> votes = new ArrayList<>();
    Bytes own = Forge.acceptSignature(context, context.self(), instance, context.regency(), digest);
    votes.add(new Certificate.Vote(context.self(), own));
    for (int i = 0; i < context.view().size(); i++) {
      votes.add(new Certificate.Vote(i % 2 == 0 ? 63 + i : -1 - i, own));
    }
    return new Certificate(instance, context.regency(), digest, votes);
  }
}
