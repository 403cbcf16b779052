package dev.lockstep.simulator.check;

import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The checkers' own quorum arithmetic. Deliberately naive, and deliberately not {@link
 * dev.lockstep.protocol.view.QuorumSystem}: a mistake there must not hide itself here.
 */
final class Group {
  private final View view;
  private final int[] position;
  private final long total;
  private final long heaviest;
  private final long byzantineMask;
  private final long byzantineWeight;

  Group(View view, Set<Integer> byzantine) {
    this.view = view;
    int highest = 0;
    long sum = 0;
    List<Integer> weights = new ArrayList<>();
    for (View.Member member : view.members()) {
      highest = Math.max(highest, member.replica());
      sum += member.weight();
      weights.add(member.weight());
    }
    total = sum;
    weights.sort((a, b) -> Integer.compare(b, a));
    long top = 0;
    for (int i = 0; i < view.faults(); i++) {
      top += weights.get(i);
    }
    heaviest = top;
    position = new int[highest + 1];
    Arrays.fill(position, -1);
    for (int i = 0; i < view.members().size(); i++) {
      position[view.members().get(i).replica()] = i;
    }
    long mask = 0;
    for (int replica : byzantine) {
      mask |= bit(replica);
    }
    byzantineMask = mask;
    byzantineWeight = weight(mask);
  }

  int size() {
    return view.members().size();
  }

  boolean isByzantineMode() {
    return view.mode() == View.Mode.BYZANTINE;
  }

  /** Position of a replica among the members, or -1. */
  int position(int replica) {
    return replica < 0 || replica >= position.length ? -1 : position[replica];
  }

  /** The bit of a replica, or 0 when it is no member. */
  long bit(int replica) {
    int at = position(replica);
    return at < 0 ? 0 : 1L << at;
  }

  long weight(long mask) {
    long sum = 0;
    for (int i = 0; i < view.members().size(); i++) {
      if ((mask >>> i & 1) != 0) {
        sum += view.members().get(i).weight();
      }
    }
    return sum;
  }

  /** More than (total + f heaviest) / 2; in crash mode more than half. */
  boolean isVoteQuorum(long mask) {
    return isEnough(weight(mask));
  }

  /** Whether these correct replicas are a vote quorum together with all Byzantine ones. */
  boolean isVoteQuorumWithByzantine(long correct) {
    return isEnough(weight(correct & ~byzantineMask) + byzantineWeight);
  }

  private boolean isEnough(long weight) {
    return 2 * weight > total + (isByzantineMode() ? heaviest : 0);
  }

  long byzantineMask() {
    return byzantineMask;
  }

  /** Replicas whose STOPs install a regency: a count, never a weight. */
  int install() {
    return isByzantineMode() ? 2 * view.faults() + 1 : view.faults() + 1;
  }
}
