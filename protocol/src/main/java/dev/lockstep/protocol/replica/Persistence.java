package dev.lockstep.protocol.replica;

import java.util.ArrayDeque;

/**
 * Holds back what must not happen before a record is durable (RULES 25). Storage confirms in order,
 * so a queue is enough.
 */
final class Persistence {
  private record Waiting(long ticket, Runnable then) {}

  private final Actions actions;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long last;

  Persistence(Actions actions) {
    this.actions = actions;
  }

  void persist(Record record) {
    actions.persist(++last, record);
  }

  void persist(Record record, Runnable then) {
    actions.persist(++last, record);
    waiting.add(new Waiting(last, then));
  }

  void onPersisted(long ticket) {
    while (!waiting.isEmpty() && waiting.peek().ticket <= ticket) {
      waiting.poll().then.run();
    }
  }
}
