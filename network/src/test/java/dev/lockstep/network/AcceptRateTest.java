package dev.lockstep.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.network.NetworkCounters.Event;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class AcceptRateTest {
  private final NetworkCounters counters = new NetworkCounters();
  private final EmbeddedChannel socket = new EmbeddedChannel(new AcceptRate(counters));

  @Test
  void aBurstIsLetInAtOnce() {
    accept(AcceptRate.BURST - 1);
    assertThat(socket.config().isAutoRead()).isTrue();
    assertThat(socket.inboundMessages()).hasSize(AcceptRate.BURST - 1);
    assertThat(counters.total(Event.ACCEPTING_PAUSED)).isZero();
  }

  @Test
  @Timeout(20)
  void afterwardsTheyWaitUntilSomeTimeHasPassed() throws InterruptedException {
    // More than the burst, since some are earned back while they come.
    while (socket.config().isAutoRead()) {
      accept(1);
    }
    assertThat(socket.inboundMessages()).hasSizeGreaterThanOrEqualTo(AcceptRate.BURST);
    assertThat(counters.total(Event.ACCEPTING_PAUSED)).isEqualTo(1);
    while (!socket.config().isAutoRead()) {
      Thread.sleep(5);
      socket.runScheduledPendingTasks();
    }
    accept(1);
  }

  private void accept(int connections) {
    for (int i = 0; i < connections; i++) {
      socket.writeInbound(new Object());
    }
  }
}
