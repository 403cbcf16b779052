package dev.lockstep.replica;

import dev.lockstep.api.BatchExecutable;
import dev.lockstep.api.Executable;
import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.Replier;
import dev.lockstep.api.SingleExecutable;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.storage.CheckpointReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that runs the service: decided batches in order, reads between them, and what
 * checkpoints need of the service.
 */
final class ServiceExecutor {
  /** Something to run. */
  sealed interface Work {}

  record Batch(Delivery delivery) implements Work {}

  record Query(ClientId client, Request request, int replier) implements Work {}

  /** The state is to be fixed as it is. */
  record Fix(CheckpointHost.Taking taking) implements Work {}

  /** The state of others is to be taken up. */
  record Install(long instance, CheckpointHost from) implements Work {}

  private record Restore(CheckpointReader checkpoint, CompletableFuture<Void> done)
      implements Work {}

  private record Stop() implements Work {}

  /** What came of it. */
  sealed interface Result {}

  record Executed(long instance, List<ServiceResult> results, List<Push> pushes)
      implements Result {}

  record Read(ClientId client, Request request, int replier, ServiceResult result)
      implements Result {}

  record Installed(long instance, boolean done) implements Result {}

  record Push(ClientId client, Message.Push message) {}

  private static final Logger LOG = LoggerFactory.getLogger(ServiceExecutor.class);

  /** Results that are handed over together. */
  private static final int MOST_AT_ONCE = 64;

  /** How long reads are executed before it is looked whether a batch was decided. */
  private static final long READS_NANOS = 500_000;

  private final int self;
  private final Executable service;
  private final Recoverable state;
  private final Replier replier;
  private final ReplicaCounters counters;
  private final Consumer<List<Result>> done;
  private final Consumer<String> onFatal;
  private final BlockingQueue<List<Work>> queue = new LinkedBlockingQueue<>();

  /** Reads that wait between batches. The core bounds how many of each client do. */
  private final Turns<ClientId, Query> reads = new Turns<>();

  private final Thread thread;
  private MessageContext.BatchContext last = new MessageContext.BatchContext(0, 0, 0, 0, 0);
  private long exceptions;

  /**
   * @param state of the service
   * @param replier may be null
   * @param threads makes the one thread
   * @param done called on the executor's thread with the results of each bundle
   * @param onFatal called when the service failed in a way that may differ between replicas
   */
  ServiceExecutor(
      int self,
      Executable service,
      Recoverable state,
      Replier replier,
      ReplicaCounters counters,
      ThreadFactory threads,
      Consumer<List<Result>> done,
      Consumer<String> onFatal) {
    this.self = self;
    this.service = service;
    this.state = state;
    this.replier = replier;
    this.counters = counters;
    this.done = done;
    this.onFatal = onFatal;
    thread = threads.newThread(this::run);
  }

  void start() {
    thread.start();
  }

  /** Takes a bundle. On the protocol loop. */
  void submit(List<Work> bundle) {
    queue.add(bundle);
  }

  /**
   * Restores the state before anything is executed, and waits for it.
   *
   * @throws IOException if the service cannot read it
   */
  void restore(CheckpointReader checkpoint) throws IOException, InterruptedException {
    CompletableFuture<Void> restored = new CompletableFuture<>();
    queue.add(List.of(new Restore(checkpoint, restored)));
    try {
      restored.get();
    } catch (ExecutionException e) {
      throw new IOException(
          "the service cannot read the checkpoint at instance "
              + checkpoint.manifest().instance()
              + " ("
              + e.getCause()
              + "); start it with the service and the version that wrote it, or see 'lockstep log"
              + " --help' on how to drop it",
          e.getCause());
    }
  }

