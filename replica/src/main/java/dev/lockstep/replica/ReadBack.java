package dev.lockstep.replica;

import dev.lockstep.api.Recoverable;
import dev.lockstep.api.Snapshot;
import dev.lockstep.storage.CheckpointManifest;
import dev.lockstep.storage.CheckpointReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Takes up a checkpoint in another instance of the service before anybody relies on it: a state
 * that cannot be read again, or lacks something, would be found when the log behind it is gone. The
 * first one that a replica takes, since what is wrong with one is usually wrong with all, and it
 * costs the memory of a second state. On the checkpoint thread.
 */
final class ReadBack {
  private final Supplier<? extends Recoverable> another;
  private boolean done;

  /**
   * @param another makes instances of the service; null if nothing is to be read back
   */
  ReadBack(Supplier<? extends Recoverable> another) {
    this.another = another;
    done = another == null;
  }

  /**
   * Reads it back, if it is one of those that are.
   *
   * @throws IOException with a sentence if the service would not go on from it as it is now
   */
  void check(CheckpointReader checkpoint) throws IOException {
    if (done) {
      return;
    }
    done = true;
    Recoverable second = another.get();
    InputStream content = checkpoint.content();
    try {
      second.restore(content);
    } catch (IOException | RuntimeException | Error e) {
      throw new IOException("the service cannot read what it wrote itself: " + e, e);
    }
    if (content.read() >= 0) {
      throw new IOException("the service does not read to the end of what it wrote itself");
    }
    Comparing again = new Comparing(checkpoint);
    try (Snapshot snapshot = second.snapshot()) {
      snapshot.writeTo(again);
    }
    again.requireSame();
  }

  /** Compares a stream with the content of a checkpoint. */
  private static final class Comparing extends OutputStream {
    private final CheckpointManifest manifest;
    private final InputStream expected;
    private long at;
    private long differsAt = -1;

    Comparing(CheckpointReader checkpoint) {
      manifest = checkpoint.manifest();
      expected = checkpoint.content();
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (differsAt < 0) {
        byte[] due = expected.readNBytes(length);
        int same = Arrays.mismatch(due, 0, due.length, bytes, from, from + length);
        differsAt = same < 0 ? -1 : at + same;
      }
      at += length;
    }

    void requireSame() throws IOException {
      if (differsAt < 0 && at != manifest.totalBytes()) {
        differsAt = at;
      }
      if (differsAt >= 0) {
        throw new IOException(
            "a second instance of the service that read what the first one wrote writes something"
                + " else, from byte "
                + differsAt
                + " on");
      }
    }
  }
}
