package dev.lockstep.protocol.replica.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkTest {
  private final Work work = new Work();

  @Test
  void whatWasTouchedIsNamedOnceAndInOrder() {
    assertThat(work.isEmpty()).isTrue();
    work.touch(7);
    work.touch(3);
    work.touch(7);
    assertThat(work.isEmpty()).isFalse();
    assertThat(work.isAll()).isFalse();
    assertThat(work.touched()).containsExactly(3L, 7L);
    work.clear();
    assertThat(work.isEmpty()).isTrue();
    assertThat(work.touched()).isEmpty();
  }

  @Test
  void allSwallowsTheSingleOnes() {
    work.touch(3);
    work.touchAll();
    work.touch(4);
    assertThat(work.isAll()).isTrue();
    assertThat(work.touched()).isEmpty();
    work.clear();
    assertThat(work.isEmpty()).isTrue();
  }
}
