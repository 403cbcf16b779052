package dev.lockstep.protocol.record;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Request;
import java.util.List;

/**
 * What a replica hands to its storage, in order, into one append-only file (RULES 25, 26). A
 * restart gives back a prefix of what was handed over.
 */
public sealed interface Record {
  /** Before a WRITE leaves (crash mode: before an ACCEPT): the value with all its bodies. */
  record Wrote(long instance, long regency, Batch batch, List<Request> bodies) implements Record {
    public Wrote {
      bodies = List.copyOf(bodies);
    }
  }

  /** Before an ACCEPT leaves: the lock. In Byzantine mode only; bodies may be elsewhere. */
  record Locked(long instance, long regency, Digest digest) implements Record {}

  /** Before a STOPDATA leaves; synced in every mode. */
  record Promised(long regency) implements Record {}

  /** A decision, at its delivery. */
  record Decided(Batch batch, Certificate certificate, List<Request> bodies) implements Record {
    public Decided {
      bodies = List.copyOf(bodies);
    }
  }

  /** The highest incarnation that another replica claimed; synced in every mode (RULES 27). */
  record Incarnation(int replica, long incarnation, Bytes claimSignature) implements Record {}

  /** This replica's own header after a loss; synced in every mode (RULES 27). */
  record Muted(long incarnation, long muteUntil) implements Record {}

  /** Whether it must be on the disk itself before it counts, whatever the durability mode. */
  default boolean alwaysSynced() {
    return this instanceof Promised || this instanceof Incarnation || this instanceof Muted;
  }
}
