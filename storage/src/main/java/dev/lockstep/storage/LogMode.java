package dev.lockstep.storage;

/** When a record counts as kept (RULES 25). The mode may change between two starts. */
public enum LogMode {
  /**
   * When it is on the disk itself. Nothing that was confirmed is lost by any crash, of the process
   * or of the machine, of one replica or of all at once.
   */
  DURABLE,

  /**
   * When it is written to the file, without waiting for the disk. A killed process forgets nothing.
   * After a crash of the machine the replica counts its votes as lost and comes back as a learner;
   * if more than f machines crash together, what was acknowledged may be lost and the group stands
   * still until an operator decides.
   */
  MEMORY,

  /**
   * As {@link #MEMORY}, and the file is also forced to the disk in the background once per {@link
   * LogConfig#forceIntervalMillis()}. After a crash of the machine the decisions up to about one
   * interval before it are still there and need not be fetched; the votes count as lost
   * nevertheless, because those of the last interval may be missing.
   */
  ASYNC
}
