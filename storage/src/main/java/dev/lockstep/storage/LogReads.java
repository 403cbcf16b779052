package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/** Reads the records of a log, while it is written to and truncated. Any thread. */
final class LogReads {
  private final ConcurrentSkipListMap<Long, Segment> segments;
  private final DecisionIndex index;
  private final CodecLimits limits;

  LogReads(ConcurrentSkipListMap<Long, Segment> segments, DecisionIndex index, CodecLimits limits) {
    this.segments = segments;
    this.index = index;
    this.limits = limits;
  }

  /**
   * All records that are there, in their order, but those of instances up to {@code covered}. Of
   * the records that every segment begins with, only the first segment's are given.
   */
  List<Record> replay(long covered) throws IOException {
    List<Record> records = new ArrayList<>();
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
    return records;
  }

  /** Null for a decision whose batch was dropped with an older segment. */
  private Record decode(Segment segment, Frame frame, byte[] payload) throws IOException {
    try {
      if (frame.type() != Frame.DECIDED_REFERENCE) {
        return RecordCodec.decode(payload, limits);
      }
      DecisionReference reference = DecisionReference.decode(payload, limits);
      Segment other = segments.get(reference.segment());
      if (other == null || !other.acquire()) {
        return null;
      }
      try {
        return reference.resolve(
            SegmentCursor.at(other.file(), other.header().nonce(), reference.offset()), limits);
      } finally {
        other.release();
      }
    } catch (DecodeException e) {
      throw LogRecovery.unreadable(segment, frame.offset(), e);
    }
  }

  /** See {@link ReplicaLog#readDecisions}. */
  List<Record.Decided> decisions(long from, long mostBytes) throws IOException {
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
  Record read(DecisionIndex.Position position) throws IOException {
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
}
