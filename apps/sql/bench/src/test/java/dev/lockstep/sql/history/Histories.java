package dev.lockstep.sql.history;

import dev.lockstep.sql.history.Operation.Append;
import dev.lockstep.sql.history.Operation.Read;
import dev.lockstep.sql.history.Operation.Step;
import dev.lockstep.sql.history.Operation.Transaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Builds histories by hand: "a 1 7" appends 7 to list 1, "r 1 5,6" reads list 1. */
final class Histories {
  private final List<Event> events = new ArrayList<>();

  /** A transaction that ends before the next line begins. */
  Histories ok(long process, String... steps) {
    return begin(process, steps).end(process, Outcome.OK, steps);
  }

  Histories begin(long process, String... steps) {
    return add(process, Outcome.INVOKE, steps);
  }

  Histories end(long process, Outcome outcome, String... steps) {
    return add(process, outcome, steps);
  }

  /** Transactions that are all under way at the same time; process i has the i-th. */
  Histories together(String[]... transactions) {
    for (int i = 0; i < transactions.length; i++) {
      begin(100 + i, transactions[i]);
    }
    for (int i = 0; i < transactions.length; i++) {
      end(100 + i, Outcome.OK, transactions[i]);
    }
    return this;
  }

  static String[] steps(String... steps) {
    return steps;
  }

  History build() {
    return new History(events);
  }

  private Histories add(long process, Outcome type, String... texts) {
    List<Step> steps = new ArrayList<>();
    for (String text : texts) {
      String[] words = text.split(" ", -1);
      long key = Long.parseLong(words[1]);
      if (words[0].equals("a")) {
        steps.add(new Append(key, Long.parseLong(words[2])));
      } else {
        steps.add(new Read(key, type == Outcome.OK ? values(words[2]) : null));
      }
    }
    events.add(new Event(events.size(), process, type, new Transaction(steps), events.size()));
    return this;
  }

  private static List<Long> values(String list) {
    return list.isEmpty() ? List.of() : Arrays.stream(list.split(",")).map(Long::valueOf).toList();
  }
}
