package dev.lockstep.simulator.adversary.follower;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Bursts of everything that makes a receiver hold, look up or answer something. */
public final class Flood extends Behaviour {
  public Flood() {
    super("flood");
  }

  @Override
  public void onTimer(AdversaryContext context) {
    if (!chance(30, context.nowMicros() / (500 * MILLIS))) {
      return;
    }
    int victim = Forge.randomPeer(context);
    for (int i = 0; i < 6; i++) {
      int to = i < 4 ? victim : Forge.randomPeer(context);
      context.send(to, noise(context, context.random()));
    }
  }

  private static Message.ReplicaMessage noise(AdversaryContext context, SplittableRandom random) {
    long last = context.lastDelivered();
    long far = last + random.nextInt(1 << random.nextInt(20)) + 1;
    Digest digest = Forge.randomDigest(random);
    switch (random.nextInt(11)) {
      case 0:
        return new Message.Write(far, context.regency() + random.nextInt(3), digest);
      case 1:
        return Forge.accept(context, far, context.regency() + random.nextInt(3), digest);
      case 2:
        return new Message.FetchRequests(digests(random, 64), random.nextBoolean());
      case 3:
        long from = random.nextInt(4) == 0 ? -1 : random.nextLong(last + 2);
        return new Message.FetchDecisions(
            from, from + random.nextInt(1_000), random.nextInt(3) << random.nextInt(31));
      case 4:
        return new Message.FetchValue(far, digest);
      case 5:
        return new Message.Missing(
            far, context.regency(), digests(random, 32), random.nextBoolean());
      case 6:
        {
          List<Request> invented = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            invented.add(Forge.invented(random));
          }
          return random.nextBoolean()
              ? new Message.Forwarded(invented)
              : new Message.RequestBodies(invented);
        }
      case 7:
        {
          Batch known = Forge.latestBatch(context, Long.MAX_VALUE);
          return known == null
              ? new Message.Stop(far)
              : new Message.Value(Forge.sibling(known, random.nextInt(4)));
        }
      case 8:
        {
          Request stolen = Forge.knownRequest(context);
          return stolen == null
              ? new Message.FetchDecisions(0, far, -1)
              : new Message.Forwarded(List.of(stolen, Forge.forged(random, stolen)));
        }
      case 9:
        {
          Message.ReplicaMessage any =
              Forge.randomValue(random, context.conspiracy().history.values());
          return any == null ? new Message.Stop(far) : any;
        }
      default:
        return new Message.Recover(random.nextLong(), 0, Bytes.EMPTY);
    }
  }

  private static List<Digest> digests(SplittableRandom random, int most) {
    List<Digest> digests = new ArrayList<>();
    int count = 1 + random.nextInt(most);
    for (int i = 0; i < count; i++) {
      digests.add(Forge.randomDigest(random));
    }
    return digests;
  }
}
