package dev.lockstep.sql.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a replica, and another one in its place when its database fails or is found to be another
 * one than that of the others. {@link #close} may be called by any thread.
 */
public final class Supervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
  private static final long PAUSE_MILLIS = 500;
  private static final long PAUSE_MOST_MILLIS = 30_000;

  /** One that ran for so long begins with short pauses again. */
  private static final long GOOD_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** How often in a row a replica that had run may fail to start. */
  private static final int STARTS_MAX = 8;

  /** Makes replicas. */
  public interface Maker {
    /** A replica with a database that is open. */
    SqlReplica.Builder make() throws IOException;
  }

  private final Optional<Path> data;
  private final Maker maker;
  private final CountDownLatch closed = new CountDownLatch(1);
  private SqlReplica running;

  /**
   * @param data the replica's folder for its log; none if it keeps nothing
   */
  public Supervisor(Optional<Path> data, Maker maker) {
    this.data = data;
    this.maker = maker;
  }

  /**
   * Runs replicas until it is closed, or a replica ends in a way that another one would not mend.
   *
   * @return why
   * @throws IOException if the first replica cannot start, or others cannot again and again
   */
  public String run() throws IOException, InterruptedException {
    boolean forget = false;
    long pause = PAUSE_MILLIS;
    int failedStarts = 0;
    for (boolean first = true; ; first = false) {
      long since = System.nanoTime();
      SqlReplica replica;
      try {
        replica = start(forget);
      } catch (IOException e) {
        if (first || ++failedStarts == STARTS_MAX) {
          throw e;
        }
        LOG.error("the replica cannot start again: {}; trying once more", e.getMessage());
        if (closed.await(pause, TimeUnit.MILLISECONDS)) {
          return "closed";
        }
        pause = Math.min(PAUSE_MOST_MILLIS, 2 * pause);
        continue;
      }
      if (replica == null) {
        return "closed";
      }
      failedStarts = 0;
      SqlReplica.Ending ending = replica.whenDone().join();
      replica.close();
      switch (ending.kind()) {
        case CLOSED, STOPPED -> {
          return ending.reason();
        }
        case DIVERGED -> forget = true;
        case BROKEN -> forget = false;
      }
      if (System.nanoTime() - since > GOOD_NANOS) {
        pause = PAUSE_MILLIS;
      }
      LOG.warn(
          "the replica ended: {}. Starting it again{}",
          ending.reason(),
          forget ? ", without what it remembers; it learns that from the others" : "");
      if (closed.await(pause, TimeUnit.MILLISECONDS)) {
        return "closed";
      }
      pause = Math.min(PAUSE_MOST_MILLIS, 2 * pause);
    }
  }

  /** Null if it was closed meanwhile. */
  private synchronized SqlReplica start(boolean forget) throws IOException {
    if (closed.getCount() == 0) {
      return null;
    }
    if (forget && data.isPresent()) {
      empty(data.get());
    }
    SqlReplica.Builder builder = maker.make();
    running = forget && data.isEmpty() ? builder.afterLoss().start() : builder.start();
    return running;
  }

  /** A replica that finds nothing here knows that it has lost its votes. */
  private static void empty(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> all = files.sorted(java.util.Comparator.reverseOrder()).toList();
      for (Path file : all) {
        if (!file.equals(folder)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  @Override
  public void close() {
    closed.countDown();
    SqlReplica last;
    synchronized (this) {
      last = running;
    }
    if (last != null) {
      last.close();
    }
  }
}
