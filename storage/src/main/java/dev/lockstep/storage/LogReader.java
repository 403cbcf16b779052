package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a log without opening it: it takes no lock, repairs nothing and changes nothing, so it also
 * serves for a damaged log and for that of a running replica (whose last record may then look
 * torn). One thread.
 */
public final class LogReader {
  /**
   * One record and where it stands.
   *
   * @param segment number of the segment
   * @param offset of its frame in the segment
   * @param ordinal position among all records of the log, from 1
   * @param bytes that it takes in the file
   * @param form how it is written
   * @param record null for a decision whose batch was dropped with an older segment
   */
  public record Entry(
      long segment, long offset, long ordinal, int bytes, Form form, Record record) {
    /** One line for a human. */
    public String describe() {
      String what = record == null ? "DECIDED, batch dropped" : LogReader.describe(record);
      return ordinal
          + " "
          + Segment.name(segment)
          + ":"
          + offset
          + " "
          + what
          + switch (form) {
            case WHOLE -> "";
            case REFERENCE -> " (batch by reference)";
            case REPEATED -> " (repeated)";
          };
    }
  }

  /** How a record is written. */
  public enum Form {
    /** As the record's own bytes. */
    WHOLE,
    /** A decision that names the WROTE record with its batch. */
    REFERENCE,
    /** A promise or the like, repeated at the beginning of a segment. */
    REPEATED
  }

  /** What the log's header says. */
  public record Header(
      Digest configuration,
      int replica,
      String state,
      LogMode mode,
      long firstSegment,
      boolean lost) {}

  /**
   * A checkpoint.
   *
   * @param bytes length of the service's state
   * @param whole whether all of it is what was written; if not, a start takes an older one
   */
  public record CheckpointInfo(long instance, long bytes, boolean whole) {}

  /** What is found. */
  public interface Visitor {
    void onEntry(Entry entry) throws IOException;

    /** A sentence about a place where something is missing or cannot be read. */
    void onProblem(String problem) throws IOException;
  }

  private final Disk disk = Disk.SYSTEM;
  private final Path directory;
  private final CodecLimits limits;

  /**
   * @param limits must cover every view whose instances are in the log
   */
  public LogReader(Path directory, CodecLimits limits) {
    this.directory = directory;
    this.limits = limits;
  }

  /** Null if there is none, or none that can be trusted. */
  public Header header() throws IOException {
    LogHeader header = LogHeader.read(disk, directory);
    return header == null
        ? null
        : new Header(
            header.configuration(),
            header.replica(),
            header.state().name(),
            header.mode(),
            header.firstSegment(),
            header.lostAt() > 0);
  }

  /** The files of the segments, in order. */
  public List<Path> segments() throws IOException {
    List<Path> segments = new ArrayList<>();
    for (String name : disk.list(directory)) {
      if (Segment.number(name) > 0) {
        segments.add(directory.resolve(name));
      }
    }
    return segments;
  }

  /** The checkpoints that are published, newest first. */
  public List<CheckpointInfo> checkpoints(Digest cluster) throws IOException {
    CheckpointStore store = new CheckpointStore(disk, directory, cluster);
    List<CheckpointInfo> found = new ArrayList<>();
    for (long instance : store.instances()) {
      try (CheckpointReader checkpoint = store.open(instance)) {
        found.add(
            checkpoint == null
                ? new CheckpointInfo(instance, 0, false)
                : new CheckpointInfo(
                    instance,
                    checkpoint.manifest().totalBytes(),
                    CheckpointStore.isWhole(checkpoint)));
      }
    }
    return found;
  }

  /** Visits everything that can be read, in order, also behind what cannot. */
  public void read(Visitor visitor) throws IOException {
    List<Path> segments = segments();
    long first = segments.isEmpty() ? 0 : number(segments.get(0));
    long expected = first;
    long ordinal = 0;
    for (Path path : segments) {
      if (number(path) != expected) {
        visitor.onProblem("segment " + Segment.name(expected) + " is missing");
      }
      expected = number(path) + 1;
      try (DiskFile file = disk.openReadOnly(path)) {
        SegmentHeader header = SegmentHeader.read(file);
        if (header == null) {
          visitor.onProblem(path.getFileName() + " has no valid header and cannot be read");
          continue;
        }
        if (ordinal > 0 && header.firstOrdinal() != ordinal) {
          visitor.onProblem(
              path.getFileName()
                  + " begins with record "
                  + header.firstOrdinal()
                  + ", but the one before it ends below record "
                  + ordinal);
        }
        ordinal = read(file, header, first, visitor);
      }
    }
  }

