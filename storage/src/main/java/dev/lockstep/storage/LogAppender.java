package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes records into segments. Used by one thread at a time: the log's own in {@link
 * LogMode#DURABLE}, the owner's otherwise.
 */
final class LogAppender {
  /** Is told on the appending thread what will have to be forced. */
  interface Host {
    /** Highest ordinal that is on the disk itself. */
    long synced();

    /** A nonce that nobody can guess. */
    long nonce();

    void onBegun(Segment segment);

    void onWritten(Segment segment);
  }

  /** A WROTE record that waits for its decision. */
  private record Written(long instance, long segment, long offset, List<Request> bodies) {}

  private record Indexed(long instance, long segment, long offset) {}

  private static final int BUFFER_BYTES = 1 << 20;

  /**
   * How far a file is filled with zeros ahead of the records in {@link LogMode#DURABLE}, so that
   * most fsyncs need not write the length of the file too.
   */
  private static final int PREALLOCATED_BYTES = 1 << 20;

  /**
   * Most WROTE records that wait for their decision. There are as many as open instances (1024 at
   * most) while regencies do not change. A decision whose record was forgotten is written in full.
   */
  private static final int WRITTEN_MOST = 2048;

  private final Disk disk;
  private final Path directory;
  private final LogConfig config;
  private final DecisionIndex index;
  private final Host host;

  /** Made with the first segment that is written to; as {@link #zeros}. */
  private ByteBuffer buffer;

  private ByteBuffer zeros;

  /** By the digest of the batch, eldest first. */
  private final Map<Digest, Written> written = new LinkedHashMap<>();

  /** Decisions that are in the buffer only and cannot be read yet. */
  private final List<Indexed> buffered = new ArrayList<>();

  private final StandingRecords standing;
  private Segment segment;
  private long lastNumber;
  private long lastOrdinal;

  /** Ordinal of the last MUTED record since the start, or -1; also read by the log's thread. */
  private volatile long lastMuted = -1;

  /** Where in the segment the buffer will be written. */
  private long position;

  private long writtenBytes;

  /** Length of the file; zeros from the last frame on. */
  private long allocated;

  /**
   * @param last segment to go on with, or null to begin a new one
   * @param end offset behind its last frame
   * @param number of the last segment
   * @param ordinal of the last record
   */
  LogAppender(
      Disk disk,
      Path directory,
      LogConfig config,
      DecisionIndex index,
      Host host,
      StandingRecords standing,
      Segment last,
      long end,
      long number,
      long ordinal)
      throws IOException {
    this.disk = disk;
    this.directory = directory;
    this.config = config;
    this.index = index;
    this.host = host;
    this.standing = standing;
    segment = last;
    position = end;
    allocated = last == null ? 0 : last.file().size();
    lastNumber = number;
    lastOrdinal = ordinal;
  }

  /** Bytes of frames that were written since the start. */
  long writtenBytes() {
    return writtenBytes;
  }

  /** Ordinal of the last appended record. */
  long lastOrdinal() {
    return lastOrdinal;
  }

  long lastMuted() {
    return lastMuted;
  }

