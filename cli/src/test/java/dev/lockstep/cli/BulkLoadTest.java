package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BulkLoadTest {
  @TempDir private Path folder;

  private final ExecutorService service = Executors.newSingleThreadExecutor();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger mostUnderWay = new AtomicInteger();
  private final AtomicInteger calls = new AtomicInteger();

  @AfterEach
  void stop() {
    service.shutdownNow();
  }

  private Path lines(int count) throws Exception {
    return Files.writeString(folder.resolve("file.lines"), "line\n".repeat(count));
  }

  /** A service that is slower than the file, and fails from a call on. */
  private CompletableFuture<?> call(int failing) {
    int number = calls.incrementAndGet();
    mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    return CompletableFuture.runAsync(
        () -> {
          Thread.onSpinWait();
          underWay.decrementAndGet();
          if (number >= failing) {
            throw new IllegalStateException("the service is full");
          }
        },
        service);
  }

  @Test
  void keepsManyCallsUnderWayButNotAll() throws Exception {
    StringWriter bar = new StringWriter();
    BulkLoad.Result result =
        BulkLoad.run(
            lines(20_000),
            BulkLoad.Source.LINES,
            record -> List.of(() -> call(Integer.MAX_VALUE)),
            new PrintWriter(bar));
    assertThat(result.loaded()).isEqualTo(20_000);
    assertThat(mostUnderWay.get()).isBetween(2, 256);
    assertThat(bar.toString())
        .contains("[########################################] 100 %  20000 entries");
  }

  @Test
  void stopsAtTheFirstFailure() throws Exception {
    Path file = lines(20_000);
    assertThatThrownBy(
            () ->
                BulkLoad.run(
                    file, BulkLoad.Source.LINES, record -> List.of(() -> call(1000)), null))
        .isInstanceOf(CommandFailure.class)
        .hasMessage(
            file
                + ", line 1000: the service is full. The record was not written. Loading stopped; 999"
                + " entries were written, perhaps some of later lines too.");
    assertThat(calls.get()).isLessThan(1000 + 2 * 256);
    assertThat(underWay.get()).isZero();
  }
}
