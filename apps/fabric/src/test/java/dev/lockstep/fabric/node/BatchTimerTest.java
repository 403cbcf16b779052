package dev.lockstep.fabric.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.api.Invoker;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchTimerTest {
  private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);
  private final BlockingQueue<byte[]> asked = new LinkedBlockingQueue<>();
  private final BatchTimer timer = new BatchTimer(0, 4, executor);

  private final Invoker group =
      new Invoker() {
        @Override
        public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
          asked.add(operation);
          return CompletableFuture.completedFuture(new byte[0]);
        }

        @Override
        public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
          throw new UnsupportedOperationException();
        }

        @Override
        public byte[] invokeOrdered(byte[] operation) {
          throw new UnsupportedOperationException();
        }

        @Override
        public byte[] invokeUnordered(byte[] operation) {
          throw new UnsupportedOperationException();
        }
      };

  @AfterEach
  void end() {
    timer.close();
    executor.shutdownNow();
  }

  @Test
  void whatBeganToWaitBeforeTheStartIsAskedForToo() throws Exception {
    timer.onWaiting("a", 0, 0);
    timer.start(group);
    assertThat(asked.poll(30, TimeUnit.SECONDS)).isEqualTo(Commands.tick());
  }

  @Test
  void itIsAskedAgainUntilTheBatchIsCut() throws Exception {
    timer.start(group);
    timer.onWaiting("b", 3_600_000_000L, 0);
    timer.onWaiting("a", 0, 0);
    assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
    assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
    timer.onCut("a");
  }

  @Test
  void aLaterNodeAsksLater() throws Exception {
    timer.start(group);
    timer.onWaiting("a", 0, 1);
    timer.onCut("a");
    timer.onWaiting("a", 3_600_000_000L, 0);
    executor.submit(() -> {}).get(30, TimeUnit.SECONDS);
    assertThat(asked).isEmpty();
  }
}
