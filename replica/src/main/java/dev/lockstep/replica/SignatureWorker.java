package dev.lockstep.replica;

import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Message;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs and checks ACCEPTs on a thread of its own, beside the protocol loop, which has the WRITE
 * round to go on with meanwhile.
 */
final class SignatureWorker {
  private static final Logger LOG = LoggerFactory.getLogger(SignatureWorker.class);

  /** One signature to make or to check. Changed by the worker, read by the loop afterwards. */
  static final class Job {
    private final int sender;
    private final Message.Accept accept;
    private final byte[] statement;
    private Message.Accept signed;
    private boolean valid;

    private Job(int sender, Message.Accept accept, byte[] statement) {
      this.sender = sender;
      this.accept = accept;
      this.statement = statement;
    }

    static Job sign(Message.Accept unsigned, byte[] statement) {
      return new Job(-1, unsigned, statement);
    }

    static Job verify(int sender, Message.Accept accept, byte[] statement) {
      return new Job(sender, accept, statement);
    }

    boolean isSigning() {
      return sender < 0;
    }

    int sender() {
      return sender;
    }

    Message.Accept accept() {
      return accept;
    }

    Message.Accept signed() {
      return signed;
    }

    boolean isValid() {
      return valid;
    }
  }

  private final Signer signer;
  private final Verifier verifier;
  private final Consumer<List<Job>> done;
  private final Consumer<String> onFatal;
  private final ExecutorService thread;

  /**
   * @param threads makes the one thread
   * @param done called on the worker's thread with the jobs of each bundle
   * @param onFatal stops the replica: a bundle is lost, so its votes would never leave
   */
  SignatureWorker(
      ThreadFactory threads,
      Signer signer,
      Verifier verifier,
      Consumer<List<Job>> done,
      Consumer<String> onFatal) {
    this.signer = signer;
    this.verifier = verifier;
    this.done = done;
    this.onFatal = onFatal;
    thread = Executors.newSingleThreadExecutor(threads);
  }

  void submit(List<Job> jobs) {
    thread.execute(
        () -> {
          try {
            work(jobs);
          } catch (Throwable e) {
            LOG.error("{} failed", Thread.currentThread().getName(), e);
            onFatal.accept("a signature could not be made or checked: " + e);
          }
        });
  }

  private void work(List<Job> jobs) {
    for (Job job : jobs) {
      if (job.isSigning()) {
        Message.Accept accept = job.accept;
        job.signed =
            new Message.Accept(
                accept.instance(), accept.regency(), accept.digest(), signer.sign(job.statement));
      } else {
        job.valid = verifier.replica(job.sender, job.statement, job.accept.signature());
      }
    }
    done.accept(jobs);
  }

  /** Ends the thread after what was submitted before, and waits for it. */
  void end() throws InterruptedException {
    thread.shutdown();
    thread.awaitTermination(10, TimeUnit.SECONDS);
  }
}
