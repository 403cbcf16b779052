package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Two variants at each place of a session, in the order of the places. */
class SessionLaneTest {
  private static final int WINDOW = 8;

  private final SessionLane lane = new SessionLane(5, 0, WINDOW);

  private static PooledRequest pooled(long sequence, String operation) {
    var request = request(ALICE, 5, sequence, operation);
    PooledRequest pooled = new PooledRequest(request.digest());
    pooled.request = request;
    return pooled;
  }

  private PooledRequest add(long sequence, String operation) {
    PooledRequest pooled = pooled(sequence, operation);
    assertThat(lane.add(pooled)).isTrue();
    return pooled;
  }

  private List<PooledRequest> all() {
    List<PooledRequest> all = new ArrayList<>();
    lane.forEach(all::add);
    return all;
  }

  @Test
  void holdsTwoVariantsAtAPlaceInTheOrderInWhichTheyCame() {
    PooledRequest first = add(1, "x");
    PooledRequest second = add(1, "y");
    assertThat(lane.add(pooled(1, "z"))).isFalse();
    assertThat(lane.at(1)).isSameAs(first);
    assertThat(all()).containsExactly(first, second);

    lane.remove(first);
    assertThat(lane.at(1)).isSameAs(second);
    PooledRequest third = add(1, "z");
    assertThat(all()).containsExactly(second, third);
    lane.remove(third);
    assertThat(all()).containsExactly(second);
    lane.remove(second);
    assertThat(lane.isEmpty()).isTrue();
    assertThat(lane.first()).isNull();
  }

  @Test
  void knowsTheLowestPlaceThatIsTaken() {
    PooledRequest seven = add(7, "op");
    assertThat(lane.first()).isSameAs(seven);
    PooledRequest three = add(3, "op");
    assertThat(lane.first()).isSameAs(three);
    lane.remove(three);
    assertThat(lane.first()).isSameAs(seven);
  }

  /** A replica that is behind is sent what lies beyond the window that it knows. */
  @Test
  void takesWhatLiesBeyondTheWindowAndFindsItWhenTheWindowMoves() {
    PooledRequest far = add(WINDOW + 3, "x");
    PooledRequest farVariant = add(WINDOW + 3, "y");
    PooledRequest farther = add(1000, "op");
    PooledRequest one = add(1, "op");
    assertThat(all()).containsExactly(one, far, farVariant, farther);

    assertThat(lane.takeUpTo(1)).isSameAs(one);
    assertThat(lane.takeUpTo(1)).isNull();
    lane.advance(WINDOW + 2);
    assertThat(lane.at(WINDOW + 3)).isSameAs(far);
    assertThat(lane.first()).isSameAs(far);
    assertThat(all()).containsExactly(far, farVariant, farther);
    assertThat(lane.takeUpTo(2000)).isSameAs(far);
    assertThat(lane.takeUpTo(2000)).isSameAs(farVariant);
    assertThat(lane.takeUpTo(2000)).isSameAs(farther);
    assertThat(lane.isEmpty()).isTrue();
  }

  /** In a session that ended any sequence waits for its EXPIRED, also one that was executed. */
  @Test
  void takesWhatLiesBelowTheLastExecuted() {
    lane.advance(20);
    PooledRequest next = add(21, "op");
    PooledRequest old = add(2, "op");
    assertThat(lane.first()).isSameAs(old);
    assertThat(lane.at(2)).isSameAs(old);
    assertThat(all()).containsExactly(old, next);
    assertThat(lane.takeUpTo(20)).isSameAs(old);
    assertThat(lane.first()).isSameAs(next);
  }

  @Test
  void anySequenceIsAPlace() {
    PooledRequest last = add(Long.MAX_VALUE, "op");
    assertThat(lane.at(Long.MAX_VALUE)).isSameAs(last);
    assertThat(lane.at(Long.MIN_VALUE)).isNull();
    assertThat(lane.at(0)).isNull();
    assertThat(lane.takeUpTo(Long.MAX_VALUE)).isSameAs(last);
  }

  /** Against lists in a tree, for windows of any size. */
  @Test
  void behavesAsATreeDoes() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      long executed = random.nextInt(3);
      SessionLane one = new SessionLane(5, executed, 1 + random.nextInt(20));
      one.open = true;
      TreeMap<Long, List<PooledRequest>> other = new TreeMap<>();
      for (int step = 0; step < 200; step++) {
        long sequence = Math.max(0, executed - 3 + random.nextInt(random.nextInt(8) == 0 ? 99 : 9));
        switch (random.nextInt(4)) {
          case 0, 1 -> {
            PooledRequest pooled = pooled(sequence, "v" + step);
            List<PooledRequest> variants =
                other.computeIfAbsent(sequence, any -> new ArrayList<>());
            assertThat(one.add(pooled)).isEqualTo(variants.size() < 2);
            if (variants.size() < 2) {
              variants.add(pooled);
            }
          }
          case 2 -> {
            List<PooledRequest> variants = other.get(sequence);
            if (variants != null) {
              one.remove(variants.remove(random.nextInt(variants.size())));
              if (variants.isEmpty()) {
                other.remove(sequence);
              }
            }
          }
          default -> {
            while (!other.isEmpty() && other.firstKey() <= sequence) {
              for (PooledRequest variant : other.pollFirstEntry().getValue()) {
                assertThat(one.takeUpTo(sequence)).isSameAs(variant);
              }
            }
            assertThat(one.takeUpTo(sequence)).isNull();
            one.advance(sequence);
            executed = Math.max(executed, sequence);
          }
        }
        List<PooledRequest> all = new ArrayList<>();
        one.forEach(all::add);
        assertThat(all).isEqualTo(other.values().stream().flatMap(List::stream).toList());
        assertThat(one.isEmpty()).isEqualTo(other.isEmpty());
        Map.Entry<Long, List<PooledRequest>> first = other.firstEntry();
        assertThat(one.first()).isSameAs(first == null ? null : first.getValue().get(0));
        int run = 0;
        while (other.containsKey(executed + 1 + run)) {
          run++;
        }
        assertThat(one.run()).isEqualTo(run);
        List<PooledRequest> there = other.get(sequence);
        assertThat(one.at(sequence)).isSameAs(there == null ? null : there.get(0));
      }
    }
  }
}
