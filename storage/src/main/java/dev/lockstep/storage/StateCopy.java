package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Copies the state of a group from the directory of one replica to another directory: the newest
 * checkpoint that is whole, and the decisions behind it with their certificates. No vote, promise
 * or incarnation is copied: those belong to one replica and one life. The copy is a data directory
 * of its own, checked by {@link LogVerifier} before this returns.
 *
 * <p>The source may be that of a running replica: it is only read, and nothing is asked of it.
 */
public final class StateCopy {
  /** A running replica drops segments; then what is read has to be read again. */
  private static final int ATTEMPTS = 5;

  /** Records that are written at a time. */
  private static final int BUNDLE = 256;

  /**
   * What was copied.
   *
   * @param checkpoint instance of the checkpoint, or 0 if there was none
   * @param checkpointBytes length of the service's state in it
   * @param lastDecision the instance after which the state is
   * @param signatures number of signatures that were checked
   */
  public record Result(long checkpoint, long checkpointBytes, long lastDecision, long signatures) {}

  private final Path source;
  private final Domains domains;
  private final Digest cluster;
  private final Digest configuration;
  private final View genesis;
  private final Verifier verifier;
  private final CodecLimits limits;

  /**
   * @param source data directory of a replica, or an earlier copy
   * @param configuration digest of the configuration under which the copy may be used
   * @param genesis first view, by which certificates are checked
   */
  public StateCopy(
      Path source, Domains domains, Digest configuration, View genesis, Verifier verifier) {
    this.source = source;
    this.domains = domains;
    cluster = domains.founding();
    this.configuration = configuration;
    this.genesis = genesis;
    this.verifier = verifier;
    limits = genesis.codecLimits();
  }

  /**
   * Makes the copy.
   *
   * @param replica whose data directory the copy becomes
   * @throws IOException with one sentence: if the target holds anything, the source has nothing to
   *     copy, or what was copied is not in order
   */
  public Result to(Path target, int replica) throws IOException {
    if (!isUnused(target)) {
      throw new LogException(
          target + " holds the data of a replica already; nothing is ever overwritten");
    }
    for (int attempt = 1; ; attempt++) {
      try {
        return copy(target, replica);
      } catch (NoSuchFileException e) {
        if (attempt == ATTEMPTS) {
          throw new LogException(
              source + " changes faster than it can be read; stop that replica first", e);
        }
      }
    }
  }

  /** Whether a copy could be made there: nothing is there, or only what {@code init} makes. */
  public static boolean isUnused(Path target) throws IOException {
    if (!Files.exists(target)) {
      return true;
    }
    LogHeader header = LogHeader.read(Disk.SYSTEM, target);
    for (String name : Disk.SYSTEM.list(target)) {
      boolean made =
          name.equals(DirectoryLock.NAME) || name.equals(LogHeader.NAME) && header != null;
      if (!made) {
        return false;
      }
    }
    return header == null || header.state() == LogHeader.State.CREATED;
  }

  /** A directory of a replica that never started, and nothing else. */
  private void begin(Path target, int replica) throws IOException {
    LogHeader header = LogHeader.read(Disk.SYSTEM, target);
    if (header != null && !header.configuration().equals(configuration)) {
      // What 'init' made, for the generation before.
      Files.delete(target.resolve(LogHeader.NAME));
      header = null;
    }
    if (header == null) {
      ReplicaLog.create(target, configuration, replica);
    }
  }

  /** After the log was closed: nothing of a copy that failed is left, and it can be tried again. */
  private void undo(Path target, int replica) throws IOException {
    try (Stream<Path> files = Files.list(target)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    ReplicaLog.create(target, configuration, replica);
  }

  private Result copy(Path target, int replica) throws IOException {
    boolean existed = Files.exists(target);
    begin(target, replica);
    // The lock of the log guards the checkpoints too. Whose is another process's is not touched.
    Writer log = new Writer(target, replica);
    try {
      Result made = fill(target, log);
      log.close();
      return made;
    } catch (IOException | RuntimeException e) {
      try {
        log.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      undo(target, replica);
      if (!existed) {
        empty(target);
      }
      throw e;
    }
  }

  private static void empty(Path target) throws IOException {
    Files.deleteIfExists(target.resolve(LogHeader.NAME));
    Files.deleteIfExists(target.resolve(DirectoryLock.NAME));
    Files.delete(target);
  }

  private Result fill(Path target, Writer log) throws IOException {
    long checkpoint = 0;
    long bytes = 0;
    try (CheckpointReader newest = newest()) {
      if (newest != null) {
        checkpoint = newest.manifest().instance();
        bytes = newest.manifest().totalBytes();
        copy(newest, CheckpointStore.open(target, cluster));
      }
    }
    log.next = checkpoint + 1;
    new LogReader(source, limits).read(log);
    log.finish();
    if (log.next == 1) {
      throw new LogException(
          source + " holds no checkpoint that is whole and no decision from the first on");
    }
    LogVerifier.Report report =
        LogVerifier.verify(target, domains, configuration, genesis, verifier, limits);
    if (!report.isInOrder()) {
      throw new LogException(
          "what was copied from "
              + source
              + " is not in order ("
              + String.join("; ", report.problems())
              + "); take it from another replica");
    }
    return new Result(checkpoint, bytes, log.next - 1, report.signatures());
  }

  private CheckpointReader newest() throws IOException {
    CheckpointStore store = new CheckpointStore(Disk.SYSTEM, source, cluster);
    for (long instance : store.instances()) {
      CheckpointReader reader = store.open(instance);
      if (reader != null) {
        if (CheckpointStore.isWhole(reader)) {
          return reader;
        }
        reader.close();
      }
    }
    return null;
  }

  private static void copy(CheckpointReader from, CheckpointStore to) throws IOException {
    try (CheckpointWriter writer = to.begin(from.manifest().instance());
        InputStream content = from.content()) {
      content.transferTo(writer.content());
      writer.complete(from.manifest().head());
      writer.publish();
    }
  }

  /** Takes the unbroken run of decisions from one instance on. */
  private final class Writer implements LogReader.Visitor, AutoCloseable {
    private final ReplicaLog log;
    private final List<Throwable> failures = new ArrayList<>();
    private long next;
    private long ticket;
    private int unwritten;

    Writer(Path target, int replica) throws IOException {
      LogListener listener =
          new LogListener() {
            @Override
            public void onDurable(long confirmed) {
              // The end of the log says it of everything.
            }

            @Override
            public void onFailure(Throwable cause) {
              synchronized (failures) {
                failures.add(cause);
              }
            }
          };
      log =
          ReplicaLog.open(
              target,
              LogConfig.of(cluster, configuration, replica, LogMode.MEMORY, limits),
              listener);
      log.start();
    }

    @Override
    public void onEntry(LogReader.Entry entry) throws IOException {
      if (entry.record() instanceof Record.Decided decided && decided.batch().instance() == next) {
        next++;
        log.append(++ticket, decided);
        if (++unwritten == BUNDLE) {
          finish();
        }
      }
    }

    @Override
    public void onProblem(String problem) {
      // The end of a log that is being written looks torn; what is missing ends the run.
    }

    void finish() throws IOException {
      log.flush();
      unwritten = 0;
      synchronized (failures) {
        if (!failures.isEmpty()) {
          throw new LogException("the copy cannot be written", failures.get(0));
        }
      }
    }

    @Override
    public void close() throws IOException {
      log.close();
    }
  }
}
