package dev.lockstep.replica;

import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Signatures;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs and checks on a thread of its own, beside the protocol loop, which has other things to do
 * meanwhile. Own ACCEPTs are signed first: the group waits for them. Then come the ACCEPTs of others,
 * then clients' signatures on requests that peers brought; each peer in turn, so that one that sends
 * many waits for itself. The core bounds how many there are of each, see {@link Signatures}.
 */
final class SignatureWorker {
  private static final Logger LOG = LoggerFactory.getLogger(SignatureWorker.class);

  /** Jobs whose results are told together: what comes first must not wait long for what is next. */
  private static final int MOST_AT_ONCE = 16;

  /** One signature to make or to check. Changed by the worker, read by the loop afterwards. */
  static final class Job {
    private final int sender;
    private final Message.Accept accept;
    private final Request request;
    private final byte[] statement;
    private Message.Accept signed;
    private boolean valid;

    private Job(int sender, Message.Accept accept, Request request, byte[] statement) {
      this.sender = sender;
      this.accept = accept;
      this.request = request;
      this.statement = statement;
    }

    static Job sign(Message.Accept unsigned, byte[] statement) {
      return new Job(-1, unsigned, null, statement);
    }

    static Job verify(int sender, Message.Accept accept, byte[] statement) {
      return new Job(sender, accept, null, statement);
    }

    static Job verify(int sender, Request request, byte[] statement) {
      return new Job(sender, null, request, statement);
    }

    boolean isSigning() {
      return sender < 0;
    }

    int sender() {
      return sender;
    }

    /** Null if the signature is that of a request. */
    Message.Accept acceptOrNull() {
      return accept;
    }

    /** Null if the signature is that of an ACCEPT. */
    Request requestOrNull() {
      return request;
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
  private final Thread thread;

  // What waits. Guarded by this.
  private final Queue<Job> own = new ArrayDeque<>();
  private final Turns<Integer, Job> accepts = new Turns<>();
  private final Turns<Integer, Job> requests = new Turns<>();
  private boolean ending;

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
    thread = threads.newThread(this::run);
    thread.start();
  }

  synchronized void submit(List<Job> jobs) {
    for (Job job : jobs) {
      if (job.isSigning()) {
        own.add(job);
      } else {
        (job.accept != null ? accepts : requests).add(job.sender, job);
      }
    }
    notifyAll();
  }

  private void run() {
    try {
      for (List<Job> bundle = next(); !bundle.isEmpty(); bundle = next()) {
        bundle.forEach(this::work);
        done.accept(bundle);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      LOG.error("{} failed", Thread.currentThread().getName(), e);
      onFatal.accept("a signature could not be made or checked: " + e);
    }
  }

  /** What is to be done next; nothing at the end. */
  private synchronized List<Job> next() throws InterruptedException {
    List<Job> bundle = new ArrayList<>(MOST_AT_ONCE);
    while (true) {
      for (Job job = poll(); job != null; job = poll()) {
        bundle.add(job);
        if (bundle.size() == MOST_AT_ONCE) {
          return bundle;
        }
      }
      if (!bundle.isEmpty() || ending) {
        return bundle;
      }
      wait();
    }
  }

  private Job poll() {
    Job job = own.poll();
    if (job == null) {
      job = accepts.poll();
    }
    return job == null ? requests.poll() : job;
  }

  private void work(Job job) {
    if (job.isSigning()) {
      Message.Accept accept = job.accept;
      job.signed =
          new Message.Accept(
              accept.instance(), accept.regency(), accept.digest(), signer.sign(job.statement));
    } else if (job.accept != null) {
      job.valid = verifier.replica(job.sender, job.statement, job.accept.signature());
    } else {
      job.valid = verifier.client(job.request.client(), job.statement, job.request.signature());
    }
  }

  /** Ends the thread after what was submitted before, and waits for it. */
  void end() throws InterruptedException {
    synchronized (this) {
      ending = true;
      notifyAll();
    }
    if (Thread.currentThread() != thread) {
      thread.join(10_000);
    }
  }
}
