package dev.lockstep.simulator.adversary.transfer;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Its checkpoints are those of another state, complete and consistent in themselves; all
 * conspirators vouch for the forgeries of each other.
 */
public final class ForgedState extends Behaviour {
  public ForgedState() {
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
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    TreeMap<Long, Message.Offer> forgeries = context.conspiracy().forgeries;
    if (message instanceof Message.Offers m) {
      for (Message.Offer offer : m.offers()) {
        Manifest forged = forged(context, offer.instance());
        if (forged != null) {
          forgeries.putIfAbsent(
              offer.instance(),
              new Message.Offer(offer.instance(), forged.hash(), forged.bytes()));
        }
      }
      while (forgeries.size() > 8) {
        forgeries.pollFirstEntry();
      }
      List<Message.Offer> offers = List.copyOf(forgeries.values());
      context.send(to, new Message.Offers(offers, m.first(), m.lastDelivered()));
    } else if (message instanceof Message.ManifestOf m) {
      context.send(
          to, new Message.ManifestOf(forged(context, m.manifest().instance()), m.certificates()));
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