  private void run() {
    try {
      while (true) {
        List<Work> bundle = reads.isEmpty() ? queue.take() : queue.poll();
        List<Result> results = new ArrayList<>();
        for (; bundle != null; bundle = queue.poll()) {
          for (Work work : bundle) {
            if (work instanceof Stop) {
              return;
            } else if (work instanceof Restore restore) {
              begin(restore);
            } else if (work instanceof Fix fix) {
              fix(fix.taking());
            } else if (work instanceof Query query) {
              reads.add(query.client(), query);
            } else {
              results.add(execute(work));
            }
          }
          if (results.size() >= MOST_AT_ONCE) {
            break;
          }
        }
        // Decided batches do not wait for reads any longer than this.
        long turnEnd = System.nanoTime() + READS_NANOS;
        for (int i = 0; i < MOST_AT_ONCE && !reads.isEmpty(); i++) {
          results.add(read(reads.poll()));
          if (System.nanoTime() - turnEnd > 0) {
            break;
          }
        }
        if (!results.isEmpty()) {
          done.accept(results);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (VirtualMachineError | LinkageError e) {
      // Out of memory here does not mean the same on the other replicas: going on could make this
      // replica's state another one.
      LOG.error("replica {}: the service failed", self, e);
      onFatal.accept("the service failed with " + e);
    } catch (Throwable e) {
      // Nothing executes from here on, so this replica must not look as if it took part.
      LOG.error("replica {}: internal error on the service's thread", self, e);
      onFatal.accept("internal error on the service's thread: " + e);
    }
  }

  private void begin(Restore restore) {
    try {
      InputStream content = restore.checkpoint().content();
      state.restore(content);
      if (content.read() >= 0) {
        throw new IOException("it did not read to the end");
      }
      startAfter(restore.checkpoint().manifest().instance());
      restore.done().complete(null);
    } catch (IOException | RuntimeException | Error e) {
      restore.done().completeExceptionally(e);
    }
  }

  /** What reads are told of the last batch; the rest is known again after the next one. */
  private void startAfter(long instance) {
    last = new MessageContext.BatchContext(instance, 0, 0, 0, 0);
  }

  private void fix(CheckpointHost.Taking taking) {
    try {
      taking.onFixed(state.snapshot());
    } catch (Throwable e) {
      LOG.error(
          "replica {} instance {}: the service cannot fix its state", self, taking.instance(), e);
      onFatal.accept(
          "the service cannot fix its state of instance "
              + taking.instance()
              + " for a checkpoint: "
              + e);
    }
  }

  private Result execute(Work work) {
    if (work instanceof Batch batch) {
      return executeBatch(batch.delivery());
    } else if (work instanceof Install install) {
      boolean installed = install.from().restoreReceived(state::restore);
      startAfter(install.instance());
      return new Installed(install.instance(), installed);
    }
    throw new IllegalArgumentException("nothing that has a result: " + work);
  }

  private Read read(Query query) {
    MessageContext context =
        new MessageContext(
            last, uuid(query.client()), query.request().session(), query.request().sequence(), -1);
    byte[] command = query.request().operation().array();
    byte[] result = null;
    try {
      result =
          service instanceof SingleExecutable single
              ? single.executeUnordered(command, context)
              : ((BatchExecutable) service).executeUnordered(command, context);
    } catch (Throwable e) {
      onException(context, e);
    }
    return new Read(query.client(), query.request(), query.replier(), hashed(result));
  }

  private Executed executeBatch(Delivery delivery) {
    last =
        new MessageContext.BatchContext(
            delivery.instance(),
            delivery.regency(),
            delivery.leader(),
            delivery.timestampMicros(),
            delivery.nonceSeed().a());
    List<Delivery.Command> commands = delivery.commands();
    if (commands.isEmpty()) {
      return new Executed(delivery.instance(), List.of(), List.of());
    }
    Outbox outbox = replier == null ? null : new Outbox();
    List<ServiceResult> results = new ArrayList<>(commands.size());
    if (service instanceof SingleExecutable single) {
      for (Delivery.Command command : commands) {
        MessageContext context = context(command);
        byte[] result = null;
        try {
          result = single.executeOrdered(command.request().operation().array(), context);
        } catch (Throwable e) {
          onException(context, e);
        }
        results.add(replied(command, context, result, outbox));
      }
    } else {
      executeTogether((BatchExecutable) service, commands, results, outbox);
    }
    return new Executed(delivery.instance(), results, outbox == null ? List.of() : outbox.pushes);
  }

  private void executeTogether(
      BatchExecutable together,
      List<Delivery.Command> commands,
      List<ServiceResult> results,
      Outbox outbox) {
    byte[][] operations = new byte[commands.size()][];
    List<MessageContext> contexts = new ArrayList<>(commands.size());
    for (int i = 0; i < operations.length; i++) {
      operations[i] = commands.get(i).request().operation().array();
      contexts.add(context(commands.get(i)));
    }
    byte[][] replies = new byte[0][];
    try {
      replies = together.executeOrdered(operations, contexts);
    } catch (Throwable e) {
      onException(contexts.get(0), e);
    }
    for (int i = 0; i < operations.length; i++) {
      byte[] result = replies != null && i < replies.length ? replies[i] : null;
      results.add(replied(commands.get(i), contexts.get(i), result, outbox));
    }
  }

  private MessageContext context(Delivery.Command command) {
    return new MessageContext(
        last, uuid(command.client()), command.session(), command.sequence(), command.index());
  }

  private ServiceResult replied(
      Delivery.Command command, MessageContext context, byte[] result, Outbox outbox) {
    if (outbox == null) {
      return hashed(result);
    }
    outbox.begin(context);
    byte[] reply = result;
    try {
      reply = replier.reply(context, command.request().operation().array(), result, outbox);
    } catch (Throwable e) {
      onException(context, e);
    }
    return hashed(reply);
  }

  /**
   * The same on all replicas if the service is deterministic, be it an exception, an assertion or
   * what is declared nowhere; the caller gets an empty reply. So is a stack that overflows: a
   * recursion without a bound does it everywhere, and would do it again at every start. Out of
   * memory is not.
   */
  private void onException(MessageContext context, Throwable e) {
    boolean ownDoing = e instanceof StackOverflowError;
    if (!ownDoing && (e instanceof VirtualMachineError || e instanceof LinkageError)) {
      throw (Error) e;
    }
    counters.serviceException();
    // The first ones with their stacks; a client that provokes them must not fill the disk.
    if (exceptions++ < 10) {
      LOG.warn("replica {}: the service threw at {}", self, context, e);
    }
  }

  /** Hashed here, so that a large result costs the service's thread and not the protocol. */
  private static ServiceResult hashed(byte[] result) {
    return result == null || result.length == 0
        ? ServiceResult.EMPTY
        : ServiceResult.of(new Bytes(result));
  }

  private static Bytes bytes(byte[] array) {
    return array == null || array.length == 0 ? Bytes.EMPTY : new Bytes(array);
  }

  static UUID uuid(ClientId client) {
    return new UUID(client.high(), client.low());
  }

  /** Collects the pushes of one batch. */
  private static final class Outbox implements Replier.Outbox {
    private final List<Push> pushes = new ArrayList<>();
    private final Map<UUID, Integer> counts = new HashMap<>();
    private MessageContext context;

    void begin(MessageContext next) {
      context = next;
      counts.clear();
    }

    @Override
    public void push(UUID client, byte[] message) {
      int index = counts.merge(client, 1, Integer::sum) - 1;
      pushes.add(
          new Push(
              new ClientId(client.getMostSignificantBits(), client.getLeastSignificantBits()),
              new Message.Push(context.instance(), context.position(), index, bytes(message))));
    }
  }

  /** Ends the thread after what was submitted before, and waits for it. */
  void end() throws InterruptedException {
    queue.add(List.of(new Stop()));
    thread.join(10_000);
    if (thread.isAlive()) {
      LOG.warn("replica {}: the service is busy and does not end", self);
    }
  }
}
