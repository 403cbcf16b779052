package dev.lockstep.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file. Positional, so that readers and a writer may share it. */
interface DiskFile extends Closeable {
  /** Writes all that remains in the buffer. */
  void write(ByteBuffer source, long position) throws IOException;

  /** Reads until the buffer is full or the file ends; returns the number of bytes. */
  int read(ByteBuffer target, long position) throws IOException;

  /** Returns when all that was written, and the length, is on the disk itself. */
  void force() throws IOException;

  long size() throws IOException;

  void truncate(long size) throws IOException;
}
