package dev.lockstep.sql.history;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What one transaction of a workload does. In an invocation, what reads found is not known yet. */
public sealed interface Operation {

  /** The name of the operation in a file. */
  String name();

  /**
   * A transaction of the list-append workload.
   *
   * @param steps in their order
   */
  record Transaction(List<Step> steps) implements Operation {
    /** Copies the list. */
    public Transaction {
      steps = List.copyOf(steps);
    }

    @Override
    public String name() {
      return "txn";
    }
  }

  /** A step of a list-append transaction. */
  sealed interface Step {

    /** Which list. */
    long key();
  }

  /**
   * Adds a value at the end of a list.
   *
   * @param value which no other append to the same list of the history has
   */
  record Append(long key, long value) implements Step {}

  /**
   * Reads a list.
   *
   * @param valuesOrNull what it held, in its order; null while that is unknown
   */
  record Read(long key, List<Long> valuesOrNull) implements Step {
    /** Copies the list. */
    public Read {
      valuesOrNull = valuesOrNull == null ? null : List.copyOf(valuesOrNull);
    }
  }

  /**
   * Moves money from one account to another.
   *
   * @param id which no other transfer of the history has
   */
  record Transfer(long id, int from, int to, long amount) implements Operation {
    @Override
    public String name() {
      return "transfer";
    }
  }

  /**
   * Reads all accounts in one transaction.
   *
   * @param balancesOrNull the balance of each account; null while that is unknown
   */
  record Balances(SortedMap<Integer, Long> balancesOrNull) implements Operation {
    /** Copies the map. */
    public Balances {
      balancesOrNull = balancesOrNull == null ? null : new TreeMap<>(balancesOrNull);
    }

    /** As above, from any map. */
    public static Balances of(Map<Integer, Long> balances) {
      return new Balances(new TreeMap<>(balances));
    }

    @Override
    public String name() {
      return "read";
    }
  }
}
