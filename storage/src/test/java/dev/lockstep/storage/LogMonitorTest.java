package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.record.Record;
import dev.lockstep.storage.LogMonitor.Item;
import dev.lockstep.storage.LogMonitor.Step;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogMonitorTest {
  private static final long UNFORCED_MOST = 1000;

  /** A promise is always synced. */
  private static final Record PROMISE = new Record.Promised(7);

  private final LogMonitor monitor = new LogMonitor(0, UNFORCED_MOST);

  private static Item promise(long ticket) {
    return new Item(ticket, PROMISE);
  }

  @Test
  void whatIsWrittenCountsUpToTheFirstThatMustBeSynced() {
    assertThat(PROMISE.alwaysSynced()).isTrue();
    assertThat(monitor.writtenAndCounts(List.of(promise(3)), 1, 10)).isEqualTo(2);
    assertThat(monitor.writtenAndCounts(List.of(promise(5)), 2, 20)).isEqualTo(2);
    // The first force had begun before the second promise was written.
    assertThat(monitor.confirmForcedBarriers(3)).isEqualTo(4);
    assertThat(monitor.confirmForcedBarriers(3)).isZero();
    assertThat(monitor.confirmForcedBarriers(5)).isEqualTo(5);
    assertThat(monitor.confirmed()).isEqualTo(5);
  }

  @Test
  void inGroupCommitNothingCountsBeforeItIsForced() throws InterruptedException {
    assertThat(monitor.enqueue(List.of(promise(1)))).isZero();
    assertThat(monitor.awaitItems(0)).containsExactly(promise(1));
    monitor.written(1, 1);
    assertThat(monitor.confirmed()).isZero();
    assertThat(monitor.takeWritten().ticket()).isEqualTo(1);
    assertThat(monitor.confirmForced(1)).isEqualTo(1);
    assertThat(monitor.confirmed()).isEqualTo(1);
  }

  @Test
  void afterAFailureNothingIsConfirmedAndEverybodyIsTold() throws InterruptedException {
    CompletableFuture<Void> wanted = monitor.wantTruncation(9);
    monitor.writtenAndCounts(List.of(promise(3)), 1, 10);
    IOException cause = new IOException("the disk is gone");
    assertThat(monitor.fail(cause)).isTrue();
    assertThat(monitor.fail(new IOException("again"))).isFalse();
    assertThat(monitor.failure()).isSameAs(cause);
    assertThat(monitor.confirmForcedBarriers(3)).isZero();
    assertThat(monitor.confirmForced(3)).isZero();
    assertThat(monitor.confirmed()).isEqualTo(2);
    assertThat(wanted).isCompletedExceptionally();
    assertThat(monitor.wantTruncation(10)).isCompletedExceptionally();
    assertThat(monitor.awaitItems(0)).isNull();
    assertThat(monitor.awaitForce(1, true)).isEqualTo(Step.END);
  }

  @Test
  void theThreadIsWokenForWhatMustBeForcedOrIsMuch() throws InterruptedException {
    assertThat(monitor.awaitForce(1, true)).isEqualTo(Step.LOOK);
    monitor.writtenAndCounts(List.of(promise(1)), 1, 10);
    assertThat(monitor.awaitForce(60_000, false)).isEqualTo(Step.FORCE);
    monitor.takeWritten();
    monitor.confirmForcedBarriers(1);
    assertThat(monitor.awaitForce(1, false)).isEqualTo(Step.LOOK);
    assertThat(monitor.close()).isTrue();
    assertThat(monitor.close()).isFalse();
    assertThat(monitor.awaitForce(60_000, false)).isEqualTo(Step.FORCE_AND_END);
    assertThat(monitor.awaitItems(0)).isNull();
  }

  @Test
  void truncationsThatAreWantedMeanwhileAreOne() {
    CompletableFuture<Void> first = monitor.wantTruncation(5);
    assertThat(monitor.wantTruncation(3)).isSameAs(first);
    LogMonitor.Truncation taken = monitor.takeTruncation();
    assertThat(taken.below()).isEqualTo(5);
    assertThat(taken.done()).isSameAs(first);
    assertThat(monitor.takeTruncation()).isNull();
    assertThat(monitor.wantTruncation(6)).isNotSameAs(first);
  }
}
