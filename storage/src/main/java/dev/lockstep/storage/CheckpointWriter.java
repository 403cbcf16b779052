package dev.lockstep.storage;

import dev.lockstep.protocol.message.Bytes;
import dev.lockstep.protocol.message.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the content of a new checkpoint as a stream; never more than one piece is in memory. Closed
 * without {@link #complete}, it leaves nothing behind. One thread.
 */
public final class CheckpointWriter implements Closeable {
  private final CheckpointStore store;
  private final long instance;
  private final DiskFile file;
  private final byte[] piece = new byte[CheckpointManifest.PIECE_BYTES];
  private final List<Digest> digests = new ArrayList<>();
  private int filled;
  private long total;
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
    if (closed) {
      throw new IOException("the checkpoint at instance " + instance + " is complete already");
    }
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

  /**
   * Returns when the checkpoint is on the disk itself under its name; older ones but one are gone
   * then.
   */
  public CheckpointManifest complete(Bytes head) throws IOException {
    if (closed) {
      throw new IOException("the checkpoint at instance " + instance + " is complete already");
    }
    if (filled > 0) {
      writePiece();
    }
    CheckpointManifest manifest = new CheckpointManifest(instance, head, total, digests);
    CheckpointFile.writeManifest(file, manifest);
    file.force();
    closed = true;
    file.close();
    store.publish(manifest, CheckpointStore.TEMPORARY);
    return manifest;
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
