package dev.lockstep.testkit.byzantine;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Actions;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A leader that proposes something else to some peers than what its own core proposes, and votes
 * WRITE there accordingly. It cannot sign an ACCEPT for it, since its core signs what it voted for
 * only; the peers that it deceives get none.
 */
abstract class OtherProposal extends Passing {
  private static final int REMEMBERED = 1024;

  private record Key(int peer, long instance, long regency) {}

  private final Map<Key, Digest> told =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Digest> eldest) {
          return size() > REMEMBERED;
        }
      };

  OtherProposal(Actions world) {
    super(world);
  }

  /** What this peer is told instead; the same batch to tell the truth. */
  abstract Batch batchFor(int peer, Batch truth);

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    if (message instanceof Message.Propose propose) {
      Batch batch = batchFor(to, propose.batch());
      if (!batch.equals(propose.batch())) {
        told.put(new Key(to, propose.instance(), propose.regency()), batch.digest());
      }
      world.send(
          to, new Message.Propose(propose.instance(), propose.regency(), batch, propose.inlined()));
    } else if (message instanceof Message.Write write) {
      Digest digest = told.get(new Key(to, write.instance(), write.regency()));
      world.send(
          to,
          digest == null ? write : new Message.Write(write.instance(), write.regency(), digest));
    } else if (!(message instanceof Message.Accept accept)
        || !told.containsKey(new Key(to, accept.instance(), accept.regency()))) {
      world.send(to, message);
    }
  }
}
