package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import dev.lockstep.protocol.record.StartState;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

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
 * over while it was busy (group commit), and the listener hears of it. In the other modes {@link
 * #flush} writes on the owner's thread, and what it returns may be confirmed at once; only what
 * follows a record that is always synced has to wait for the log's thread and the listener.
 *
 * <p>Threads: {@link #start}, {@link #append}, {@link #flush} and {@link #close} belong to one
 * owner thread; all else may be called by any. The owner must not be interrupted: the Java platform
 * answers that by closing the file, which is a failure.
 *
 * <p>After the first failure nothing is written or confirmed any more; {@link
 * LogListener#onFailure} tells.
 */
public final class ReplicaLog implements Closeable {
  private record Item(long ticket, Record record) {}

  /** A decision need not be synced for its own sake (RULES 25), only before the log idles. */
  private static final long DECISION_FORCE_MILLIS = 50;

  /**
   * Most bytes that are written but not forced for long in modes that do not wait for the disk.
   * Nobody waits for this force; but a promise waits for one, in the middle of a change of leaders,
   * and then there must not be gigabytes before it.
   */
  private static final long UNFORCED_BYTES = 16 << 20;

  /** How often it is checked that the file is still there, in modes that rarely force. */
  private static final long CHECK_MILLIS = 200;

  private final Disk disk;
  private final Path directory;
  private final LogConfig config;
  private final LogListener listener;
  private final DirectoryLock directoryLock;
  private final DecisionIndex index;
  private final boolean fresh;
  private final String loss;
  private final LogAppender appender;
  private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
  private final Thread thread;

  /** Highest ordinal that is on the disk itself. */
  private volatile long synced;

  /** Changed by the log's thread, then by close. */
  private LogHeader header;

  /** What the owner handed over since the last flush. */
  private List<Item> bundle = new ArrayList<>();

  private boolean started;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();

  // Guarded by lock.
  private List<Item> queue = new ArrayList<>();
  private final Set<Segment> dirty = new LinkedHashSet<>();
  private boolean namesDirty;
  private long writtenTicket;
  private long writtenOrdinal;
  private long writtenBytes;
  private long forcedBytes;
  private final ArrayDeque<Long> barriers = new ArrayDeque<>();
  private long confirmed;
  private long truncateBelow;
  private CompletableFuture<Void> truncated = new CompletableFuture<>();
  private boolean closing;
  private Throwable failure;

  /**
   * Makes the vote file of a new replica: to be called once, by {@code init}, never to replace one
   * that was lost (RULES 27). Returns when it is on the disk itself.
   */
  public static void create(Path directory, Digest cluster, int replica) throws IOException {
    create(Disk.SYSTEM, directory, cluster, replica);
  }

  static void create(Disk disk, Path directory, Digest cluster, int replica) throws IOException {
    Files.createDirectories(directory);
    DirectoryLock held = DirectoryLock.take(directory);
    try {
      if (Files.exists(directory.resolve(LogHeader.NAME))) {
        throw new LogException(
            directory + " holds the log of a replica already; choose another directory");
      }
      new LogHeader(
              cluster, replica, LogHeader.State.CREATED, LogMode.DURABLE, 1, 0, 0, "never started")
          .write(disk, directory);
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        disk.syncDirectory(parent);
      }
    } finally {
      held.close();
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
    this.disk = disk;
    this.directory = directory;
    this.config = config;
    this.listener = listener;
    this.directoryLock = directoryLock;
    this.header = header;
    index = recovery.index();
    fresh = recovery.isFresh();
    loss = recovery.loss();
    synced = recovery.lastOrdinal();
    writtenOrdinal = synced;
    Segment last = null;
    for (Segment segment : recovery.segments()) {
      segments.put(segment.number(), segment);
      last = segment;
    }
    appender =
        new LogAppender(
            disk,
            directory,
            config,
            index,
            new AppenderHost(),
            recovery.standing(),
            last,
            recovery.end(),
            recovery.lastNumber(),
            recovery.lastOrdinal());
    for (DecisionIndex.Position position : recovery.undecided()) {
      if (read(position) instanceof Record.Wrote wrote) {
        appender.remember(wrote, position.segment(), position.offset());
      }
    }
    thread = new Thread(this::run, "lockstep-log-" + config.replica());
    thread.setDaemon(true);
  }

  private final class AppenderHost implements LogAppender.Host {
    private final SecureRandom random = new SecureRandom();

    @Override
    public long synced() {
      return synced;
    }

    @Override
    public long nonce() {
      return random.nextLong();
    }

    @Override
    public void onBegun(Segment segment) {
      segments.put(segment.number(), segment);
      lock.lock();
      try {
        namesDirty = true;
        dirty.add(segment);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onWritten(Segment segment) {
      lock.lock();
      try {
        dirty.add(segment);
      } finally {
        lock.unlock();
      }
    }
  }

  // ---- the start ----------------------------------------------------------------------------

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
    List<Record> records = new ArrayList<>();
    if (!fresh) {
      for (Segment segment : segments.values()) {
        boolean isFirst = segment.number() == segments.firstKey();
        SegmentCursor cursor =
            new SegmentCursor(segment.file(), segment.header().nonce(), SegmentHeader.BYTES);
        while (cursor.next()) {
          Frame frame = cursor.frame();
          boolean wanted =
              frame.type() == Frame.STANDING
                  ? isFirst
                  : frame.instance() == 0 || frame.instance() > covered;
          Record record = wanted ? decode(segment, frame, cursor.payload()) : null;
          if (record != null) {
            records.add(record);
          }
        }
      }
    }
    started = true;
    thread.start();
    return new StartState(
        loss != null
            ? StartState.Kind.LOST
            : fresh ? StartState.Kind.FRESH : StartState.Kind.INTACT,
        records);
  }

  /** Null for a decision whose batch was dropped with an older segment. */
  private Record decode(Segment segment, Frame frame, byte[] payload) throws IOException {
    try {
      if (frame.type() != Frame.DECIDED_REFERENCE) {
        return RecordCodec.decode(payload, config.limits());
      }
      DecisionReference reference = DecisionReference.decode(payload, config.limits());
      Segment other = segments.get(reference.segment());
      if (other == null || !other.acquire()) {
        return null;
      }
      try {
        return reference.resolve(
            SegmentCursor.at(other.file(), other.header().nonce(), reference.offset()),
            config.limits());
      } finally {
        other.release();
      }
    } catch (DecodeException e) {
      throw LogRecovery.unreadable(segment, frame.offset(), e);
    }
  }

  // ---- appending ----------------------------------------------------------------------------

  /**
   * Hands a record over; nothing happens before {@link #flush}. Tickets ascend. Owner thread.
   *
   * <p>After a failure this does nothing.
   */
  public void append(long ticket, Record record) {
    bundle.add(new Item(ticket, record));
  }

  /**
   * To be called at the end of each bundle of events. Returns the highest ticket that is confirmed
   * now, 0 if none is; the listener tells about further ones. Owner thread.
   */
  public long flush() {
    if (!started) {
      throw new IllegalStateException("start() comes before flush()");
    }
    List<Item> items = bundle;
    if (items.isEmpty()) {
      return confirmed();
    }
    bundle = new ArrayList<>();
    return config.mode() == LogMode.DURABLE ? handOver(items) : writeHere(items);
  }

  private long handOver(List<Item> items) {
    lock.lock();
    try {
      if (failure == null) {
        if (queue.isEmpty()) {
          queue = items;
          work.signal();
        } else {
          queue.addAll(items);
        }
      }
      return confirmed;
    } finally {
      lock.unlock();
    }
  }

  private long writeHere(List<Item> items) {
    if (failure() != null) {
      return confirmed();
    }
    try {
      for (Item item : items) {
        appender.append(item.record);
      }
      appender.write();
    } catch (IOException | RuntimeException e) {
      fail(e);
      return confirmed();
    }
    lock.lock();
    try {
      for (Item item : items) {
        if (item.record.alwaysSynced()) {
          barriers.add(item.ticket);
          work.signal();
        }
      }
      writtenTicket = items.get(items.size() - 1).ticket;
      writtenOrdinal = appender.lastOrdinal();
      writtenBytes = appender.writtenBytes();
      if (isMuchUnforced()) {
        work.signal();
      }
      confirm();
      return confirmed;
    } finally {
      lock.unlock();
    }
  }

  private boolean isMuchUnforced() {
    return config.mode() == LogMode.ASYNC && writtenBytes - forcedBytes > UNFORCED_BYTES;
  }

  /** Everything written below the first record that still has to be synced. */
  private void confirm() {
    if (failure == null) {
      confirmed = Math.max(confirmed, barriers.isEmpty() ? writtenTicket : barriers.peek() - 1);
    }
  }

  private long confirmed() {
    lock.lock();
    try {
      return confirmed;
    } finally {
      lock.unlock();
    }
  }

  /** The failure that ended the log, or null. */
  public Throwable failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  private void fail(Throwable cause) {
    lock.lock();
    try {
      if (failure != null) {
        return;
      }
      failure = cause;
      queue = new ArrayList<>();
      truncated.completeExceptionally(cause);
      work.signal();
    } finally {
      lock.unlock();
    }
    listener.onFailure(cause);
  }

  // ---- the log's own thread -----------------------------------------------------------------

  private void run() {
    try {
      if (config.mode() == LogMode.DURABLE) {
        runDurable();
      } else {
        runForcing();
      }
    } catch (IOException | RuntimeException | InterruptedException | Error e) {
      fail(e);
    }
  }

  private void runDurable() throws IOException, InterruptedException {
    List<Item> items;
    long unforcedSince = 0;
    while ((items = await(unforcedSince)) != null) {
      boolean awaited = false;
      for (Item item : items) {
        appender.append(item.record);
        awaited |= !(item.record instanceof Record.Decided);
      }
      long now = System.nanoTime();
      if (!items.isEmpty()) {
        appender.write();
        lock.lock();
        try {
          writtenTicket = items.get(items.size() - 1).ticket;
          writtenOrdinal = appender.lastOrdinal();
        } finally {
          lock.unlock();
        }
        unforcedSince = unforcedSince == 0 ? now : unforcedSince;
      }
      if (awaited || isDue(unforcedSince, now)) {
        force();
        unforcedSince = 0;
      }
      truncateIfWanted();
    }
    force();
    truncateIfWanted();
  }

  private static boolean isDue(long unforcedSince, long now) {
    return unforcedSince != 0
        && now - unforcedSince >= TimeUnit.MILLISECONDS.toNanos(DECISION_FORCE_MILLIS);
  }

  /** What is queued, nothing if it is time to force, or null at the end. */
  private List<Item> await(long unforcedSince) throws InterruptedException {
    lock.lock();
    try {
      while (queue.isEmpty() && !closing && truncateBelow == 0) {
        if (failure != null) {
          return null;
        }
        if (unforcedSince == 0) {
          work.await();
        } else if (!work.await(DECISION_FORCE_MILLIS, TimeUnit.MILLISECONDS)
            && isDue(unforcedSince, System.nanoTime())) {
          break;
        }
      }
      if (failure != null || queue.isEmpty() && closing) {
        return null;
      }
      List<Item> items = queue;
      queue = new ArrayList<>();
      return items;
    } finally {
      lock.unlock();
    }
  }

  private void runForcing() throws IOException, InterruptedException {
    long interval =
        config.mode() == LogMode.ASYNC
            ? Math.min(CHECK_MILLIS, config.forceIntervalMillis())
            : CHECK_MILLIS;
    boolean running = true;
    while (running) {
      boolean forcing;
      lock.lock();
      try {
        if (barriers.isEmpty()
            && !isMuchUnforced()
            && truncateBelow == 0
            && !closing
            && failure == null) {
          work.await(interval, TimeUnit.MILLISECONDS);
        }
        if (failure != null) {
          return;
        }
        forcing =
            closing || !barriers.isEmpty() || config.mode() == LogMode.ASYNC && !dirty.isEmpty();
        running = !closing;
      } finally {
        lock.unlock();
      }
      if (forcing) {
        force();
      } else {
        checkPresence();
      }
      truncateIfWanted();
    }
  }

  /** Forces what was written until now and tells the listener. */
  private void force() throws IOException {
    List<Segment> forced;
    boolean names;
    long ticket;
    long ordinal;
    lock.lock();
    try {
      forced = new ArrayList<>(dirty);
      dirty.clear();
      names = namesDirty;
      namesDirty = false;
      ticket = writtenTicket;
      ordinal = writtenOrdinal;
      forcedBytes = writtenBytes;
    } finally {
      lock.unlock();
    }
    for (Segment segment : forced) {
      segment.file().force();
    }
    checkPresence();
    if (names) {
      disk.syncDirectory(directory);
    }
    synced = ordinal;
    long now;
    lock.lock();
    try {
      while (!barriers.isEmpty() && barriers.peek() <= ticket) {
        barriers.poll();
      }
      long before = confirmed;
      if (config.mode() == LogMode.DURABLE) {
        confirmed = failure == null ? ticket : confirmed;
      } else {
        confirm();
      }
      now = confirmed > before ? confirmed : 0;
    } finally {
      lock.unlock();
    }
    if (now > 0) {
      listener.onDurable(now);
    }
  }

  /** A write to a file that was deleted succeeds: the names must be looked at. */
  private void checkPresence() throws IOException {
    if (segments.isEmpty()) {
      return;
    }
    Segment last = segments.lastEntry().getValue();
    Object there;
    try {
      there = disk.identity(last.path());
    } catch (IOException e) {
      throw new LogException(last.path() + " has vanished while the replica was running", e);
    }
    if (last.identity() != null && !last.identity().equals(there)) {
      throw new LogException(last.path() + " was replaced while the replica was running");
    }
  }

  // ---- dropping -----------------------------------------------------------------------------

  /**
   * Drops the segments that hold only records of instances below this one. To be called only once a
   * checkpoint at {@code instance - 1} or later is complete on the disk (RULES 26). Any thread; the
   * result is complete when the files are gone.
   */
  public CompletableFuture<Void> truncateBelow(long instance) {
    lock.lock();
    try {
      if (failure != null) {
        return CompletableFuture.failedFuture(failure);
      }
      truncateBelow = Math.max(truncateBelow, instance);
      work.signal();
      return truncated;
    } finally {
      lock.unlock();
    }
  }

  private void truncateIfWanted() throws IOException {
    long below;
    CompletableFuture<Void> done;
    lock.lock();
    try {
      below = truncateBelow;
      done = truncated;
      if (below == 0) {
        return;
      }
      truncateBelow = 0;
      truncated = new CompletableFuture<>();
    } finally {
      lock.unlock();
    }
    try {
      truncate(below);
      done.complete(null);
    } catch (IOException e) {
      done.completeExceptionally(e);
      throw e;
    }
  }

  private void truncate(long below) throws IOException {
    List<Segment> dropped = new ArrayList<>();
    for (Segment segment : segments.values()) {
      if (segment.highestInstance() >= below || segment.number() == segments.lastKey()) {
        break;
      }
      dropped.add(segment);
    }
    if (dropped.isEmpty()) {
      return;
    }
    // The next segment repeats the promise and the like: it must be on the disk before they go.
    force();
    long first = dropped.get(dropped.size() - 1).number() + 1;
    long muted = appender.lastMuted();
    boolean recovered = muted >= header.lostAt() && muted <= synced;
    header = header.withFirstSegment(first, synced, recovered ? 0 : header.lostAt());
    header.write(disk, directory);
    index.dropSegmentsBefore(first);
    for (Segment segment : dropped) {
      segments.remove(segment.number());
      segment.release();
      disk.delete(segment.path());
    }
    disk.syncDirectory(directory);
  }

  // ---- reading ------------------------------------------------------------------------------

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
    List<Record.Decided> decisions = new ArrayList<>();
    long bytes = 0;
    for (long instance = from; ; instance++) {
      DecisionIndex.Position position = index.find(instance);
      if (position == null || !(read(position) instanceof Record.Decided decided)) {
        return decisions;
      }
      bytes += weight(decided);
      if (!decisions.isEmpty() && bytes > mostBytes) {
        return decisions;
      }
      decisions.add(decided);
    }
  }

  private static long weight(Record.Decided decided) {
    long size = 256 + 128L * decided.certificate().votes().size();
    size += (long) decided.batch().references().size() * Reference.BYTES;
    for (Request body : decided.bodies()) {
      size += body.weight();
    }
    return size;
  }

  /** Null if the segment was dropped meanwhile. */
  private Record read(DecisionIndex.Position position) throws IOException {
    Segment segment = segments.get(position.segment());
    if (segment == null || !segment.acquire()) {
      return null;
    }
    try {
      SegmentCursor.Found found =
          SegmentCursor.at(segment.file(), segment.header().nonce(), position.offset());
      if (found == null) {
        throw new LogException(
            "the record at byte "
                + position.offset()
                + " of "
                + segment.path()
                + " is damaged; stop the replica and run `lockstep log verify`");
      }
      return decode(segment, found.frame(), found.payload());
    } finally {
      segment.release();
    }
  }

  // ---- the end ------------------------------------------------------------------------------

  /**
   * Ends the log in order: all that was handed over is written, synced and confirmed, and the mark
   * of a clean shutdown is set. After a failure it only lets go of the files. Owner thread.
   */
  @Override
  public void close() throws IOException {
    if (started) {
      flush();
    }
    boolean first;
    lock.lock();
    try {
      first = !closing;
      closing = true;
      work.signal();
    } finally {
      lock.unlock();
    }
    if (!first) {
      return;
    }
    try {
      if (started) {
        join();
      }
      if (failure() == null) {
        header.withState(LogHeader.State.CLEAN, synced).write(disk, directory);
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
