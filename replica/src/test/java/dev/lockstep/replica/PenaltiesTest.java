package dev.lockstep.replica;

import static dev.lockstep.replica.Penalties.PAUSE_NANOS;
import static dev.lockstep.replica.Penalties.PAUSE_NANOS_MOST;
import static dev.lockstep.replica.Penalties.PROBATION;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PenaltiesTest {
  private long now = 1;
  private final Penalties<String> penalties = new Penalties<>(() -> now);

  @Test
  void pausesOnceHoweverOftenItIsPenalizedMeanwhile() {
    assertThat(penalties.penalize("a")).isEqualTo(PAUSE_NANOS);
    assertThat(penalties.penalize("a")).isZero();
    assertThat(penalties.isHeld("a")).isTrue();
    assertThat(penalties.isHeld("b")).isFalse();
    penalties.release("a");
    assertThat(penalties.isHeld("a")).isFalse();
  }

  @Test
  void pausesGrowWhileItGoesOnAndEndAtABound() {
    long longest = 0;
    for (int i = 0; i < 40; i++) {
      long pause = penalties.penalize("a");
      assertThat(pause).isBetween(Math.max(PAUSE_NANOS, longest), PAUSE_NANOS_MOST);
      longest = pause;
      now += pause;
      penalties.release("a");
    }
    assertThat(longest).isEqualTo(PAUSE_NANOS_MOST);
  }

  @Test
  void onProbationSoManyMessagesAreReadThenItPausesAgain() {
    now += penalties.penalize("a");
    penalties.release("a");
    for (int i = 1; i < PROBATION; i++) {
      assertThat(penalties.onMessage("a")).isZero();
    }
    assertThat(penalties.onMessage("a")).isEqualTo(PAUSE_NANOS);
    assertThat(penalties.onMessage("innocent")).isZero();
  }

  @Test
  void whoKeepsQuietIsForgiven() {
    now += penalties.penalize("a");
    penalties.release("a");
    for (int i = 0; i < PROBATION; i++) {
      penalties.onMessage("a");
    }
    now += 4 * PAUSE_NANOS;
    penalties.release("a");
    for (int i = 0; i < 2 * PROBATION; i++) {
      assertThat(penalties.onMessage("a")).isZero();
    }
  }

  @Test
  void ofAConnectionThatIsGoneNothingStays() {
    penalties.penalize("a");
    penalties.forget("a");
    penalties.release("a");
    assertThat(penalties.isHeld("a")).isFalse();
    assertThat(penalties.onMessage("a")).isZero();
    assertThat(penalties.penalize("a")).isEqualTo(PAUSE_NANOS);
  }
}
