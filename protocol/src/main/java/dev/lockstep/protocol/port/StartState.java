package dev.lockstep.protocol.port;

import dev.lockstep.protocol.record.Record;
import java.util.List;

/**
 * What storage found when the replica started.
 *
 * @param kind FRESH: made by {@code init} and never started; INTACT: restarted with its vote file;
 *     LOST: the vote file is gone or cannot be trusted (RULES 27), {@code records} may still hold
 *     decisions
 * @param records what survived, in the order in which it was handed over
 * @param checkpoint the newest one that is whole, whose content the service has been restored from
 *     before anything is executed; null if there is none
 */
public record StartState(Kind kind, List<Record> records, Checkpoint checkpoint) {

  /** Without a checkpoint. */
  public StartState(Kind kind, List<Record> records) {
    this(kind, records, null);
  }

  public enum Kind {
    FRESH,
    INTACT,
    LOST
  }

  public StartState {
    records = List.copyOf(records);
  }

  public static StartState fresh() {
    return new StartState(Kind.FRESH, List.of());
  }
}
