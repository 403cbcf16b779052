package dev.lockstep.protocol.replica.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimersTest {
  private final Clock clock = new Clock();
  private final Timers timers = new Timers(clock);
  private final List<Timer> fired = new ArrayList<>();
  private final long[] due = new long[Timer.values().length];

  private void on(Timer timer, long at) {
    due[timer.ordinal()] = at;
    timers.on(
        timer,
        () -> due[timer.ordinal()],
        () -> {
          fired.add(timer);
          due[timer.ordinal()] = Timers.NEVER;
        });
  }

  @Test
  void nothingIsDueWithoutTimers() {
    assertThat(timers.next()).isEqualTo(Timers.NEVER);
    assertThat(timers.fire()).isFalse();
  }

  @Test
  void whatFiresIsWhatWasAnnounced() {
    on(Timer.STATUS, 10);
    on(Timer.VALUE, 5);
    assertThat(timers.next()).isEqualTo(5);
    clock.set(4, 0);
    assertThat(timers.fire()).isFalse();
    clock.set(5, 0);
    assertThat(timers.fire()).isTrue();
    assertThat(fired).containsExactly(Timer.VALUE);
    assertThat(timers.next()).isEqualTo(10);
  }

  @Test
  void timersOfTheSameTimeFireInTheirOrder() {
    on(Timer.FILLER, 1);
    on(Timer.SYNC, 1);
    on(Timer.REQUEST, 1);
    clock.set(1, 0);
    timers.fire();
    assertThat(fired).containsExactly(Timer.SYNC, Timer.REQUEST, Timer.FILLER);
  }

  @Test
  void aTimerThatAnotherMakesDueFiresToo() {
    due[Timer.BATCH.ordinal()] = Timers.NEVER;
    timers.on(Timer.SYNC, () -> fired.isEmpty() ? 1 : Timers.NEVER, () -> fired.add(Timer.SYNC));
    timers.on(
        Timer.BATCH,
        () -> fired.size() == 1 ? 1 : Timers.NEVER,
        () -> fired.add(Timer.BATCH));
    clock.set(1, 0);
    timers.fire();
    assertThat(fired).containsExactly(Timer.SYNC, Timer.BATCH);
  }

  @Test
  void aTimerIsSetOnce() {
    on(Timer.SYNC, 1);
    assertThatThrownBy(() -> on(Timer.SYNC, 2)).hasMessage("SYNC is set twice");
  }
}
