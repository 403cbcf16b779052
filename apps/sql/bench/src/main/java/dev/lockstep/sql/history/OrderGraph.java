package dev.lockstep.sql.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What must lie before what, if snapshot isolation is to explain a history. Each transaction has
 * two nodes: its start, when its snapshot is taken, and its commit. An execution under snapshot
 * isolation is an order of these nodes in which
 *
 * <ul>
 *   <li>each start is before its commit,
 *   <li>a commit is before the start of whoever reads or overwrites what it wrote (ww, wr): a
 *       snapshot holds just what was committed before, and of two that write the same, one comes
 *       after the other,
 *   <li>a start is before the commit of whoever overwrites what was read (rw),
 *   <li>and, if the database promises it, a commit is before the starts of what began after its
 *       end.
 * </ul>
 *
 * Such an order exists if and only if the graph has no circle. Write skew has none: both starts lie
 * before both commits.
 */
final class OrderGraph {
  /** Why one transaction lies before another. */
  enum Why {
    /** It overwrites what the first wrote. */
    WW,
    /** It reads what the first wrote. */
    WR,
    /** It overwrites what the first read: only the start of the first lies before its commit. */
    RW,
    /** It began after the first had ended. */
    TIME
  }

  /**
   * An arrow between two transactions.
   *
   * @param key of the list that is the reason; no matter for {@link Why#TIME}
   */
  record Edge(int from, int to, Why why, long key) {
    int fromNode() {
      return why == Why.RW ? start(from) : commit(from);
    }

    int toNode() {
      return why == Why.RW ? commit(to) : start(to);
    }
  }

  private static final int CIRCLES_MAX = 10;
  private static final int BEGINNINGS_MAX = 100;

  private final int transactions;
  private final List<Edge> edges = new ArrayList<>();

  OrderGraph(int transactions) {
    this.transactions = transactions;
  }

  /** Adds an arrow; one from a transaction to itself is none. */
  void add(int from, int to, Why why, long key) {
    if (from != to) {
      edges.add(new Edge(from, to, why, key));
    }
  }

  private static int start(int transaction) {
    return 2 * transaction;
  }

  private static int commit(int transaction) {
    return 2 * transaction + 1;
  }

  /**
   * Looks for circles among arrows of some kinds.
   *
   * @return of each knot of circles a short one, as its arrows in their order; at most ten
   */
  List<List<Edge>> circles(Set<Why> kinds) {
    List<List<Edge>> from = new ArrayList<>(Collections.nCopies(2 * transactions, List.of()));
    for (Edge edge : edges) {
      if (kinds.contains(edge.why)) {
        List<Edge> before = from.get(edge.fromNode());
        if (before.isEmpty()) {
          before = new ArrayList<>();
          from.set(edge.fromNode(), before);
        }
        before.add(edge);
      }
    }
    List<List<Edge>> circles = new ArrayList<>();
    for (List<Integer> knot : knots(from)) {
      if (circles.size() == CIRCLES_MAX) {
        break;
      }
      circles.add(shortest(knot, from));
    }
    return circles;
  }

  /** Where a node leads: along its arrows, and from a start to its own commit. */
  private static int degree(int node, List<List<Edge>> from) {
    return from.get(node).size() + (node % 2 == 0 ? 1 : 0);
  }

  private static int next(int node, int i, List<List<Edge>> from) {
    List<Edge> arrows = from.get(node);
    return i < arrows.size() ? arrows.get(i).toNode() : node + 1;
  }

  /**
   * Strongly connected components of more than one node, by Tarjan's algorithm with its own stack.
   */
  private static List<List<Integer>> knots(List<List<Edge>> from) {
    int nodes = from.size();
    int[] number = new int[nodes];
    int[] low = new int[nodes];
    int[] at = new int[nodes];
    boolean[] held = new boolean[nodes];
    ArrayDeque<Integer> path = new ArrayDeque<>();
    ArrayDeque<Integer> stack = new ArrayDeque<>();
    List<List<Integer>> knots = new ArrayList<>();
    int count = 0;
    for (int root = 0; root < nodes; root++) {
      if (number[root] != 0) {
        continue;
      }
      path.push(root);
      while (!path.isEmpty()) {
        int node = path.peek();
        if (number[node] == 0) {
          number[node] = low[node] = ++count;
          stack.push(node);
          held[node] = true;
        }
        if (at[node] < degree(node, from)) {
          int next = next(node, at[node]++, from);
          if (number[next] == 0) {
            path.push(next);
          } else if (held[next]) {
            low[node] = Math.min(low[node], number[next]);
          }
          continue;
        }
        path.pop();
        if (!path.isEmpty()) {
          low[path.peek()] = Math.min(low[path.peek()], low[node]);
        }
        if (low[node] == number[node]) {
          List<Integer> knot = new ArrayList<>();
          int member;
          do {
            member = stack.pop();
            held[member] = false;
            knot.add(member);
          } while (member != node);
          if (knot.size() > 1) {
            knots.add(knot);
          }
        }
      }
    }
    return knots;
  }

  /** A shortest circle through one of the first nodes of a knot, by search in breadth. */
  private static List<Edge> shortest(List<Integer> knot, List<List<Edge>> from) {
    boolean[] inside = new boolean[from.size()];
    knot.forEach(node -> inside[node] = true);
    List<Edge> best = null;
    for (int root : knot.subList(0, Math.min(knot.size(), BEGINNINGS_MAX))) {
      List<Edge> circle = circle(root, inside, from);
      if (best == null || circle.size() < best.size()) {
        best = circle;
      }
    }
    return best;
  }

  private static List<Edge> circle(int root, boolean[] inside, List<List<Edge>> from) {
    int[] previous = new int[from.size()];
    Edge[] by = new Edge[from.size()];
    Arrays.fill(previous, -1);
    ArrayDeque<Integer> queue = new ArrayDeque<>(List.of(root));
    while (previous[root] < 0) {
      int node = queue.remove();
      for (int i = 0; i < degree(node, from); i++) {
        int next = next(node, i, from);
        if (inside[next] && previous[next] < 0) {
          previous[next] = node;
          by[next] = i < from.get(node).size() ? from.get(node).get(i) : null;
          queue.add(next);
        }
      }
    }
    List<Edge> circle = new ArrayList<>();
    int node = root;
    do {
      if (by[node] != null) {
        circle.add(by[node]);
      }
      node = previous[node];
    } while (node != root);
    Collections.reverse(circle);
    return circle;
  }

  /** What a circle is called. */
  static Anomaly.Kind kind(List<Edge> circle) {
    EnumSet<Why> kinds = EnumSet.noneOf(Why.class);
    circle.forEach(edge -> kinds.add(edge.why));
    boolean time = kinds.contains(Why.TIME);
    if (kinds.contains(Why.RW)) {
      if (time) {
        return Anomaly.Kind.G_SINGLE_REALTIME;
      }
      boolean oneKey = circle.stream().map(Edge::key).distinct().count() == 1;
      if (circle.size() == 2 && kinds.contains(Why.WW) && oneKey) {
        return Anomaly.Kind.LOST_UPDATE;
      }
      return circle.stream().filter(edge -> edge.why == Why.RW).count() == 1
          ? Anomaly.Kind.G_SINGLE
          : Anomaly.Kind.G_NONADJACENT;
    }
    if (kinds.contains(Why.WR)) {
      return time ? Anomaly.Kind.G1C_REALTIME : Anomaly.Kind.G1C;
    }
    return time ? Anomaly.Kind.G0_REALTIME : Anomaly.Kind.G0;
  }
}