  private static long number(Path path) {
    return Segment.number(path.getFileName().toString());
  }

  /** Returns the ordinal that must come next. */
  private long read(DiskFile file, SegmentHeader header, long first, Visitor visitor)
      throws IOException {
    SegmentCursor cursor = new SegmentCursor(file, header.nonce(), SegmentHeader.BYTES);
    long ordinal = header.firstOrdinal();
    while (cursor.next()) {
      Frame frame = cursor.frame();
      if (frame.ordinal() != ordinal) {
        visitor.onProblem(place(header, frame.offset()) + " is out of order");
      }
      ordinal = frame.ordinal() + 1;
      visit(file, header, cursor, first, visitor);
    }
    if (cursor.stop() == SegmentCursor.Stop.BAD) {
      visitor.onProblem(
          place(header, cursor.position())
              + (cursor.isTorn()
                  ? " was not written to its end (a crash does that)"
                  : " is damaged, and what follows it in the segment cannot be read"));
    } else if (cursor.hasLater(ordinal, Long.MIN_VALUE)) {
      visitor.onProblem(
          place(header, cursor.position()) + " is missing, although later ones are there");
    }
    return ordinal;
  }

  private static String place(SegmentHeader header, long offset) {
    return "the record at byte " + offset + " of " + Segment.name(header.number());
  }

  private void visit(
      DiskFile file, SegmentHeader header, SegmentCursor cursor, long first, Visitor visitor)
      throws IOException {
    Frame frame = cursor.frame();
    Record record;
    try {
      record =
          frame.type() == Frame.DECIDED_REFERENCE
              ? resolve(file, header, cursor.payload(), first)
              : RecordCodec.decode(cursor.payload(), limits);
    } catch (DecodeException e) {
      visitor.onProblem(place(header, frame.offset()) + " cannot be read: " + e.getMessage());
      return;
    }
    Form form =
        switch (frame.type()) {
          case Frame.DECIDED_REFERENCE -> Form.REFERENCE;
          case Frame.STANDING -> Form.REPEATED;
          default -> Form.WHOLE;
        };
    visitor.onEntry(
        new Entry(
            header.number(),
            frame.offset(),
            frame.ordinal(),
            (int) (frame.end() - frame.offset()),
            form,
            record));
  }

  private Record resolve(DiskFile file, SegmentHeader header, byte[] payload, long first)
      throws IOException, DecodeException {
    DecisionReference reference = DecisionReference.decode(payload, limits);
    if (reference.segment() == header.number()) {
      return reference.resolve(SegmentCursor.at(file, header.nonce(), reference.offset()), limits);
    }
    if (reference.segment() < first) {
      return null;
    }
    try (DiskFile other = disk.openReadOnly(directory.resolve(Segment.name(reference.segment())))) {
      SegmentHeader otherHeader = SegmentHeader.read(other);
      return reference.resolve(
          otherHeader == null
              ? null
              : SegmentCursor.at(other, otherHeader.nonce(), reference.offset()),
          limits);
    } catch (NoSuchFileException e) {
      return reference.resolve(null, limits);
    }
  }

  /** A record in one line. */
  public static String describe(Record record) {
    if (record instanceof Record.Wrote wrote) {
      return "WROTE " + wrote.instance() + " regency " + wrote.regency() + " " + wrote.batch();
    } else if (record instanceof Record.Locked locked) {
      return "LOCKED " + locked.instance() + " regency " + locked.regency() + " " + locked.digest();
    } else if (record instanceof Record.Promised promised) {
      return "PROMISED regency " + promised.regency();
    } else if (record instanceof Record.Decided decided) {
      return "DECIDED "
          + decided.batch().instance()
          + " regency "
          + decided.certificate().regency()
          + " "
          + decided.batch()
          + ", certified by "
          + decided.certificate().votes().size();
    } else if (record instanceof Record.Incarnation incarnation) {
      return "INCARNATION " + incarnation.incarnation() + " of replica " + incarnation.replica();
    } else if (record instanceof Record.Muted muted) {
      return "MUTED until " + muted.muteUntil() + " as incarnation " + muted.incarnation();
    }
    throw new IllegalArgumentException("no description of " + record);
  }
}
