package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.rules.RestartRule;
import java.util.ArrayDeque;

/**
 * Holds back what must not happen before a record is durable (RULES 25). Storage confirms in order,
 * so a queue is enough.
 */
final class Persistence {
  private record Waiting(long ticket, Runnable then) {}

  private final Actions actions;
  private final RestartRule rule;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long last;

  Persistence(Actions actions, RestartRule rule) {
    this.actions = actions;
    this.rule = rule;
  }

  void persist(Record record) {
    actions.persist(++last, record);
  }

  void persist(Record record, Runnable then) {
    if (rule.isPersisted(record)) {
      actions.persist(++last, record);
    }
    if (rule.waitsFor(record)) {
      waiting.add(new Waiting(last, then));
    } else {
      then.run();
    }
  }

  void onPersisted(long ticket) {
    while (!waiting.isEmpty() && waiting.peek().ticket <= ticket) {
      waiting.poll().then.run();
    }
  }
}
