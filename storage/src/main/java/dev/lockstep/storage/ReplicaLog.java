package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The vote file and decision log of one replica: an append-only sequence of records in segments of
 * a directory (RULES 25-27). The format is described in {@code docs/storage.md}.
 *
 * <pre>
 *   log = ReplicaLog.open(directory, config, listener);
 *   replica.start(log.start(), ...);
 *   loop: events -> actions -> log.append(ticket, record)*; confirmed = log.flush();
 *         replica.onPersisted(confirmed) if that is more than before
 *   listener.onDurable(ticket), on another thread -> an event of the loop -> replica.onPersisted
 * </pre>
 *
 * <p>In {@link LogMode#DURABLE} a thread of the log writes and forces everything that was handed
 * over while it was busy ({@link GroupCommit}), and the listener hears of it. In the other modes
 * {@link #flush} writes on the owner's thread, and what it returns may be confirmed at once; only
 * what follows a record that is always synced has to wait for the log's thread and the listener
 * ({@link BackgroundForce}).
 *
 * <p>Threads: {@link #start}, {@link #append}, {@link #flush} and {@link #close} belong to one
 * owner thread; all else may be called by any. The owner must not be interrupted: the Java platform
 * answers that by closing the file, which is a failure.
 *
 * <p>After the first failure nothing is written or confirmed any more; {@link
 * LogListener#onFailure} tells.
 */
public final class ReplicaLog implements Closeable {
  private final LogListener listener;
  private final DirectoryLock directoryLock;
  private final DecisionIndex index;
  private final boolean fresh;
  private final String loss;
  private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
  private final LogMonitor monitor;
  private final LogReads reads;
  private final LogTruncation truncation;
  private final LogWriter writer;
  private final Thread thread;

  /** What the owner handed over since the last flush. */
  private List<LogMonitor.Item> bundle = new ArrayList<>();

  private boolean started;

  /**
   * Makes the vote file of a new replica: to be called once, by {@code init}, never to replace one
   * that was lost (RULES 27). Returns when it is on the disk itself.
   *
   * @param configuration digest of the configuration under which the replica is to run
   */
  public static void create(Path directory, Digest configuration, int replica) throws IOException {
    create(Disk.SYSTEM, directory, configuration, replica);
  }

  static void create(Disk disk, Path directory, Digest configuration, int replica)
      throws IOException {
    Files.createDirectories(directory);
    DirectoryLock held = DirectoryLock.take(directory);
    try {
      if (Files.exists(directory.resolve(LogHeader.NAME))) {
        throw new LogException(
            directory + " holds the log of a replica already; choose another directory");
      }
      new LogHeader(
              configuration,
              replica,
              LogHeader.State.CREATED,
              LogMode.DURABLE,
              1,
              0,
              0,
              "never started")
          .write(disk, directory);
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        disk.syncDirectory(parent);
      }
    } finally {
      held.close();
    }
  }

  /** Whether a process has the log in this directory open. Changes nothing. */
  public static boolean isInUse(Path directory) throws IOException {
    if (!Files.exists(directory.resolve(DirectoryLock.NAME))) {
      return false;
    }
    try {
      DirectoryLock.take(directory).close();
      return false;
    } catch (LogException e) {
      return true;
    }
  }

  /**
   * Opens the log in a directory, repairs what a crash left, and takes it for this process. A
   * directory without a readable vote file is a loss, not an error.
   *
   * @throws LogException if the directory cannot be used, with a sentence that says why
   */
  public static ReplicaLog open(Path directory, LogConfig config, LogListener listener)
      throws IOException {
    return open(Disk.SYSTEM, directory, config, listener);
  }

  static ReplicaLog open(Disk disk, Path directory, LogConfig config, LogListener listener)
      throws IOException {
    Files.createDirectories(directory);
    DirectoryLock held = DirectoryLock.take(directory);
    try {
      LogRecovery recovery = new LogRecovery(disk, directory, config);
      LogHeader header = recovery.run();
      return new ReplicaLog(disk, directory, config, listener, held, recovery, header);
    } catch (IOException | RuntimeException e) {
      held.close();
      throw e;
    }
  }

  private ReplicaLog(
      Disk disk,
      Path directory,
      LogConfig config,
      LogListener listener,
      DirectoryLock directoryLock,
      LogRecovery recovery,
      LogHeader header)
      throws IOException {
    this.listener = listener;
    this.directoryLock = directoryLock;
    index = recovery.index();
    fresh = recovery.isFresh();
    loss = recovery.loss();
    Segment last = null;
    for (Segment segment : recovery.segments()) {
      segments.put(segment.number(), segment);
      last = segment;
    }
    boolean durable = config.mode() == LogMode.DURABLE;
    monitor =
        new LogMonitor(
            recovery.lastOrdinal(),
            config.mode() == LogMode.ASYNC ? BackgroundForce.UNFORCED_BYTES : Long.MAX_VALUE);
    reads = new LogReads(segments, index, config.limits());
    LogForce force =
        new LogForce(
            disk,
            directory,
            segments,
            monitor,
            durable ? monitor::confirmForced : monitor::confirmForcedBarriers,
            listener,
            recovery.lastOrdinal());
    LogAppender appender =
        new LogAppender(
            disk,
            directory,
            config,
            index,
            new AppenderHost(force),
            recovery.standing(),
            last,
            recovery.end(),
            recovery.lastNumber(),
            recovery.lastOrdinal());
    for (DecisionIndex.Position position : recovery.undecided()) {
      if (reads.read(position) instanceof Record.Wrote wrote) {
        appender.remember(wrote, position.segment(), position.offset());
      }
    }
    truncation =
        new LogTruncation(disk, directory, segments, index, monitor, appender, force, header);
    writer =
        durable
            ? new GroupCommit(monitor, appender, force, truncation)
            : new BackgroundForce(config, monitor, appender, force, truncation, this::fail);
    thread = new Thread(this::run, "lockstep-log-" + config.replica());
    thread.setDaemon(true);
  }

  private final class AppenderHost implements LogAppender.Host {
    private final SecureRandom random = new SecureRandom();
    private final LogForce force;

    AppenderHost(LogForce force) {
      this.force = force;
    }

    @Override
    public long synced() {
      return force.synced();
    }

    @Override
    public long nonce() {
      return random.nextLong();
    }

    @Override
    public void onBegun(Segment segment) {
      segments.put(segment.number(), segment);
      monitor.begun(segment);
    }

    @Override
    public void onWritten(Segment segment) {
      monitor.touched(segment);
    }
  }

  /** Why the votes count as lost, in one sentence, or null if they do not. */
  public String loss() {
    return loss;
  }

  /** All that was found. See {@link #start(long)}. */
  public StartState start() throws IOException {
    return start(0);
  }

  /**
   * What was found, for the replica's start event; to be called once, before the first append.
   *
   * @param covered instance up to which a checkpoint makes the records of instances superfluous, or
   *     0; they are left out
   */
  public StartState start(long covered) throws IOException {
    if (started) {
      throw new IllegalStateException("the log was started already");
    }
    List<Record> records = fresh ? List.of() : reads.replay(covered);
    started = true;
    thread.start();
    return new StartState(
        loss != null
            ? StartState.Kind.LOST
            : fresh ? StartState.Kind.FRESH : StartState.Kind.INTACT,
        records);
  }

  /**
   * Hands a record over; nothing happens before {@link #flush}. Tickets ascend. Owner thread.
   *
   * <p>After a failure this does nothing.
   */
  public void append(long ticket, Record record) {
    bundle.add(new LogMonitor.Item(ticket, record));
  }

  /**
   * To be called at the end of each bundle of events. Returns the highest ticket that is confirmed
   * now, 0 if none is; the listener tells about further ones. Owner thread.
   */
  public long flush() {
    if (!started) {
      throw new IllegalStateException("start() comes before flush()");
    }
    List<LogMonitor.Item> items = bundle;
    if (items.isEmpty()) {
      return monitor.confirmed();
    }
    bundle = new ArrayList<>();
    return writer.flush(items);
  }

  /** The failure that ended the log, or null. */
  public Throwable failure() {
    return monitor.failure();
  }

  private void fail(Throwable cause) {
    if (monitor.fail(cause)) {
      listener.onFailure(cause);
    }
  }

  private void run() {
    try {
      writer.run();
    } catch (IOException | RuntimeException | InterruptedException | Error e) {
      fail(e);
    }
  }

  /**
   * Drops the segments that hold only records of instances below this one. To be called only once a
   * checkpoint at {@code instance - 1} or later is complete on the disk (RULES 26). Any thread; the
   * result is complete when the files are gone.
   */
  public CompletableFuture<Void> truncateBelow(long instance) {
    return monitor.wantTruncation(instance);
  }

  /** First decision that {@link #readDecisions} can give; one behind the last if it has none. */
  public long firstDecision() {
    return index.first();
  }

  /** Last decision that {@link #readDecisions} can give. */
  public long lastDecision() {
    return index.last();
  }

  /**
   * Decisions from an instance on, in order and without a gap, read from the disk: at least one if
   * it is there, then as many as fit. Empty if the log does not reach back so far, or not yet so
   * far. Any thread.
   *
   * @param mostBytes about how much memory they take together
   */
  public List<Record.Decided> readDecisions(long from, long mostBytes) throws IOException {
    return reads.decisions(from, mostBytes);
  }

  /**
   * Ends the log in order: all that was handed over is written, synced and confirmed, and the mark
   * of a clean shutdown is set. After a failure it only lets go of the files. Owner thread.
   */
  @Override
  public void close() throws IOException {
    if (started) {
      flush();
    }
    if (!monitor.close()) {
      return;
    }
    try {
      if (started) {
        join();
      }
      if (failure() == null) {
        truncation.markClean();
      }
    } finally {
      for (Segment segment : segments.values()) {
        segment.release();
      }
      directoryLock.close();
    }
  }

  private void join() throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LogException("interrupted while the log was being closed", e);
    }
  }
}
