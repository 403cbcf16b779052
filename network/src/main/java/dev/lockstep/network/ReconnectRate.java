package dev.lockstep.network;

import java.util.concurrent.TimeUnit;

/**
 * How often one replica may connect. Each new connection makes the protocol repeat itself, so a
 * replica that makes one after the other is slowed down: to what a correct dialler, which doubles
 * its pauses, never exceeds. Any thread.
 */
final class ReconnectRate {
  /** So many may come at once before they are slowed down. */
  private static final int AT_ONCE = 16;

  private final long intervalNanos;

  /** Connections use up time at a fixed price; the time before this has been used up. */
  private long freeAt = System.nanoTime() - Long.MAX_VALUE / 2;

  ReconnectRate(NetworkLimits limits) {
    intervalNanos = TimeUnit.MILLISECONDS.toNanos(limits.redialMostMillis()) / 2;
  }

  /** Whether one more is let in; it has been used up then. */
  synchronized boolean take() {
    long now = System.nanoTime();
    freeAt = Math.max(freeAt, now - AT_ONCE * intervalNanos);
    if (freeAt > now - intervalNanos) {
      return false;
    }
    freeAt += intervalNanos;
    return true;
  }
}
