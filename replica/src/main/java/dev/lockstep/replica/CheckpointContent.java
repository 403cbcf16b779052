package dev.lockstep.replica;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** What a service reads of a checkpoint; remembers whether it was the disk that failed. */
final class CheckpointContent extends FilterInputStream {
  private IOException failure;

  CheckpointContent(InputStream in) {
    super(in);
  }

  /** What the disk failed with, or null. */
  IOException failureOrNull() {
    return failure;
  }

  @Override
  public int read() throws IOException {
    try {
      return super.read();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public int read(byte[] target, int from, int length) throws IOException {
    try {
      return super.read(target, from, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }
}
