package dev.lockstep.simulator.plan;

/**
 * The classes of faults that the environment can have; Byzantine behaviour comes on top of them.
 */
public enum Fault {
  /** Messages vanish. */
  LOSS("loss"),
  /** Messages arrive twice. */
  DUPLICATION("duplication"),
  /** Messages overtake one another. */
  REORDERING("reordering"),
  /** Links are slow for a while. */
  DELAY("delay"),
  /** Two groups of replicas cannot talk; what is sent meanwhile is lost. */
  PARTITION("partition"),
  /** As a partition, but what is sent meanwhile arrives when it is over. */
  STALL("stall"),
  /** One group does not hear another, which does hear it. */
  ONE_WAY("one-way"),
  /** Channels break and are made anew; what was under way is lost. */
  RECONNECT("reconnect"),
  /** Messages of one type are lost on their way to some replicas, for some instances. */
  TARGETED("targeted"),
  /** Processes are killed and started again; their disks stay as they are. */
  CRASH("crash"),
  /** Machines lose power: what was not synced is gone, except for a random prefix. */
  POWER("power"),
  /** A replica comes back with an empty disk; it counts against f until it has recovered. */
  DISK_LOSS("disk-loss"),
  /** A replica stops and later goes on where it was. */
  PAUSE("pause"),
  /** Clocks jump, within the bound in which correct clocks agree. */
  CLOCK("clock"),
  /** The clock of a replica is wrong beyond that bound; it counts against f for the whole run. */
  WRONG_CLOCK("wrong-clock"),
  /** A client's requests never reach some replicas, for the whole run. */
  CLIENT_LINK("client-link"),
  /**
   * Processes die at their next moments of persistence: between a record and what may follow it,
   * before and after an fsync, around a checkpoint; what they want to say from there on is lost.
   */
  PERSISTENCE_CRASH("persistence-crash"),
  /** All machines lose power at once. */
  BLACKOUT("blackout"),
  /** Writes fail, so the process stops; later the disk has room again. */
  DISK_FULL("disk-full"),
  /**
   * Bits flip in the vote file: a replica loses its votes and what it decided since; it counts
   * against f until it has recovered.
   */
  BIT_ROT("bit-rot"),
  /** Bits flip in the newest checkpoint of a replica that is down. */
  CHECKPOINT_ROT("checkpoint-rot");

  private final String label;

  Fault(String label) {
    this.label = label;
  }

  /** The name on the command line. */
  public String label() {
    return label;
  }

  /** Returns null when there is no such fault. */
  public static Fault byLabelOrNull(String label) {
    for (Fault fault : values()) {
      if (fault.label.equals(label)) {
        return fault;
      }
    }
    return null;
  }
}
