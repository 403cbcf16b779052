package dev.lockstep.testkit.workload;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.simulator.KvOperation;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.check.LinearizabilityChecker;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What clients asked of registers and were answered, in the order in which it happened. Safe for
 * any number of threads: call {@link #invoke} before an operation leaves, and the others once its
 * outcome is known.
 */
public final class History {
  private static final ClientId ANYBODY = new ClientId(0, 0);

  private final LinearizabilityChecker checker = new LinearizabilityChecker();
  private long calls;

  /** A write that answers the old value. Returns a handle for its outcome. */
  public long put(long register, long value) {
    return invoke(KvOperation.put(register, value));
  }

  /** A read. Returns a handle for its outcome. */
  public long get(long register) {
    return invoke(KvOperation.get(register));
  }

  private synchronized long invoke(KvOperation operation) {
    long call = ++calls;
    checker.invoked(0, ANYBODY, call, operation.isRead(), operation.encode());
    return call;
  }

  /** The operation returned this value; 0 for a register that was never written. */
  public synchronized void returned(long call, long value) {
    checker.returned(0, ANYBODY, call, new Bytes(ByteBuffer.allocate(8).putLong(value).array()));
  }

  /** The operation failed, and may be executed or not, at any time. */
  public synchronized void unknown(long call) {
    checker.unknown(0, ANYBODY, call);
  }

  /** How many operations were asked for. */
  public synchronized long size() {
    return calls;
  }

  /**
   * Judges the whole history, once, when nothing is under way any more.
   *
   * @return why it is not linearizable; empty if it is
   */
  public synchronized Optional<String> violation() {
    try {
      checker.ended(0);
      return Optional.empty();
    } catch (Violation violation) {
      return Optional.of(violation.getMessage());
    }
  }
}
