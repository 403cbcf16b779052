package dev.lockstep.sql.message;

import java.util.List;

/**
 * What the statement says about the order of its rows, and so what of it must be the same on all
 * replicas.
 *
 * @param total every row has its one place
 * @param keys positions of result columns by which the rows are ordered, if not all places follow
 *     from it: rows with equal values there may come in any order
 */
public record Ordering(boolean total, List<Integer> keys) {
  /** Rows may come in any order. */
  public static final Ordering NONE = new Ordering(false, List.of());

  /** Rows come in one order only. */
  public static final Ordering TOTAL = new Ordering(true, List.of());

  public Ordering {
    keys = List.copyOf(keys);
  }
}
