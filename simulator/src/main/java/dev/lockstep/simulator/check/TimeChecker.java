package dev.lockstep.simulator.check;

import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Clock;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Violation;
import java.util.Arrays;

/**
 * I11: ordered time strictly increases and never runs ahead of all correct clocks by more than the
 * bound. Replicas with wrong clocks do not count, they are among the f.
 */
public final class TimeChecker implements Observer {
  private static final long NEVER = Long.MIN_VALUE;

  private final Group group;
  private final CheckContext context;

  /** Last wall clock reading of each replica minus global time. */
  private final long[] offsets;

  private long highestClock = NEVER;
  private long instances;
  private long last = NEVER;
  private long limit = NEVER;

  public TimeChecker(CheckContext context) {
    this.context = context;
    group = new Group(context.view(), context.byzantine());
    offsets = new long[group.size()];
    Arrays.fill(offsets, NEVER);
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Delivered seen) {
      delivered(now, seen.delivery());
    } else if (sighting instanceof Clock seen) {
      clock(now, seen.replica(), seen.wallMicros());
    }
  }

  private void clock(long now, int replica, long wallMicros) {
    if (!context.wrongClocks().contains(replica)) {
      offsets[group.position(replica)] = wallMicros - now;
      highestClock = Math.max(highestClock, wallMicros);
    }
  }

  private void delivered(long now, Delivery delivery) {
    if (delivery.instance() != instances + 1) {
      return;
    }
    instances++;
    // A leader's clock has gone on since it was last reported.
    for (long offset : offsets) {
      if (offset != NEVER) {
        highestClock = Math.max(highestClock, now + offset);
      }
    }
    // Delivery may add a microsecond to the time of the instance before (RULES 7).
    limit = limit == NEVER ? NEVER : limit + 1;
    if (highestClock != NEVER) {
      limit = Math.max(limit, highestClock + context.clockBoundMicros());
    }
    long time = delivery.timestampMicros();
    if (time <= last) {
      throw new Violation(
          "I11", "instance " + instances + " has time " + time + " after time " + last);
    }
    if (limit != NEVER && time > limit) {
      throw new Violation(
          "I11",
          "instance "
              + instances
              + " has time "
              + time
              + ", "
              + (time - highestClock)
              + " us ahead of every correct clock");
    }
    last = time;
  }
}
