package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourcesTest {
  private final View view =
      View.genesis(
          View.Mode.BYZANTINE,
          8,
          List.of(1, 1, 1, 1),
          1,
          View.Limits.defaults(View.RequestAuthentication.VOUCHED));
  private final ReplicaConfig.Budgets budgets = ReplicaConfig.Budgets.defaults();

  @Test
  void saysWhatMayBecomeScarce() {
    long heap = Resources.heapBytes(view, budgets);
    long descriptors = Resources.descriptors(view);
    assertThat(Resources.shortages(view, budgets, heap, descriptors)).isEmpty();
    assertThat(Resources.shortages(view, budgets, heap - 1, descriptors - 1))
        .satisfiesExactly(
            line -> assertThat(line).contains("the heap is").contains("-Xmx"),
            line -> assertThat(line).contains("ulimit -n"));
  }

  @Test
  void defaultsFitIntoAGibibyteOrTwo() {
    assertThat(Resources.heapBytes(view, budgets)).isLessThan(2L << 30);
    assertThat(Resources.descriptors(view)).isLessThan(8192);
  }
}
