package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;

/**
 * Says which results count as the same. An equivalence on the results that correct replicas give;
 * others may be arbitrary bytes. One that throws says no.
 */
@FunctionalInterface
public interface ReplyComparator {
  boolean isSame(Bytes one, Bytes other);
}
