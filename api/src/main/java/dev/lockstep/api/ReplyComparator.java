package dev.lockstep.api;

/**
 * Says when the replies of two replicas count as the same, for services whose replies may differ in
 * parts that do not matter. Must be an equivalence; must not throw on any bytes (a faulty replica
 * may have sent them), an exception counts as "not the same".
 */
@FunctionalInterface
public interface ReplyComparator {
  boolean isSame(byte[] one, byte[] other);
}
