package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.api.Recoverable;
import dev.lockstep.api.Snapshot;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.storage.CheckpointReader;
import dev.lockstep.storage.CheckpointStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointHostTest {
  private static final Bytes HEAD = new Bytes(new byte[] {1, 2});

  /** What the core is told, in words. */
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  private final BlockingQueue<Checkpoint> taken = new LinkedBlockingQueue<>();
  private final BlockingQueue<Bytes> pieces = new LinkedBlockingQueue<>();
  private final CheckpointStore store = CheckpointStore.inMemory(Digest.ZERO);
  private final CheckpointHost host = host(store);

  private CheckpointHost host(CheckpointStore in) {
    return host(in, null);
  }

  private CheckpointHost host(CheckpointStore in, Supplier<Recoverable> another) {
    return new CheckpointHost(
        0,
        in,
        new ReplicaCounters(0),
        Thread::new,
        Runnable::run,
        this::onProtocolLoop,
        new CheckpointEvents() {
          @Override
          public void onCheckpointed(Checkpoint checkpoint) {
            taken.add(checkpoint);
            told.add("checkpointed " + checkpoint.instance());
          }

          @Override
          public void onPublished(long instance) {
            told.add("published " + instance);
          }

          @Override
          public void onPieceRead(int requester, long instance, int piece, Bytes bytes) {
            pieces.add(bytes);
          }

          @Override
          public void onReceiving(long instance, BitSet present) {
            told.add("receiving " + instance + " " + present);
          }

          @Override
          public void onPieceStored(long instance, int piece) {
            told.add("stored " + instance + " " + piece);
          }

          @Override
          public void onReceiveFailed(long instance) {
            told.add("not received " + instance);
          }
        },
        new ReadBack(another),
        reason -> told.add("fatal: " + reason));
  }

  /** One after the other, as the protocol loop does it. */
  private synchronized void onProtocolLoop(Runnable event) {
    event.run();
  }

  @AfterEach
  void end() throws InterruptedException {
    host.end();
  }

  static Stream<Throwable> failures() {
    return Stream.of(
        new IOException("no"),
        new IllegalStateException("no"),
        new StackOverflowError("of a recursive serialiser"),
        new OutOfMemoryError("of a buffer"),
        new AssertionError("no"));
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable e) throws T {
    throw (T) e;
  }

  /** Neither may a start find it, nor the core hear of it and cut the log behind it. */
  @ParameterizedTest
  @MethodSource("failures")
  void halfAStateIsNoCheckpoint(Throwable failure) throws Exception {
    CountDownLatch completed = new CountDownLatch(1);
    host.take(20)
        .onFixed(
            out -> {
              out.write(1);
              // The core hears that the instance was executed while the service still writes.
              host.complete(20, HEAD, false);
              completed.countDown();
              CheckpointHostTest.<RuntimeException>sneak(failure);
            });
    assertThat(completed.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(next()).startsWith("fatal: ");
    // The next event is that of the next checkpoint: nothing was said of the one that failed.
    take(24, "whole");
    try (CheckpointReader newest = store.openNewest()) {
      assertThat(newest.manifest().instance()).isEqualTo(24);
    }
  }

  /** Reads a whole state, or as much as it is told to, and writes it again. */
  private static final class Reader implements Recoverable {
    private final int reads;
    private final String adds;
    private byte[] state;

    Reader(int reads, String adds) {
      this.reads = reads;
      this.adds = adds;
    }

    @Override
    public Snapshot snapshot() {
      return out -> {
        out.write(state);
        out.write(adds.getBytes());
      };
    }

    @Override
    public void restore(InputStream in) throws IOException {
      if (reads < 0) {
        throw new IllegalStateException("not written like that");
      }
      state = in.readNBytes(reads);
    }
  }

  /** While the log reaches back, nothing is lost by it. */
  @ParameterizedTest
  @CsvSource({
    "-1, '', not written like that",
    "4, '', to the end",
    "5, 'and more', from byte 5 on",
    "5, '',"
  })
  void whatASecondInstanceCannotGoOnFromIsNoCheckpoint(int reads, String adds, String complaint)
      throws Exception {
    CheckpointStore strictStore = CheckpointStore.inMemory(Digest.ZERO);
    CheckpointHost strict = host(strictStore, () -> new Reader(reads, adds));
    strict.take(4).onFixed(out -> out.write("state".getBytes()));
    strict.complete(4, HEAD, false);
    if (complaint == null) {
      assertThat(next()).isEqualTo("checkpointed 4");
    } else {
      assertThat(next()).startsWith("fatal: ").contains(complaint);
      assertThat(strictStore.openNewest()).isNull();
    }
    strict.end();
  }

  @Test
  void aStartGoesBackToTheOneThatTheServiceCanTakeUp() throws Exception {
    take(4, "good");
    take(8, "bad");
    List<String> tried = new ArrayList<>();
    StartCheckpoint.Restoring service =
        checkpoint -> {
          tried.add(text(checkpoint.content()));
          if (tried.contains("bad") && tried.size() == 1) {
            throw new IOException("no state of mine");
          }
        };
    assertThat(StartCheckpoint.restore(0, store, service).instance()).isEqualTo(4);
    assertThat(tried).containsExactly("bad", "good");
    // Nothing is dropped: another service, started by mistake, must not cost anything.
    assertThat(store.instances()).containsExactly(8L, 4L);
    assertThatThrownBy(
            () ->
                StartCheckpoint.restore(
                    0,
                    store,
                    checkpoint -> {
                      throw new IOException("not " + checkpoint.manifest().instance());
                    }))
        .hasMessage("not 8");
    assertThat(StartCheckpoint.restore(0, CheckpointStore.inMemory(Digest.ZERO), checkpoint -> {}))
        .isNull();
  }

  private String next() throws InterruptedException {
    String next = told.poll(20, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  private Checkpoint take(long instance, String state) throws InterruptedException {
    CheckpointHost.Taking taking = host.take(instance);
    taking.onFixed(out -> out.write(state.getBytes()));
    host.complete(instance, HEAD, false);
    assertThat(next()).isEqualTo("checkpointed " + instance);
    return taken.take();
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes());
  }

  @Test
  void whatTheServiceWritesIsFoundAgain() throws Exception {
    Checkpoint checkpoint = take(4, "state");
    assertThat(checkpoint.head()).isEqualTo(HEAD);
    assertThat(checkpoint.contentBytes()).isEqualTo(5);
    try (CheckpointReader newest = store.openNewest()) {
      assertThat(newest.manifest().instance()).isEqualTo(4);
      assertThat(text(newest.content())).isEqualTo("state");
    }
    host.read(1, 4, 0);
    assertThat(pieces.take()).isEqualTo(new Bytes("state".getBytes()));
    host.read(1, 5, 0);
    assertThat(pieces.take()).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void aProvisionalOneIsNotFoundBeforeItIsPublished() throws Exception {
    host.take(4).onFixed(out -> out.write(1));
    host.complete(4, HEAD, true);
    assertThat(next()).isEqualTo("checkpointed 4");
    assertThat(store.openNewest()).isNull();
    host.publish(4);
    assertThat(next()).isEqualTo("published 4");
    try (CheckpointReader newest = store.openNewest()) {
      assertThat(newest.manifest().instance()).isEqualTo(4);
    }
  }

  @Test
  void oneThatIsGivenUpWhileItIsWrittenEndsEarlyAndIsNotTold() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch givenUp = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    host.take(4)
        .onFixed(
            new Snapshot() {
              @Override
              public void writeTo(OutputStream out) throws IOException {
                writing.countDown();
                try {
                  assertThat(givenUp.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
                out.write(1);
                throw new AssertionError("nobody wants this");
              }

              @Override
              public void close() {
                closed.countDown();
              }
            });
    assertThat(writing.await(20, TimeUnit.SECONDS)).isTrue();
    host.complete(4, HEAD, false);
    host.release(4);
    givenUp.countDown();
    assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    take(8, "later");
    assertThat(told).isEmpty();
  }

  @Test
  void aServiceThatCannotWriteItsStateStopsTheReplica() throws Exception {
    host.take(4)
        .onFixed(
            out -> {
              throw new IllegalStateException("no state today");
            });
    assertThat(next()).startsWith("fatal: the service cannot write its state of instance 4");
  }

  @Test
  void theStateOfOthersIsTakenUpPieceByPiece() throws Exception {
    Checkpoint others = take(4, "their state");
    host.read(1, 4, 0);
    Bytes piece = pieces.take();

    CheckpointStore empty = CheckpointStore.inMemory(Digest.ZERO);
    CheckpointHost behind = host(empty);
    behind.receive(others);
    assertThat(next()).isEqualTo("receiving 4 {}");
    behind.store(3, 0, piece); // of one that was given up
    behind.store(4, 0, piece);
    assertThat(next()).isEqualTo("stored 4 0");
    assertThat(behind.restoreReceived(in -> assertThat(text(in)).isEqualTo("their state")))
        .isTrue();
    assertThat(behind.restoreReceived(in -> in.read())).isFalse();
    assertThat(
            behind.restoreReceived(
                in -> {
                  throw new IOException("no state of mine");
                }))
        .isFalse();
    assertThat(empty.openNewest()).isNull();
    behind.publish(4);
    assertThat(next()).isEqualTo("published 4");
    try (CheckpointReader newest = empty.openNewest()) {
      assertThat(text(newest.content())).isEqualTo("their state");
    }
    behind.end();
  }
}
