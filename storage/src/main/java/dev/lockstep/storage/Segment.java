package dev.lockstep.storage;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One file of the log. Readers on other threads hold it by {@link #acquire}, so that dropping it
 * closes the file only when the last of them is done.
 */
final class Segment {
  private final DiskFile file;
  private final SegmentHeader header;
  private final Path path;
  private final Object identity;
  private int holders = 1;

  /** Highest instance of any record in it; written by whoever appends. */
  private volatile long highestInstance;

  Segment(DiskFile file, SegmentHeader header, Path path, Object identity) {
    this.file = file;
    this.header = header;
    this.path = path;
    this.identity = identity;
  }

  static String name(long number) {
    return String.format("log-%010d.seg", number);
  }

  /** The number in the name of a segment, or -1 if the name is not that of one. */
  static long number(String name) {
    if (!name.matches("log-[0-9]{10}\\.seg")) {
      return -1;
    }
    return Long.parseLong(name.substring(4, 14));
  }

  DiskFile file() {
    return file;
  }

  SegmentHeader header() {
    return header;
  }

  long number() {
    return header.number();
  }

  Path path() {
    return path;
  }

  /** Names the file itself; another one under the same path has another identity. */
  Object identity() {
    return identity;
  }

  long highestInstance() {
    return highestInstance;
  }

  void sawInstance(long instance) {
    if (instance > highestInstance) {
      highestInstance = instance;
    }
  }

  /** False if the segment was dropped already. */
  synchronized boolean acquire() {
    if (holders == 0) {
      return false;
    }
    holders++;
    return true;
  }

  synchronized void release() throws IOException {
    if (--holders == 0) {
      file.close();
    }
  }
}
