package dev.lockstep.sql.server;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * How much memory the steps may take that were sent ahead of the order: one client may have half of
 * what all together may. Guarded by the monitor of {@link Speculation}.
 */
final class SpeculationBudget {
  private final long bytesMax;
  private final Map<UUID, Long> byClient = new HashMap<>();
  private long bytes;

  SpeculationBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** A quarter of what this process may have. */
  static SpeculationBudget ofThisProcess() {
    return new SpeculationBudget(Runtime.getRuntime().maxMemory() / 4);
  }

  /** Whether a client may have more. */
  boolean hasRoom(UUID client, long more) {
    return bytes + more <= bytesMax && byClient.getOrDefault(client, 0L) + more <= bytesMax / 2;
  }

  void take(UUID client, long more) {
    bytes += more;
    byClient.merge(client, more, Long::sum);
  }

  void give(UUID client, long less) {
    bytes -= less;
    byClient.computeIfPresent(client, (key, had) -> had == less ? null : had - less);
  }

  long bytes() {
    return bytes;
  }
}
