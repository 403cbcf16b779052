package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Senders that attack state transfer (T1 to T9). */
final class TransferBehaviours {
  private TransferBehaviours() {}

  /**
   * T1: its checkpoints are those of another state, complete and consistent in themselves; all
   * conspirators vouch for the forgeries of each other.
   */
  static final class ForgedState extends Behaviour {
    ForgedState() {
      super("forged-state");
    }

    /** The last byte of the service's state is another one. */
    private static Bytes forged(Bytes piece) {
      byte[] bytes = piece.array().clone();
      bytes[bytes.length - 1] ^= 1;
      return new Bytes(bytes);
    }

    private static Manifest forged(AdversaryContext context, long instance) {
      Manifest m = context.manifestOrNull(instance);
      if (m == null || m.contentPieces().isEmpty()) {
        return m;
      }
      int last = m.contentPieces().size() - 1;
      List<Digest> pieces = new ArrayList<>(m.contentPieces());
      pieces.set(last, Digest.hash(forged(context.contentOrNull(instance, last)).array()));
      return new Manifest(instance, m.stateBytes(), m.statePieces(), m.contentBytes(), pieces);
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      TreeMap<Long, Digest> forgeries = context.conspiracy().forgeries;
      if (message instanceof Message.Offers m) {
        for (Message.Offer offer : m.offers()) {
          Manifest forged = forged(context, offer.instance());
          if (forged != null) {
            forgeries.putIfAbsent(offer.instance(), forged.hash());
          }
        }
        while (forgeries.size() > 8) {
          forgeries.pollFirstEntry();
        }
        List<Message.Offer> offers = new ArrayList<>();
        forgeries.forEach((instance, hash) -> offers.add(new Message.Offer(instance, hash)));
        context.send(to, new Message.Offers(offers, m.first(), m.lastDelivered()));
      } else if (message instanceof Message.Manifested m) {
        context.send(
            to, new Message.Manifested(forged(context, m.manifest().instance()), m.certificates()));
      } else if (message instanceof Message.Piece m) {
        Manifest manifest = context.manifestOrNull(m.instance());
        boolean last = manifest != null && m.piece() == manifest.size() - 1;
        context.send(
            to,
            last && m.bytes().length() > 0
                ? new Message.Piece(m.instance(), m.piece(), forged(m.bytes()))
                : m);
      } else {
        context.send(to, message);
      }
    }
  }

  /** T3, T6, T7: offers that are stale, invented, of the future; logs that are said to be gone. */
  static final class FalseOffers extends Behaviour {
    FalseOffers() {
      super("false-offers");
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      SplittableRandom random = context.random();
      if (message instanceof Message.Offers m) {
        List<Message.Offer> offers = new ArrayList<>(m.offers());
        switch (random.nextInt(4)) {
          case 0 ->
              offers.replaceAll(
                  offer -> new Message.Offer(offer.instance(), Forge.randomDigest(random)));
          case 1 -> {
            if (!offers.isEmpty()) {
              offers.remove(offers.size() - 1);
            }
          }
          case 2 ->
              offers.add(
                  new Message.Offer(
                      context.lastDelivered() + 1 + random.nextInt(1 << random.nextInt(20)),
                      Forge.randomDigest(random)));
          default ->
              offers.replaceAll(
                  offer ->
                      new Message.Offer(
                          Math.max(1, offer.instance() - random.nextInt(5)), offer.hash()));
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

  /** T4, T8: pieces that are missing, late, damaged, or gone before the last one. */
  static final class BadPieces extends Behaviour {
    BadPieces() {
      super("bad-pieces");
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (!(message instanceof Message.Piece m)) {
        context.send(to, message);
        return;
      }
      SplittableRandom random = context.random();
      Manifest manifest = context.manifestOrNull(m.instance());
      boolean last = manifest != null && m.piece() == manifest.size() - 1;
      switch (last ? random.nextInt(4) : random.nextInt(8)) {
        case 0 -> {}
        case 1 -> context.send(to, new Message.Piece(m.instance(), m.piece(), Bytes.EMPTY));
        case 2 -> {
          byte[] bytes = m.bytes().array().clone();
          if (bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] ^= 4;
          }
          context.send(to, new Message.Piece(m.instance(), m.piece(), new Bytes(bytes)));
        }
        case 3 -> context.sendLater(random.nextInt(400) * MILLIS, to, m);
        default -> context.send(to, m);
      }
    }
  }

  /** T9: questions about state at the highest rate, and answers that nobody asked for. */
  static final class TransferFlood extends Behaviour {
    private final List<Message.Offer> seen = new ArrayList<>();

    TransferFlood() {
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
              context.send(to, new Message.Manifested(own, List.of()));
            }
          }
        }
      }
    }
  }
}
