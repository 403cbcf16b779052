package dev.lockstep.simulator.adversary.transfer;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import java.util.SplittableRandom;

/** Pieces that are missing, late, damaged, or gone before the last one. */
public final class BadPieces extends Behaviour {
  public BadPieces() {
    super("bad-pieces");
  }

  @Override
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
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
