package dev.lockstep.protocol.rules;

/** Timers and help around a change of regency. */
public interface RegencyRule {
  RegencyRule STANDARD = new RegencyRule() {};

  /** Whether an installed regency that does not get going leads to the next (PROTOCOL E9). */
  default boolean hasSyncTimer() {
    return true;
  }

  /** Whether decisions are handed to those who lack them (T8, T12). */
  default boolean handsOutDecisions() {
    return true;
  }
}
