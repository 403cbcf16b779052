package dev.lockstep.protocol.replica.facts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** RULES 36. */
class TimeoutsTest {
  private final Timeouts timeouts = new Timeouts(100, 3);

  private void progress(int times) {
    for (int i = 0; i < times; i++) {
      timeouts.onProgress();
    }
  }

  @Test
  void startsAtTheBase() {
    assertThat(timeouts.current()).isEqualTo(100);
    progress(100);
    assertThat(timeouts.current()).isEqualTo(100);
  }

  @Test
  void theFirstChangeIsFree() {
    timeouts.onRegencyInstalled();
    assertThat(timeouts.current()).isEqualTo(100);
  }

  @Test
  void doublesWithoutProgressUpToTheCap() {
    long[] expected = {100, 200, 400, 800, 800, 800};
    for (long current : expected) {
      timeouts.onRegencyInstalled();
      assertThat(timeouts.current()).isEqualTo(current);
    }
  }

  @Test
  void progressBetweenChangesKeepsIt() {
    timeouts.onRegencyInstalled();
    timeouts.onRegencyInstalled();
    assertThat(timeouts.current()).isEqualTo(200);
    for (int i = 0; i < 5; i++) {
      progress(1);
      timeouts.onRegencyInstalled();
      assertThat(timeouts.current()).isEqualTo(200);
    }
  }

  @Test
  void fallsBackStepByStep() {
    for (int i = 0; i < 4; i++) {
      timeouts.onRegencyInstalled();
    }
    progress(3);
    assertThat(timeouts.current()).isEqualTo(800);
    progress(1);
    assertThat(timeouts.current()).isEqualTo(400);
    progress(4);
    assertThat(timeouts.current()).isEqualTo(200);
    progress(4);
    assertThat(timeouts.current()).isEqualTo(100);
    progress(50);
    assertThat(timeouts.current()).isEqualTo(100);
  }

  @Test
  void aChangeStartsTheCountOfProgressAnew() {
    for (int i = 0; i < 4; i++) {
      timeouts.onRegencyInstalled();
    }
    progress(3);
    timeouts.onRegencyInstalled();
    progress(3);
    assertThat(timeouts.current()).isEqualTo(800);
    progress(1);
    assertThat(timeouts.current()).isEqualTo(400);
  }

  @Test
  void mayBeToldNotToDouble() {
    Timeouts fixed = new Timeouts(100, 0);
    for (int i = 0; i < 5; i++) {
      fixed.onRegencyInstalled();
    }
    assertThat(fixed.current()).isEqualTo(100);
  }
}
