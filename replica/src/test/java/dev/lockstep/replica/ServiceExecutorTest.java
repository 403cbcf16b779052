package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.SingleExecutable;
import dev.lockstep.api.Snapshot;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.replica.ServiceExecutor.Batch;
import dev.lockstep.replica.ServiceExecutor.Executed;
import dev.lockstep.replica.ServiceExecutor.Query;
import dev.lockstep.replica.ServiceExecutor.Result;
import dev.lockstep.storage.CheckpointReader;
import dev.lockstep.storage.CheckpointStore;
import dev.lockstep.storage.CheckpointWriter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServiceExecutorTest {
  private static final ClientId ALICE = new ClientId(0, 1);
  private static final ClientId BOB = new ClientId(0, 2);

  /** Notes what it is asked; waits where it is told to; holds one byte. */
  private static final class Noting implements SingleExecutable, Recoverable {
    final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    final CountDownLatch reading = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    volatile int value;

    @Override
    public byte[] executeOrdered(byte[] command, MessageContext context) {
      if (command[0] == -1) {
        throw new IllegalStateException("not this one");
      }
      if (command[0] == -2) {
        throw new AssertionError("no such operation");
      }
      if (command[0] == -3) {
        return executeOrdered(command, context);
      }
      asked.add("write " + context.instance());
      value = command[0];
      return new byte[] {command[0]};
    }

    @Override
    public byte[] executeUnordered(byte[] command, MessageContext context) {
      asked.add("read");
      reading.countDown();
      try {
        if (!goOn.await(20, TimeUnit.SECONDS)) {
          throw new AssertionError("nobody said go on");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return new byte[] {(byte) value};
    }

    @Override
    public Snapshot snapshot() {
      throw new IllegalStateException("no snapshot of this");
    }

    @Override
    public void restore(InputStream in) throws IOException {
      value = in.read();
    }
  }

  private final Noting service = new Noting();
  private final BlockingQueue<List<Result>> done = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> fatal = new LinkedBlockingQueue<>();
  private final ServiceExecutor executor =
      new ServiceExecutor(
          0,
          service,
          service,
          null,
          new ReplicaCounters(0),
          Thread::new,
          done::add,
          fatal::add);

  @AfterEach
  void end() throws InterruptedException {
    service.goOn.countDown();
    executor.end();
  }

  private static Query read(ClientId client, long sequence) {
    return new Query(
        client,
        new Request(
            Request.Kind.UNORDERED, client, 0, sequence, new Bytes(new byte[] {0}), Bytes.EMPTY),
        0);
  }

  private static Batch batch(long instance, int... commands) {
    List<Delivery.Command> all = new ArrayList<>();
    for (int i = 0; i < commands.length; i++) {
      Request request =
          new Request(
              Request.Kind.ORDERED,
              ALICE,
              1,
              i + 1,
              new Bytes(new byte[] {(byte) commands[i]}),
              Bytes.EMPTY);
      all.add(new Delivery.Command(i, ALICE, 1, i + 1, request));
    }
    return new Batch(new Delivery(instance, instance, Digest.ZERO, 0, 0, all));
  }

  private List<Result> next() throws InterruptedException {
    List<Result> results = done.poll(20, TimeUnit.SECONDS);
    assertThat(results).isNotNull();
    return results;
  }

  /** Results in the order in which they came, until there are so many. */
  private List<Result> results(int count) throws InterruptedException {
    List<Result> all = new ArrayList<>();
    while (all.size() < count) {
      all.addAll(next());
    }
    return all;
  }

  @Test
  void aDecidedBatchWaitsForFewOfTheReadsThatCameBeforeIt() throws InterruptedException {
    List<ServiceExecutor.Work> reads = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      reads.add(read(i % 2 == 0 ? ALICE : BOB, i));
    }
    executor.start();
    executor.submit(reads);
    assertThat(service.reading.await(20, TimeUnit.SECONDS)).isTrue();
    executor.submit(List.of(batch(1, 5)));
    service.goOn.countDown();
    List<Result> all = results(501);
    assertThat(service.asked.indexOf("write 1")).isBetween(1, 64);
    assertThat(all).hasSize(501);
    // What is read afterwards sees the batch.
    ServiceExecutor.Read last = (ServiceExecutor.Read) all.get(500);
    assertThat(last.result()).isEqualTo(result(5));
  }

  @Test
  void aCommandThatThrowsHasAnEmptyResultAndTheOthersTheirs() throws InterruptedException {
    executor.start();
    executor.submit(List.of(batch(1, 3, -1, 4), batch(2)));
    assertThat(results(2))
        .containsExactly(
            new Executed(1, List.of(result(3), ServiceResult.EMPTY, result(4)), List.of()),
            new Executed(2, List.of(), List.of()));
    assertThat(fatal).isEmpty();
  }

  /** Else all replicas would stop at it, and again at every start, when the log brings it back. */
  @Test
  void aCommandThatOverflowsTheStackHasAnEmptyResult() throws InterruptedException {
    executor.start();
    executor.submit(List.of(batch(1, -3, 4), batch(2)));
    assertThat(results(2))
        .containsExactly(
            new Executed(1, List.of(ServiceResult.EMPTY, result(4)), List.of()),
            new Executed(2, List.of(), List.of()));
    assertThat(fatal).isEmpty();
  }

  @Test
  void aStateThatCannotBeFixedStopsTheReplica() throws InterruptedException, IOException {
    CheckpointHost checkpoints =
        new CheckpointHost(
            0,
            CheckpointStore.inMemory(Digest.ZERO),
            new ReplicaCounters(0),
            Thread::new,
            Runnable::run,
            Runnable::run,
            null,
            new ReadBack(null),
            fatal::add);
    executor.start();
    executor.submit(List.of(new ServiceExecutor.Fix(checkpoints.take(4))));
    assertThat(fatal.poll(20, TimeUnit.SECONDS)).contains("state of instance 4");
    checkpoints.end();
  }

  @Test
  void aCheckpointIsTakenUpBeforeAnythingElse() throws InterruptedException, IOException {
    executor.start();
    executor.restore(checkpoint(7));
    assertThat(service.value).isEqualTo(7);
    assertThatThrownBy(() -> executor.restore(checkpoint(8, 9)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot read the checkpoint at instance 3");
  }

  private static CheckpointReader checkpoint(int... state) throws IOException {
    CheckpointStore store = CheckpointStore.inMemory(Digest.ZERO);
    CheckpointWriter writer = store.begin(3);
    for (int b : state) {
      writer.content().write(b);
    }
    writer.complete(Bytes.EMPTY);
    writer.publish();
    return store.openNewest();
  }

  /** An Error of a command is as deterministic as an exception: it must not end the thread. */
  @Test
  void anAssertionThatFailsInACommandIsAnEmptyReply() throws InterruptedException {
    executor.start();
    executor.submit(List.of(batch(1, -2, 7)));
    assertThat(results(1))
        .containsExactly(new Executed(1, List.of(ServiceResult.EMPTY, result(7)), List.of()));
    assertThat(fatal).isEmpty();
  }

  private static ServiceResult result(int value) {
    return ServiceResult.of(new Bytes(new byte[] {(byte) value}));
  }
}
