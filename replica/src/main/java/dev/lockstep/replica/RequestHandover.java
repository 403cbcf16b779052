package dev.lockstep.replica;

import dev.lockstep.replica.RequestIntake.Incoming;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * From the client loops to the protocol loop: bundles of requests, and how many wait there. Any
 * thread.
 */
final class RequestHandover {
  /** Requests that may wait for the protocol loop before client loops stop reading. */
  static final int WAITING_HIGH = 32_768;

  /** Requests below which client loops read again. */
  static final int WAITING_LOW = 8_192;

  private final Executor protocol;
  private final Consumer<List<Incoming>> onRequests;
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param protocol the protocol loop
   * @param onRequests called there
   */
  RequestHandover(Executor protocol, Consumer<List<Incoming>> onRequests) {
    this.protocol = protocol;
    this.onRequests = onRequests;
  }

  /** Hands a bundle over. Returns whether so many wait now that no more should be read. */
  boolean hand(List<Incoming> bundle) {
    boolean tooMany = waiting.addAndGet(bundle.size()) > WAITING_HIGH;
    protocol.execute(
        () -> {
          onRequests.accept(bundle);
          waiting.addAndGet(-bundle.size());
        });
    return tooMany;
  }

  /** Whether there is room for more again. */
  boolean hasRoom() {
    return waiting.get() <= WAITING_LOW;
  }
}
