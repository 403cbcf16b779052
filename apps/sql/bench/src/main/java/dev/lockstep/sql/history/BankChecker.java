package dev.lockstep.sql.history;

import dev.lockstep.sql.history.Anomaly.Kind;
import dev.lockstep.sql.history.Operation.Balances;
import dev.lockstep.sql.history.Operation.Transfer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Judges a history of the bank: every read of all accounts has the same total, and what is in the
 * books at the end is each acknowledged transfer once, of those with unknown outcome some, and
 * nothing else.
 */
public final class BankChecker {
  private BankChecker() {}

  /**
   * Judges the totals that were read.
   *
   * @param total that the bank had at the start
   */
  public static List<Anomaly> checkTotals(History history, long total) {
    List<Anomaly> anomalies = new ArrayList<>();
    for (Call call : history.calls()) {
      if (call.isCommitted() && call.operation() instanceof Balances read) {
        long sum = read.balancesOrNull().values().stream().mapToLong(Long::longValue).sum();
        if (sum != total) {
          anomalies.add(
              new Anomaly(
                  Kind.WRONG_TOTAL,
                  call + " read a total of " + sum + " instead of " + total + "."));
        }
      }
    }
    return anomalies;
  }

  /**
   * Judges what is left at the end.
   *
   * @param start the balance of each account at the start
   * @param ledger the transfers that the database recorded, each in the transaction that made it
   * @param end the balance of each account at the end
   */
  public static List<Anomaly> checkBooks(
      History history,
      SortedMap<Integer, Long> start,
      List<Transfer> ledger,
      SortedMap<Integer, Long> end) {
    List<Anomaly> anomalies = new ArrayList<>();
    Map<Long, Call> asked = new HashMap<>();
    for (Call call : history.calls()) {
      if (call.operation() instanceof Transfer transfer) {
        asked.put(transfer.id(), call);
      }
    }
    TreeMap<Integer, Long> expected = new TreeMap<>(start);
    Map<Long, Transfer> booked = new HashMap<>();
    for (Transfer entry : ledger) {
      expected.merge(entry.from(), -entry.amount(), Long::sum);
      expected.merge(entry.to(), entry.amount(), Long::sum);
      Call call = asked.get(entry.id());
      if (booked.put(entry.id(), entry) != null) {
        anomalies.add(
            new Anomaly(Kind.DUPLICATE, "Transfer " + entry.id() + " is in the ledger twice."));
      } else if (call == null || !call.operation().equals(entry)) {
        anomalies.add(
            new Anomaly(Kind.UNASKED_COMMIT, "Nobody asked for the transfer " + entry + "."));
      } else if (call.outcome() == Outcome.FAIL) {
        anomalies.add(
            new Anomaly(
                Kind.UNASKED_COMMIT, call + " was refused, but " + entry + " is in the ledger."));
      }
    }
    asked.forEach(
        (id, call) -> {
          if (call.isCommitted() && !booked.containsKey(id)) {
            anomalies.add(
                new Anomaly(
                    Kind.LOST_COMMIT,
                    call + " was acknowledged, but transfer " + id + " is not in the ledger."));
          }
        });
    if (!expected.equals(end)) {
      anomalies.add(
          new Anomaly(
              Kind.WRONG_BALANCE,
              "The ledger makes the balances " + expected + ", but they are " + end + "."));
    }
    return anomalies;
  }
}