  /** A WROTE record of an earlier start that has no decision yet. */
  void remember(Record.Wrote wrote, long segmentNumber, long offset) {
    written.put(
        wrote.batch().digest(),
        new Written(wrote.instance(), segmentNumber, offset, wrote.bodies()));
    if (written.size() > WRITTEN_MOST) {
      Iterator<Digest> eldest = written.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  /** Puts a record into the buffer, or into the file when the buffer is full. */
  void append(Record record) throws IOException {
    if (record instanceof Record.Decided decided) {
      append(decided);
      return;
    }
    byte[] payload = RecordCodec.encode(record);
    if (record instanceof Record.Wrote wrote) {
      long offset = put(Frame.typeOf(payload), payload, wrote.instance());
      remember(wrote, segment.number(), offset);
    } else {
      long instance = record instanceof Record.Locked locked ? locked.instance() : 0;
      put(Frame.typeOf(payload), payload, instance);
      standing.add(record);
      if (record instanceof Record.Muted) {
        lastMuted = lastOrdinal;
      }
    }
  }

  private void append(Record.Decided decided) throws IOException {
    long instance = decided.batch().instance();
    Written before = written.get(decided.batch().digest());
    written.values().removeIf(other -> other.instance <= instance);
    long offset;
    if (before != null && before.bodies.equals(decided.bodies())) {
      DecisionReference reference =
          new DecisionReference(before.segment, before.offset, decided.certificate());
      offset = put(Frame.DECIDED_REFERENCE, reference.encode(), instance);
    } else {
      offset = put(Frame.DECIDED, RecordCodec.encode(decided), instance);
    }
    buffered.add(new Indexed(instance, segment.number(), offset));
  }

  /** Returns the offset of the frame. */
  private long put(int type, byte[] payload, long instance) throws IOException {
    if (buffer == null) {
      buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      zeros = ByteBuffer.allocateDirect(config.mode() == LogMode.DURABLE ? PREALLOCATED_BYTES : 0);
    }
    long size = Frame.OVERHEAD_BYTES + (long) payload.length;
    if (segment == null || isFull(size)) {
      write();
      begin();
    }
    return putHere(type, payload, instance);
  }

  /** A segment holds at least one record, however large that is. */
  private boolean isFull(long more) {
    long end = position + buffer.position();
    return end + more > config.segmentBytes() && lastOrdinal >= segment.header().firstOrdinal();
  }

  private long putHere(int type, byte[] payload, long instance) throws IOException {
    byte[] header =
        Frame.header(
            payload, type, lastOrdinal + 1, host.synced(), instance, segment.header().nonce());
    int size = Frame.OVERHEAD_BYTES + payload.length;
    if (buffer.remaining() < size) {
      write();
    }
    long offset = position + buffer.position();
    if (buffer.capacity() < size) {
      ByteBuffer whole = ByteBuffer.allocateDirect(size);
      whole.put(header).put(payload).put(Frame.FRAME_END).flip();
      write(whole);
    } else {
      buffer.put(header).put(payload).put(Frame.FRAME_END);
    }
    lastOrdinal++;
    segment.sawInstance(instance);
    return offset;
  }

  /** Writes what is in the buffer to the file. */
  void write() throws IOException {
    if (buffer != null && buffer.position() > 0) {
      buffer.flip();
      write(buffer);
      buffer.clear();
    }
    for (Indexed decision : buffered) {
      index.add(decision.instance, decision.segment, decision.offset);
    }
    buffered.clear();
  }

  private void write(ByteBuffer bytes) throws IOException {
    long end = position + bytes.remaining();
    if (config.mode() == LogMode.DURABLE && end > allocated) {
      long ahead = Math.min(PREALLOCATED_BYTES, Math.max(0, config.segmentBytes() - end));
      segment.file().write(zeros.clear().limit((int) ahead), end);
      allocated = end + ahead;
    }
    segment.file().write(bytes, position);
    // After the write: a force that starts before it must not count as having covered it.
    host.onWritten(segment);
    writtenBytes += end - position;
    position = end;
    allocated = Math.max(allocated, end);
  }

  private void begin() throws IOException {
    SegmentHeader header =
        new SegmentHeader(
            config.cluster(),
            config.replica(),
            lastNumber + 1,
            lastOrdinal + 1,
            host.synced(),
            host.nonce());
    Path path = directory.resolve(Segment.name(header.number()));
    Path temporary = directory.resolve(Segment.name(header.number()) + ".tmp");
    DiskFile file = disk.create(temporary);
    try {
      file.write(ByteBuffer.wrap(header.encode()), 0);
      if (config.mode() == LogMode.DURABLE) {
        file.force();
      }
      disk.rename(temporary, path);
      if (config.mode() == LogMode.DURABLE) {
        // One group may fill several segments: a later name must not be on the disk without this.
        disk.syncDirectory(directory);
      }
      segment = new Segment(file, header, path, disk.identity(path));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
    lastNumber++;
    position = SegmentHeader.BYTES;
    allocated = position;
    host.onBegun(segment);
    for (Record record : standing.records()) {
      putHere(Frame.STANDING, RecordCodec.encode(record), 0);
    }
  }
}
