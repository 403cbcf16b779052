package dev.lockstep.fabric.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private final Budget budget = new Budget(100);
  private final AtomicInteger woken = new AtomicInteger();

  private boolean take(Budget.Holder holder, long bytes) {
    return budget.take(holder, bytes, woken::incrementAndGet);
  }

  @Test
  void whoFindsNoRoomIsWokenWhenThereIs() {
    Budget.Holder one = () -> {};
    Budget.Holder two = () -> {};
    assertThat(take(one, 80)).isTrue();
    assertThat(take(two, 30)).isFalse();
    assertThat(woken).hasValue(0);
    budget.giveBack(one);
    assertThat(woken).hasValue(1);
    assertThat(take(two, 30)).isTrue();
    assertThat(budget.heldBytes()).isEqualTo(30);
  }

  @Test
  void oneBlockAlwaysFits() {
    assertThat(take(() -> {}, 1_000)).isTrue();
    assertThat(take(() -> {}, 1)).isFalse();
  }

  @Test
  void whatIsGivenBackTwiceCountsOnce() {
    Budget.Holder one = () -> {};
    take(one, 80);
    take(() -> {}, 20);
    budget.giveBack(one);
    budget.giveBack(one);
    assertThat(budget.heldBytes()).isEqualTo(20);
  }
}
