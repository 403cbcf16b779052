package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.replica.SignatureWorker.Job;
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
              throw new AssertionError("no work for this thread");
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

  @Test
  void signsAndChecksInBundlesAndInOrder() throws InterruptedException {
    worker.submit(
        List.of(
            Job.sign(accept(1), new byte[] {1}),
            Job.verify(1, accept(1, (byte) 1), new byte[] {1}),
            Job.verify(1, accept(1, (byte) 9), new byte[] {1}),
            Job.verify(2, accept(1, (byte) 1), new byte[] {1})));
    worker.submit(List.of(Job.sign(accept(2), new byte[] {2})));

    List<Job> first = next();
    assertThat(first).extracting(Job::isSigning).containsExactly(true, false, false, false);
    assertThat(first.get(0).signed()).isEqualTo(accept(1, (byte) 1));
    assertThat(first).extracting(Job::isValid).containsExactly(false, true, false, false);
    assertThat(first).extracting(Job::sender).containsExactly(-1, 1, 1, 2);
    assertThat(next().get(0).signed()).isEqualTo(accept(2, (byte) 2));
  }

  @Test
  void whatWasSubmittedBeforeTheEndIsDone() throws InterruptedException {
    for (int i = 1; i <= 100; i++) {
      worker.submit(List.of(Job.sign(accept(i), new byte[] {1})));
    }
    worker.end();
    assertThat(done).hasSize(100);
  }
}
