package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * What a start finds in the directory: reads all segments once, decides what of them can be
 * trusted, and repairs the directory accordingly.
 *
 * <p>A log that stops early is either torn, which is what a crash does to records that were not
 * confirmed and is no loss, or damaged. It is damaged if the missing record was synced: the log's
 * header, a later frame or a later segment says so. Within the same boot nothing that was written
 * can be missing, synced or not; so there it is torn only if it ends with the beginning of a frame.
 */
final class LogRecovery {
  static final String DAMAGED = ".damaged";
  static final String TEMPORARY = ".tmp";

  private final Disk disk;
  private final Path directory;
  private final LogConfig config;
  private final LogHeader found;
  private final boolean sameBoot;

  private final List<Segment> segments = new ArrayList<>();
  private final DecisionIndex index = new DecisionIndex();
  private final StandingRecords standing = new StandingRecords();

  /** WROTE records that no decision was found for, by instance. */
  private final TreeMap<Long, List<DecisionIndex.Position>> undecided = new TreeMap<>();

  private long firstSegment = 1;
  private long nextOrdinal = 1;

  /** Offset behind the last trusted frame of the last trusted segment. */
  private long end;

  /** Ordinal of the last MUTED record. */
  private long lastMuted;

  /** Whether the log stops before its end; then either torn or damaged. */
  private boolean stopped;

  /** What is damaged, or null. */
  private String damage;

  /** Why the votes are lost, or null. */
  private String loss;

  LogRecovery(Disk disk, Path directory, LogConfig config) throws IOException {
    this.disk = disk;
    this.directory = directory;
    this.config = config;
    found = LogHeader.read(disk, directory);
    if (found != null) {
      checkOwner(directory.resolve(LogHeader.NAME), found.replica() == config.replica());
      // Before the first start nothing was decided under any configuration.
      if (found.state() != LogHeader.State.CREATED
          && !found.configuration().equals(config.configuration())) {
        throw new LogException(
            directory
                + " was written under the configuration "
                + found.configuration()
                + ", and cluster.yaml is "
                + config.configuration()
                + " now: another cluster's, or changed since; bring back the cluster.yaml that it was"
                + " written with, since replicas that differ in it, or replay under another one what"
                + " they decided, do not agree any more");
      }
    }
    sameBoot = found != null && found.bootId().equals(config.bootId());
  }

  /** Segments in order, the last one to be appended to; may be empty. */
  List<Segment> segments() {
    return segments;
  }

  DecisionIndex index() {
    return index;
  }

  StandingRecords standing() {
    return standing;
  }

  Iterable<DecisionIndex.Position> undecided() {
    return undecided.values().stream().flatMap(List::stream)::iterator;
  }

  long end() {
    return end;
  }

  long lastOrdinal() {
    return nextOrdinal - 1;
  }

  /** Number of the last segment that ever counted. */
  long lastNumber() {
    return firstSegment + segments.size() - 1;
  }

  boolean isFresh() {
    return loss == null && found.state() == LogHeader.State.CREATED;
  }

  /** One sentence that says why the votes are lost, or null if they are not. */
  String loss() {
    return loss;
  }

  /** Reads and repairs; the header that it returns, which says OPEN, is on the disk itself. */
  LogHeader run() throws IOException {
    List<Long> numbers = numbers();
    firstSegment = found != null ? found.firstSegment() : numbers.isEmpty() ? 1 : numbers.get(0);
    for (long number : numbers) {
      if (number < firstSegment) {
        // Dropped already; a crash came before the file was gone.
        disk.delete(directory.resolve(Segment.name(number)));
      }
    }
    numbers.removeIf(number -> number < firstSegment);
    try {
      scan(numbers);
      loss = findLoss(!numbers.isEmpty());
      return repair(numbers);
    } catch (IOException | RuntimeException e) {
      for (Segment segment : segments) {
        segment.release();
      }
      throw e;
    }
  }

  private List<Long> numbers() throws IOException {
    List<Long> numbers = new ArrayList<>();
    for (String name : disk.list(directory)) {
      if (name.startsWith("log") && name.endsWith(TEMPORARY)) {
        disk.delete(directory.resolve(name));
      } else if (Segment.number(name) > 0) {
        numbers.add(Segment.number(name));
      }
    }
    numbers.sort(null);
    return numbers;
  }

  private void checkOwner(Path path, boolean ours) throws LogException {
    if (!ours) {
      throw new LogException(
          path
              + " belongs to another replica or cluster, not to replica "
              + config.replica()
              + " of this one; start every replica with its own directory");
    }
  }

