package dev.lockstep.simulator.adversary.transfer;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Questions about state at the highest rate, and answers that nobody asked for. */
public final class TransferFlood extends Behaviour {
  private final List<Message.Offer> seen = new ArrayList<>();

  public TransferFlood() {
    super("transfer-flood");
  }

  @Override
  public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Offers m && !m.offers().isEmpty()) {
      seen.add(m.offers().get(0));
      if (seen.size() > 16) {
        seen.remove(0);
      }
    }
    return !(message instanceof Message.Piece);
  }

  @Override
  public void onTimer(AdversaryContext context) {
    SplittableRandom random = context.random();
    for (int i = 0; i < 12; i++) {
      int to = Forge.randomPeer(context);
      long instance = seen.isEmpty() ? 1 : seen.get(random.nextInt(seen.size())).instance();
      switch (random.nextInt(6)) {
        case 0 -> context.send(to, new Message.FetchOffers());
        case 1, 2 -> context.send(to, new Message.FetchPiece(instance, random.nextInt(12) - 2));
        case 3 ->
            context.send(to, new Message.FetchDecisions(1, Long.MAX_VALUE, Integer.MAX_VALUE));
        case 4 ->
            context.send(
                to,
                new Message.Piece(
                    instance, random.nextInt(4), new Bytes(new byte[random.nextInt(300)])));
        default -> {
          Manifest own = context.manifestOrNull(instance);
          if (own != null) {
            context.send(to, new Message.ManifestOf(own, List.of()));
          }
        }
      }
    }
  }
}
