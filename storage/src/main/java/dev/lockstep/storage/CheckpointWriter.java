package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the content of a new checkpoint as a stream; never more than one piece is in memory. Closed
 * without {@link #publish}, it leaves nothing behind. One thread.
 */
public final class CheckpointWriter implements Closeable {
  private final CheckpointStore store;
  private final long instance;
  private final DiskFile file;
  private final byte[] piece = new byte[CheckpointManifest.PIECE_BYTES];
  private final List<Digest> digests = new ArrayList<>();
  private int filled;
  private long total;
  private CheckpointManifest manifest;
  private boolean closed;

  CheckpointWriter(CheckpointStore store, long instance, DiskFile file) {
    this.store = store;
    this.instance = instance;
    this.file = file;
  }

  /** Where the service writes its state; closing it does nothing. */
  public OutputStream content() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        add(bytes, from, length);
      }
    };
  }

  private void add(byte[] bytes, int from, int length) throws IOException {
    requireOpen();
    int at = from;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, piece.length - filled);
      System.arraycopy(bytes, at, piece, filled, count);
      filled += count;
      at += count;
      left -= count;
      if (filled == piece.length) {
        writePiece();
      }
    }
  }

  private void writePiece() throws IOException {
    digests.add(Digest.hash(piece, filled));
    file.write(ByteBuffer.wrap(piece, 0, filled), CheckpointFile.CONTENT + total);
    if (digests.size() % CheckpointStore.PIECES_PER_FORCE == 0) {
      file.force();
    }
    total += filled;
    filled = 0;
  }

  private void requireOpen() throws IOException {
    if (closed || manifest != null) {
      throw new IOException(
          "the checkpoint at instance " + instance + " is complete already, or was given up");
    }
  }

  /**
   * Returns when the checkpoint is on the disk itself. It is not found by a start before {@link
   * #publish}.
   */
  public CheckpointManifest complete(Bytes head) throws IOException {
    requireOpen();
    if (filled > 0) {
      writePiece();
    }
    CheckpointManifest whole = new CheckpointManifest(instance, head, total, digests);
    CheckpointFile.writeManifest(file, whole);
    file.force();
    file.close();
    manifest = whole;
    return whole;
  }

  /**
   * Reads what is complete, before it is published.
   *
   * @throws IllegalStateException if it is not complete
   */
  public CheckpointReader read() throws IOException {
    if (closed || manifest == null) {
      throw new IllegalStateException(
          "the checkpoint at instance " + instance + " is not complete, or was published already");
    }
    return store.openTemporary(manifest);
  }

  /**
   * Gives the complete checkpoint its name; returns when that is on the disk itself.
   *
   * @throws IllegalStateException if it is not complete
   */
  public void publish() throws IOException {
    if (closed || manifest == null) {
      throw new IllegalStateException(
          "the checkpoint at instance " + instance + " is not complete, or was published already");
    }
    closed = true;
    store.publish(instance, CheckpointStore.TEMPORARY);
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      file.close();
      store.discard(instance, CheckpointStore.TEMPORARY);
    }
  }
}