  private void scan(List<Long> numbers) throws IOException {
    for (int i = 0; i < numbers.size() && !stopped; i++) {
      long number = numbers.get(i);
      if (number != firstSegment + i) {
        damaged("segment " + Segment.name(firstSegment + i) + " is missing");
        return;
      }
      Segment segment = open(number, i == 0);
      if (segment == null) {
        damaged("segment " + Segment.name(number) + " has no valid header");
        return;
      }
      scan(segment, numbers.subList(i + 1, numbers.size()));
    }
    if (found != null && nextOrdinal <= found.synced()) {
      damaged(
          "the log ends with record "
              + (nextOrdinal - 1)
              + " although record "
              + found.synced()
              + " had been synced");
    }
  }

  private void damaged(String what) {
    stopped = true;
    if (damage == null) {
      damage = what;
    }
  }

  /** Null if the segment does not continue the log. */
  private Segment open(long number, boolean first) throws IOException {
    Path path = directory.resolve(Segment.name(number));
    DiskFile file = disk.open(path);
    try {
      SegmentHeader header = SegmentHeader.read(file);
      if (header != null) {
        checkOwner(
            path,
            header.cluster().equals(config.cluster()) && header.replica() == config.replica());
        if (first) {
          nextOrdinal = header.firstOrdinal();
        }
        if (header.number() == number && header.firstOrdinal() == nextOrdinal) {
          Segment segment = new Segment(file, header, path, disk.identity(path));
          segments.add(segment);
          return segment;
        }
      }
      file.close();
      return null;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void scan(Segment segment, List<Long> later) throws IOException {
    SegmentCursor cursor = cursor(segment, SegmentHeader.BYTES);
    end = SegmentHeader.BYTES;
    boolean inOrder = true;
    while (inOrder && cursor.next()) {
      inOrder = cursor.frame().ordinal() == nextOrdinal;
      if (inOrder) {
        take(segment, cursor);
        nextOrdinal++;
        end = cursor.position();
      }
    }
    SegmentCursor rest = cursor(segment, end);
    boolean bad = !inOrder || cursor.stop() == SegmentCursor.Stop.BAD;
    if (bad
        || rest.hasLater(nextOrdinal, Long.MIN_VALUE)
        || !isContinuedBy(segment.number() + 1, later)) {
      stopped = true;
      if (found == null
          || nextOrdinal <= found.synced()
          || (sameBoot
              ? !bad || !later.isEmpty() || !rest.isTorn()
              : rest.hasLater(nextOrdinal, nextOrdinal) || wasSynced(later))) {
        damaged(
            "record "
                + nextOrdinal
                + " at byte "
                + end
                + " of "
                + segment.path().getFileName()
                + " is damaged");
      }
    }
  }

  private static SegmentCursor cursor(Segment segment, long position) throws IOException {
    return new SegmentCursor(segment.file(), segment.header().nonce(), position);
  }

  /** One that is missing or has no valid header is judged when its turn comes. */
  private boolean isContinuedBy(long number, List<Long> later) throws IOException {
    if (later.isEmpty() || later.get(0) != number) {
      return true;
    }
    try (DiskFile file = disk.openReadOnly(directory.resolve(Segment.name(later.get(0))))) {
      SegmentHeader header = SegmentHeader.read(file);
      return header == null || header.firstOrdinal() == nextOrdinal;
    }
  }

  /** Whether anything in later segments was written after the next record had been synced. */
  private boolean wasSynced(List<Long> later) throws IOException {
    for (long number : later) {
      try (DiskFile file = disk.openReadOnly(directory.resolve(Segment.name(number)))) {
        SegmentHeader header = SegmentHeader.read(file);
        if (header == null
            || header.synced() >= nextOrdinal
            || new SegmentCursor(file, header.nonce(), SegmentHeader.BYTES)
                .hasLater(nextOrdinal, nextOrdinal)) {
          return true;
        }
      }
    }
    return false;
  }

  private void take(Segment segment, SegmentCursor cursor) throws LogException {
    Frame frame = cursor.frame();
    segment.sawInstance(frame.instance());
    if (frame.isDecision()) {
      undecided.headMap(frame.instance(), true).clear();
      index.add(frame.instance(), segment.number(), frame.offset());
      if (frame.type() == Frame.DECIDED_REFERENCE
          && DecisionReference.segment(cursor.payload()) < firstSegment) {
        index.dropUpTo(frame.instance());
      }
    } else if (frame.type() == Frame.WROTE) {
      undecided
          .computeIfAbsent(frame.instance(), instance -> new ArrayList<>())
          .add(new DecisionIndex.Position(segment.number(), frame.offset()));
    } else if (frame.instance() == 0) {
      standing.add(decode(cursor.payload(), segment, frame.offset()));
      if (frame.type() == Frame.MUTED) {
        lastMuted = frame.ordinal();
      }
    }
  }

  private Record decode(byte[] payload, Segment segment, long offset) throws LogException {
    try {
      return RecordCodec.decode(payload, config.limits());
    } catch (DecodeException e) {
      throw unreadable(segment, offset, e);
    }
  }

  /** The checksums are right, so this is no damage: the program does not fit the file. */
  static LogException unreadable(Segment segment, long offset, DecodeException cause) {
    return new LogException(
        segment.path()
            + " holds at byte "
            + offset
            + " a record that this program cannot read ("
            + cause.getMessage()
            + "); start the program and configuration that wrote it",
        cause);
  }

  private String findLoss(boolean anySegments) {
    if (found == null) {
      return directory + " has no readable " + LogHeader.NAME;
    }
    if (found.state() == LogHeader.State.CREATED && anySegments) {
      return directory.resolve(LogHeader.NAME) + " is older than the log beside it";
    }
    if (damage != null) {
      return directory + ": " + damage;
    }
    if (found.state() == LogHeader.State.OPEN && found.mode() != LogMode.DURABLE && !sameBoot) {
      return "the machine was restarted without a clean shutdown of the replica, in mode "
          + found.mode().name().toLowerCase(Locale.ROOT);
    }
    if (found.lostAt() > 0 && lastMuted < found.lostAt()) {
      return "the votes were lost before an earlier start, and are not replaced yet";
    }
    return null;
  }

  private LogHeader repair(List<Long> numbers) throws IOException {
    List<Path> leftOver = new ArrayList<>();
    for (long number : numbers.subList(segments.size(), numbers.size())) {
      leftOver.add(directory.resolve(Segment.name(number)));
    }
    LogHeader header =
        new LogHeader(
            config.configuration(),
            config.replica(),
            LogHeader.State.OPEN,
            config.mode(),
            firstSegment,
            lastOrdinal(),
            lostAt(),
            config.bootId());
    if (damage != null) {
      // The loss must be on the disk before its evidence is moved.
      force();
      header.write(disk, directory);
      setAside(leftOver);
      cut();
      force();
    } else {
      for (int i = leftOver.size() - 1; i >= 0; i--) {
        disk.delete(leftOver.get(i));
      }
      cut();
      // What was read may be in the page cache only; others will rely on it.
      force();
      header.write(disk, directory);
    }
    return header;
  }

  private long lostAt() {
    if (loss == null) {
      return 0;
    }
    boolean before = found != null && found.lostAt() > 0 && lastMuted < found.lostAt();
    return before ? Math.min(found.lostAt(), nextOrdinal) : nextOrdinal;
  }

  private void force() throws IOException {
    for (Segment segment : segments) {
      segment.file().force();
    }
    disk.syncDirectory(directory);
  }

  private void cut() throws IOException {
    if (!segments.isEmpty()) {
      DiskFile last = segments.get(segments.size() - 1).file();
      if (last.size() > end) {
        last.truncate(end);
      }
    }
  }

  /** Keeps what cannot be trusted for an operator, until the next loss. */
  private void setAside(List<Path> leftOver) throws IOException {
    for (String name : disk.list(directory)) {
      if (name.startsWith("log") && name.endsWith(DAMAGED)) {
        disk.delete(directory.resolve(name));
      }
    }
    if (!segments.isEmpty()) {
      Segment last = segments.get(segments.size() - 1);
      copy(last.file(), directory.resolve(last.path().getFileName() + DAMAGED));
    }
    for (Path path : leftOver) {
      disk.rename(path, directory.resolve(path.getFileName() + DAMAGED));
    }
  }

  private void copy(DiskFile from, Path to) throws IOException {
    try (DiskFile copy = disk.create(to)) {
      ByteBuffer block = ByteBuffer.allocate(1 << 18);
      long at = 0;
      while (from.read(block.clear(), at) > 0) {
        long next = at + block.position();
        copy.write(block.flip(), at);
        at = next;
      }
    }
  }
}
