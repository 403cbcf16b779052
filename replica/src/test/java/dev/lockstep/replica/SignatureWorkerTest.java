package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.replica.SignatureWorker.Job;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SignatureWorkerTest {
  private final BlockingQueue<List<Job>> done = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> fatal = new LinkedBlockingQueue<>();

  /** A signature is its statement; replica 2 signs nothing that is right. */
  private final SignatureWorker worker =
      new SignatureWorker(
          Thread::new,
          Bytes::new,
          new Verifier() {
            @Override
            public boolean replica(int replica, byte[] statement, Bytes signature) {
              return replica != 2 && signature.equals(new Bytes(statement));
            }

            @Override
            public boolean client(ClientId client, byte[] statement, Bytes signature) {
              return signature.equals(new Bytes(statement));
            }
          },
          done::add,
          fatal::add);

  @AfterEach
  void end() throws InterruptedException {
    worker.end();
  }

  private static Message.Accept accept(long instance, byte... signature) {
    return new Message.Accept(instance, 3, Digest.ZERO, new Bytes(signature));
  }

  private List<Job> next() throws InterruptedException {
    List<Job> bundle = done.poll(20, TimeUnit.SECONDS);
    assertThat(bundle).isNotNull();
    return bundle;
  }

  /** Who loses a bundle must not look as if he voted. */
  @Test
  void whateverASignatureThrowsStopsTheReplica() throws InterruptedException {
    SignatureWorker broken =
        new SignatureWorker(
            Thread::new,
            statement -> {
              throw new StackOverflowError("for the test");
            },
            null,
            done::add,
            fatal::add);
    broken.submit(List.of(Job.sign(accept(1), new byte[] {1})));
    assertThat(fatal.poll(20, TimeUnit.SECONDS)).contains("StackOverflowError");
    assertThat(done).isEmpty();
    broken.end();
  }

  private static Request request(long sequence) {
    return new Request(
        Request.Kind.ORDERED, new ClientId(7, 7), 1, sequence, Bytes.EMPTY, new Bytes(new byte[1]));
  }

  /** Own ones first, then ACCEPTs and requests, each member in turn. */
  @Test
  void aMemberThatSendsManyWaitsForItself() throws InterruptedException {
    List<Job> jobs = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      jobs.add(Job.verify(1, request(i), new byte[] {0}));
      jobs.add(Job.verify(1, accept(i, (byte) 1), new byte[] {1}));
    }
    jobs.add(Job.verify(3, request(9), new byte[] {1}));
    jobs.add(Job.verify(3, accept(9, (byte) 1), new byte[] {1}));
    jobs.add(Job.sign(accept(7), new byte[] {1}));
    worker.submit(jobs);

    List<Job> all = next();
    assertThat(all)
        .extracting(Job::sender)
        .containsExactly(-1, 1, 3, 1, 1, 1, 3, 1, 1);
    assertThat(all.subList(1, 5)).allMatch(job -> job.acceptOrNull() != null && job.isValid());
    assertThat(all.subList(5, 9)).allMatch(job -> job.requestOrNull() != null);
    assertThat(all.subList(5, 9)).extracting(Job::isValid).containsExactly(true, false, true, true);
  }

  @Test
  void signsAndChecksInBundlesAndInOrder() throws InterruptedException {
    worker.submit(
        List.of(
            Job.sign(accept(1), new byte[] {1}),
            Job.verify(1, accept(1, (byte) 1), new byte[] {1}),
            Job.verify(1, accept(1, (byte) 9), new byte[] {1}),
            Job.verify(2, accept(1, (byte) 1), new byte[] {1})));
    worker.submit(List.of(Job.sign(accept(2), new byte[] {2})));

    List<Job> all = new ArrayList<>();
    while (all.size() < 5) {
      all.addAll(next());
    }
    assertThat(all).filteredOn(Job::isSigning).extracting(Job::signed)
        .containsExactly(accept(1, (byte) 1), accept(2, (byte) 2));
    List<Job> checked = all.stream().filter(job -> !job.isSigning()).toList();
    assertThat(checked).extracting(Job::sender).containsExactly(1, 2, 1);
    assertThat(checked).extracting(Job::isValid).containsExactly(true, false, false);
  }

  @Test
  void whatWasSubmittedBeforeTheEndIsDone() throws InterruptedException {
    for (int i = 1; i <= 100; i++) {
      worker.submit(List.of(Job.sign(accept(i), new byte[] {1})));
    }
    worker.end();
    assertThat(done.stream().mapToInt(List::size).sum()).isEqualTo(100);
  }
}
