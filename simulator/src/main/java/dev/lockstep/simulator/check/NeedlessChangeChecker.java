package dev.lockstep.simulator.check;

import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Healed;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Violation;

/**
 * V2 and V3: once the network has healed and settled, regencies change only as often as faulty
 * leaders, the back-off and, where requests are vouched for, Byzantine clients can make them.
 *
 * <p>Counts new highest regencies that correct replicas promise. Laggards that follow later do not
 * count again, and a jump over several regencies counts once.
 */
public final class NeedlessChangeChecker implements Observer {
  /** More changes than this in one run, whatever the faults, are a livelock. */
  private static final int LIVELOCK = 500;

  private final long settleMicros;
  private final int allowance;
  private long settledAt = Long.MAX_VALUE;
  private long highest;
  private int changes;
  private int total;

  /**
   * @param settleMicros how long after healing regencies may still change freely
   * @param allowance how many changes are in order after that
   */
  public NeedlessChangeChecker(long settleMicros, int allowance) {
    this.settleMicros = settleMicros;
    this.allowance = allowance;
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Persisting seen) {
      persisting(now, seen.record());
    } else if (sighting instanceof Healed) {
      healed(now);
    }
  }

  private void healed(long now) {
    settledAt = now + settleMicros;
  }

  private void persisting(long now, Record record) {
    if (!(record instanceof Record.Promised promised) || promised.regency() <= highest) {
      return;
    }
    highest = promised.regency();
    if (++total > LIVELOCK) {
      throw new Violation("V2", "livelock: " + total + " regency changes, the last to " + highest);
    }
    if (now < settledAt) {
      return;
    }
    changes++;
    if (changes > allowance) {
      throw new Violation(
          "V2",
          changes
              + " regency changes since the network settled, the last to "
              + highest
              + ", but only "
              + allowance
              + " are in order");
    }
  }
}
