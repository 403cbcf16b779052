package dev.lockstep.storage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * An open checkpoint. It can be read to its end even when the store drops it meanwhile; so a
 * transfer holds one of these, and must close it at its end or deadline. Thread-safe.
 */
public final class CheckpointReader implements Closeable {
  private final DiskFile file;
  private final CheckpointManifest manifest;

  CheckpointReader(DiskFile file, CheckpointManifest manifest) {
    this.file = file;
    this.manifest = manifest;
  }

  public CheckpointManifest manifest() {
    return manifest;
  }

  /**
   * A piece of the content, verified.
   *
   * @throws IOException also if the piece was damaged on the disk
   */
  public byte[] piece(int index) throws IOException {
    byte[] piece = CheckpointFile.readPiece(file, manifest, index);
    if (piece == null) {
      throw new LogException(
          "piece "
              + index
              + " of the checkpoint at instance "
              + manifest.instance()
              + " is damaged on the disk; the replica needs another checkpoint");
    }
    return piece;
  }

  boolean isWhole(int index) throws IOException {
    return CheckpointFile.readPiece(file, manifest, index) != null;
  }

  /** The content from its beginning, piece by piece, each verified before it is given out. */
  public InputStream content() {
    return new InputStream() {
      private byte[] piece = new byte[0];
      private int position;
      private int next;

      @Override
      public int read() throws IOException {
        return fill() ? piece[position++] & 0xff : -1;
      }

      @Override
      public int read(byte[] target, int from, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        if (!fill()) {
          return -1;
        }
        int count = Math.min(length, piece.length - position);
        System.arraycopy(piece, position, target, from, count);
        position += count;
        return count;
      }

      private boolean fill() throws IOException {
        if (position == piece.length && next < manifest.pieces().size()) {
          piece = piece(next++);
          position = 0;
        }
        return position < piece.length;
      }

      private byte[] piece(int index) throws IOException {
        return CheckpointReader.this.piece(index);
      }
    };
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
