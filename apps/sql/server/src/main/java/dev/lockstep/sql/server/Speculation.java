package dev.lockstep.sql.server;

import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.StepResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that a replica does ahead of the order: steps of transactions that have not been
 * committed, and transactions that only read. Steps run on threads of their own, where they may
 * wait for locks; the service's thread never waits for one of those that is not cancelled.
 *
 * <p>All state, also that of the {@link SpeculativeTransaction}s, is guarded by this object's
 * monitor, but for what a step does while it runs.
 */
final class Speculation implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Speculation.class);

  /** Threads that may do steps; a step that waits for a lock holds one. */
  private static final int THREADS_MAX = 256;

  /** Transactions of which steps came before their beginning: most of all clients, and of one. */
  private static final int EARLY_MAX = 1024;

  private static final int EARLY_PER_CLIENT_MAX = 128;

  /** Transactions that were over before they began here, or were ended by the group. */
  private static final int OVER_MAX = 4096;

  /** Transactions that only read, of all clients and of one. Each holds a connection. */
  private static final int READS_MAX = 300;

  static final int READS_PER_CLIENT_MAX = 150;

  /** How long a transaction that only reads may hold its snapshot. */
  private static final long READ_NANOS_MAX = TimeUnit.MINUTES.toNanos(5);

  /** What a step takes beside its bytes. */
  private static final int STEP_OVERHEAD_BYTES = 256;

  /** How long the service's thread waits for a step before it removes what may be in its way. */
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final StepResult.Failed NO_ROOM =
      new StepResult.Failed(
          "54000",
          "too many statements wait for their commits; make smaller transactions, or fewer at a"
              + " time");

  private final int self;
  private final Database database;
  private final Consumer<DatabaseBroken> onBroken;
  private final ExecutorService threads;
  private final Map<TransactionKey, SpeculativeTransaction> begun = new HashMap<>();
  private final Map<TransactionKey, SpeculativeTransaction> early = new LinkedHashMap<>();
  private final Set<TransactionKey> overEarly = new LinkedHashSet<>();
  private final Set<TransactionKey> ended = new LinkedHashSet<>();
  private final SpeculationBudget budget;
  private boolean paused;
  private boolean closed;

  Speculation(
      int self, Database database, SpeculationBudget budget, Consumer<DatabaseBroken> onBroken) {
    this.self = self;
    this.budget = budget;
    this.database = database;
    this.onBroken = onBroken;
    AtomicInteger number = new AtomicInteger();
    ThreadFactory factory =
        task -> {
          Thread thread = new Thread(task, "lockstep-" + self + "-sql-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS_MAX, THREADS_MAX, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    pool.allowCoreThreadTimeOut(true);
    threads = pool;
  }

  Database database() {
    return database;
  }

  // ---- sessions: any thread -----------------------------------------------------------------

  /**
   * Takes a step of a transaction, if there is memory for it. If there is not, the order finds out
   * without this replica what the step and those after it come to.
   *
   * @param bytes of the message
   * @param answers where to say what came of it; any thread
   */
  void operation(
      UUID client,
      SessionMessage.Operation operation,
      int bytes,
      Consumer<SessionMessage.Answer> answers) {
    StepResult.Failed refusal;
    synchronized (this) {
      if (ended.contains(key(client, operation.transaction()))) {
        refusal = SpeculativeTransaction.ENDED;
      } else {
        SpeculativeTransaction transaction = find(client, operation.transaction());
        if (transaction == null) {
          return;
        }
        int cost = bytes + STEP_OVERHEAD_BYTES;
        if (budget.hasRoom(client, cost)) {
          transaction.take(operation, cost, answers);
          wake(transaction);
          return;
        }
        refusal = NO_ROOM;
      }
    }
    if (operation.lead()) {
      answers.accept(SpeculativeTransaction.answer(operation, refusal));
    }
  }

  void confirm(UUID client, SessionMessage.Confirm confirm) {
    synchronized (this) {
      SpeculativeTransaction transaction = begun.get(key(client, confirm.transaction()));
      if (transaction != null) {
        transaction.confirm(confirm.attempt(), confirm.steps());
        wake(transaction);
      }
    }
  }

  void cancel(UUID client, long number) {
    SpeculativeTransaction transaction;
    synchronized (this) {
      transaction = begun.get(key(client, number));
    }
    if (transaction != null) {
      transaction.cancelRunning();
    }
  }

  /** A transaction that only reads is over. */
  void end(UUID client, long number) {
    synchronized (this) {
      SpeculativeTransaction transaction = begun.get(key(client, number));
      if (transaction != null && transaction.isReadOnly()) {
        endSoon(transaction);
      } else if (transaction == null) {
        // This replica is slower than those whose answers were enough.
        remember(key(client, number), overEarly);
      }
      drop(early.remove(key(client, number)));
    }
  }

  private static void remember(TransactionKey key, Set<TransactionKey> in) {
    in.add(key);
    if (in.size() > OVER_MAX) {
      in.remove(in.iterator().next());
    }
  }

  private static void drop(SpeculativeTransaction transactionOrNull) {
    if (transactionOrNull != null) {
      transactionOrNull.release();
    }
  }

  /** A client has no connection any more: what it only read is over. */
  void gone(UUID client) {
    synchronized (this) {
      early
          .values()
          .removeIf(
              transaction -> {
                boolean its = transaction.key().client().equals(client);
                if (its) {
                  transaction.release();
                }
                return its;
              });
      for (SpeculativeTransaction transaction : List.copyOf(begun.values())) {
        if (transaction.isReadOnly() && transaction.key().client().equals(client)) {
          endSoon(transaction);
        }
      }
    }
  }

  private void endSoon(SpeculativeTransaction transaction) {
    begun.remove(transaction.key(), transaction);
    transaction.markDead();
    transaction.release();
    if (!closed) {
      threads.execute(() -> stop(transaction));
    }
  }

  private static TransactionKey key(UUID client, long number) {
    return new TransactionKey(client, number);
  }

  private SpeculativeTransaction find(UUID client, long number) {
    TransactionKey key = key(client, number);
    SpeculativeTransaction known = begun.get(key);
    if (known == null) {
      known = early.get(key);
    }
    if (known != null || closed) {
      return known;
    }
    long ofClient = early.keySet().stream().filter(each -> each.client().equals(client)).count();
    Iterator<TransactionKey> oldest = early.keySet().iterator();
    while (oldest.hasNext() && (ofClient >= EARLY_PER_CLIENT_MAX || early.size() >= EARLY_MAX)) {
      TransactionKey next = oldest.next();
      if (early.size() >= EARLY_MAX || next.client().equals(client)) {
        drop(early.get(next));
        oldest.remove();
        ofClient--;
      }
    }
    SpeculativeTransaction made = new SpeculativeTransaction(key, budget);
    early.put(key, made);
    return made;
  }

  // ---- steps --------------------------------------------------------------------------------

  /** Has a thread do what can be done. */
  private void wake(SpeculativeTransaction transaction) {
    if (!paused && !closed && transaction.startRunning()) {
      threads.execute(() -> run(transaction));
    }
  }

  private void run(SpeculativeTransaction transaction) {
    while (true) {
      SpeculativeTransaction.Task task;
      synchronized (this) {
        task = paused || closed ? null : transaction.nextTaskOrNull();
        if (task == null) {
          transaction.stopRunning();
          notifyAll();
          return;
        }
      }
      SessionMessage.Answer answer = null;
      DatabaseBroken broken = null;
      try {
        answer = task.run();
      } catch (DatabaseBroken e) {
        broken = e;
      } catch (RuntimeException | StackOverflowError e) {
        // A bug, or bytes that an engine's driver stumbles over: the transaction is lost, and what
        // the order says of it is found out without it.
        LOG.error("replica {}: a step of {} failed", self, transaction.key(), e);
        answer = task.failed("XX000", "the replica failed to do the step: " + e);
      }
      Consumer<SessionMessage.Answer> to = null;
      synchronized (this) {
        if (broken != null) {
          transaction.markDead();
          transaction.stopRunning();
          notifyAll();
        } else {
          answer = transaction.toTell(task, answer);
          to = transaction.done(task, answer);
        }
      }
      if (broken != null) {
        onBroken.accept(broken);
        return;
      }
      if (to != null) {
        to.accept(answer);
      }
    }
  }

  // ---- the service's thread -----------------------------------------------------------------

  /** A transaction has its snapshot; steps that came before are done now. */
  SpeculativeTransaction begin(SpeculativeTransaction.Beginning beginning) {
    synchronized (this) {
      SpeculativeTransaction transaction = early.remove(beginning.key());
      if (transaction == null) {
        transaction = new SpeculativeTransaction(beginning.key(), budget);
      }
      transaction.begin(beginning, database);
      begun.put(beginning.key(), transaction);
      wake(transaction);
      return transaction;
    }
  }

  /**
   * Whether a transaction that only reads may begin; not if there are too many, of this client or
   * in all.
   */
  synchronized boolean hasRoomForRead(UUID client) {
    long now = System.nanoTime();
    for (SpeculativeTransaction each : List.copyOf(begun.values())) {
      if (each.isReadOnly() && each.ageNanos(now) > READ_NANOS_MAX) {
        endSoon(each);
      }
    }
    long reads = 0;
    long ofClient = 0;
    for (SpeculativeTransaction each : begun.values()) {
      if (each.isReadOnly()) {
        reads++;
        ofClient += each.key().client().equals(client) ? 1 : 0;
      }
    }
    return reads < READS_MAX && ofClient < READS_PER_CLIENT_MAX;
  }

  /** Whether a transaction that only reads was over before it began here; tells so once. */
  synchronized boolean wasOverEarly(TransactionKey key) {
    return overEarly.remove(key);
  }

  /** The transaction that only reads, if there is one by this name, is over. */
  void endRead(TransactionKey key) {
    synchronized (this) {
      SpeculativeTransaction transaction = begun.get(key);
      if (transaction != null && transaction.isReadOnly()) {
        endSoon(transaction);
      }
    }
  }

  /**
   * Takes a transaction out of here that is rolled back by the order. No step of it runs any more,
   * and sessions that wait for one are told.
   */
  void expel(SpeculativeTransaction transaction) {
    Runnable farewell;
    synchronized (this) {
      begun.remove(transaction.key(), transaction);
      transaction.seize();
      remember(transaction.key(), ended);
      farewell = transaction.answersToWaiting();
      transaction.release();
      cancelAndAwait(transaction);
    }
    farewell.run();
  }

  /**
   * Takes a transaction out of here, to be committed. No step of it runs any more; one that ran has
   * come to its end.
   */
  void seize(SpeculativeTransaction transaction) {
    synchronized (this) {
      begun.remove(transaction.key(), transaction);
      transaction.seize();
      transaction.release();
      long since = System.nanoTime();
      while (transaction.isRunning() && System.nanoTime() - since < GRACE_NANOS) {
        await(1);
      }
      if (!transaction.isRunning()) {
        return;
      }
    }
    // It may wait for a lock of one that will not go away before this one is done.
    exclusive();
    try {
      synchronized (this) {
        while (transaction.isRunning()) {
          await(10);
        }
      }
    } finally {
      resume();
    }
  }

  /**
   * From here on until {@link #resume} no steps are done, and no transaction ahead of the order
   * holds a lock: those that did have lost what they did.
   */
  void exclusive() {
    List<SpeculativeTransaction> inTheWay = new ArrayList<>();
    synchronized (this) {
      paused = true;
      for (SpeculativeTransaction each : begun.values()) {
        if (each.mayHoldLocks()) {
          each.markDead();
          inTheWay.add(each);
        }
      }
    }
    inTheWay.forEach(this::free);
    if (!inTheWay.isEmpty()) {
      LOG.debug("replica {}: {} transactions gave way to the order", self, inTheWay.size());
    }
  }

  void resume() {
    synchronized (this) {
      paused = false;
      begun.values().forEach(this::wake);
    }
  }

  /** Its locks are free; its snapshot stays. */
  private void free(SpeculativeTransaction transaction) {
    synchronized (this) {
      cancelAndAwait(transaction);
    }
    transaction.undo();
  }

  private void stop(SpeculativeTransaction transaction) {
    synchronized (this) {
      cancelAndAwait(transaction);
    }
    transaction.rollback();
  }

  private void cancelAndAwait(SpeculativeTransaction transaction) {
    while (transaction.isRunning()) {
      transaction.cancelRunning();
      await(5);
    }
  }

  /** With the monitor. */
  private void await(long millis) {
    try {
      wait(millis);
    } catch (InterruptedException e) {
      // The service's thread is interrupted only when the process ends.
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a step of a transaction was ending", e);
    }
  }

  /** All transactions are over. */
  void abandonAll() {
    List<SpeculativeTransaction> all;
    synchronized (this) {
      all = List.copyOf(begun.values());
      begun.clear();
      all.forEach(SpeculativeTransaction::markDead);
      all.forEach(SpeculativeTransaction::release);
    }
    all.forEach(this::stop);
  }

  /** Ends all transactions and the threads. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      early.values().forEach(SpeculativeTransaction::release);
      early.clear();
    }
    abandonAll();
    threads.shutdown();
  }
}
