package dev.lockstep.protocol.replica.kernel;

import dev.lockstep.protocol.port.VoteStorage;
import dev.lockstep.protocol.record.Record;
import java.util.ArrayDeque;

/**
 * Holds back what must not happen before a record is durable (RULES 25). Storage confirms in order,
 * so a queue is enough.
 */
public final class Durable {
  private record Waiting(long ticket, Runnable then) {}

  private final VoteStorage storage;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  /** Ticket of the last record; from 1, without gaps. */
  private long last;

  public Durable(VoteStorage storage) {
    this.storage = storage;
  }

  /** Appends the record; nothing waits for it. */
  public void persist(Record record) {
    storage.persist(++last, record);
  }

  /** Appends the record; what it allows is done when it is durable. */
  public void persist(Record record, Runnable then) {
    storage.persist(++last, record);
    waiting.add(new Waiting(last, then));
  }

  /** Everything up to this ticket is durable. */
  public void onPersisted(long ticket) {
    while (!waiting.isEmpty() && waiting.peek().ticket <= ticket) {
      waiting.poll().then.run();
    }
  }
}
