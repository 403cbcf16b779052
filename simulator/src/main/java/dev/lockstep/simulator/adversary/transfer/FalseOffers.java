package dev.lockstep.simulator.adversary.transfer;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Offers that are stale, invented, of the future; logs that are said to be gone. */
public final class FalseOffers extends Behaviour {
  public FalseOffers() {
    super("false-offers");
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    SplittableRandom random = context.random();
    if (message instanceof Message.Offers m) {
      List<Message.Offer> offers = new ArrayList<>(m.offers());
      switch (random.nextInt(4)) {
        case 0 ->
            offers.replaceAll(
                offer -> new Message.Offer(offer.instance(), Forge.randomDigest(random), offer.bytes()));
        case 1 -> {
          if (!offers.isEmpty()) {
            offers.remove(offers.size() - 1);
          }
        }
        case 2 ->
            offers.add(
                new Message.Offer(
                    context.lastDelivered() + 1 + random.nextInt(1 << random.nextInt(20)),
                    Forge.randomDigest(random),
                    1L << random.nextInt(50)));
        default ->
            offers.replaceAll(
                offer ->
                    new Message.Offer(
                        Math.max(1, offer.instance() - random.nextInt(5)), offer.hash(), offer.bytes()));
      }
      context.send(to, new Message.Offers(offers, m.first(), m.lastDelivered() + 1_000));
    } else if (message instanceof Message.Fetched m) {
      context.send(
          to, new Message.Fetched(m.from(), m.from(), m.lastDelivered() + 1, m.lastDelivered()));
    } else if (message instanceof Message.Status m && random.nextInt(3) == 0) {
      context.send(
          to,
          new Message.Status(
              m.view(),
              m.regency(),
              m.nextRegency(),
              m.synced(),
              m.lastDelivered() + random.nextInt(1 << random.nextInt(24)),
              m.learnUntil()));
    } else if (!(message instanceof Message.Decision)) {
      context.send(to, message);
    }
  }
}
