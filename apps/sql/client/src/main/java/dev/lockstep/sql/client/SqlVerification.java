package dev.lockstep.sql.client;

import java.util.List;
import java.util.Map;

/**
 * How the databases of the replicas compare.
 *
 * @param agreeing replicas with the digest that f+1 have at least; empty if no f+1 agree
 * @param differing replicas with another one, and the tables that differ
 * @param silent replicas that did not answer in time
 * @param tables number of tables that were compared
 * @param repairing whether those that differ were told to take up a copy of the others
 */
public record SqlVerification(
    List<Integer> agreeing,
    Map<Integer, List<String>> differing,
    List<Integer> silent,
    int tables,
    boolean repairing) {
  public SqlVerification {
    agreeing = List.copyOf(agreeing);
    differing = Map.copyOf(differing);
    silent = List.copyOf(silent);
  }

  /** Whether all replicas answered and agree. */
  public boolean isEqual() {
    return differing.isEmpty() && silent.isEmpty() && !agreeing.isEmpty();
  }
}
