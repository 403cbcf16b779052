package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;
import java.util.List;

/**
 * What is wrong with the ports of all cores of a run, between each of them and its host: with the
 * storage, which may lie, with the signatures, with what is sent and received. Nothing is, unless a
 * mutant is hunted. The protocol itself has no switch that only a mutant turns.
 *
 * <p>One flaw serves all cores of many runs at the same time, so it must not keep anything.
 */
public interface Flaw {
  Flaw NONE = new Flaw() {};

  /** Which of the records that storage found the core gets to see when it starts. */
  default List<Record> remembered(List<Record> found) {
    return found;
  }

  /** Whether the record gets into storage; if not, it is confirmed all the same. */
  default boolean writes(Record record) {
    return true;
  }

  /** Whether the confirmation of the record waits until it is durable. */
  default boolean waitsFor(Record record) {
    return true;
  }

  /** Whether the confirmation of a checkpoint waits until it is on the disk. */
  default boolean waitsForCheckpoints() {
    return true;
  }

  /** What leaves instead of what the core sends; null for nothing. */
  default Message.ReplicaMessage sends(Replica core, Message.ReplicaMessage message) {
    return message;
  }

  /** Something that is done with a message before the core gets it. */
  default void receives(Replica core, Message.ReplicaMessage message) {}

  /** The verifier that the core gets. */
  default Verifier verifier(Verifier real) {
    return real;
  }

  /** Whether the signature of an ACCEPT is taken for genuine. */
  default boolean isGenuine(boolean really) {
    return really;
  }
}
