package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * Takes the pieces of another replica's checkpoint, in any order and from any sender. The manifest
 * must be right already; each piece is checked against it. Closed before it is published, it can be
 * taken up again by {@link CheckpointStore#resume}. Thread-safe.
 */
public final class CheckpointReceiver implements Closeable {
  private final CheckpointStore store;
  private final CheckpointManifest manifest;
  private final DiskFile file;
  private final BitSet present;
  private int unforced;
  private boolean closed;

  CheckpointReceiver(
      CheckpointStore store, CheckpointManifest manifest, DiskFile file, BitSet present) {
    this.store = store;
    this.manifest = manifest;
    this.file = file;
    this.present = present;
  }

  /** The same content, whose head came from somebody else. This one is done with. */
  synchronized CheckpointReceiver with(CheckpointManifest other) {
    closed = true;
    return new CheckpointReceiver(store, other, file, present);
  }

  public CheckpointManifest manifest() {
    return manifest;
  }

  /** The pieces that are there. */
  public synchronized BitSet present() {
    return (BitSet) present.clone();
  }

  /**
   * Writes a piece. False if it is not the one that the manifest names: its sender is to blame. One
   * that is there already is taken without being written again.
   */
  public boolean put(int index, byte[] piece) throws IOException {
    if (index < 0
        || index >= manifest.pieces().size()
        || piece.length != manifest.pieceBytes(index)
        || !Digest.hash(piece).equals(manifest.pieces().get(index))) {
      return false;
    }
    if (!has(index)) {
      file.write(ByteBuffer.wrap(piece), CheckpointFile.offset(index));
      boolean due;
      synchronized (this) {
        present.set(index);
        due = ++unforced % CheckpointStore.PIECES_PER_FORCE == 0;
      }
      if (due) {
        file.force();
      }
    }
    return true;
  }

  public synchronized boolean has(int index) {
    return present.get(index);
  }

  /** The first missing piece from an index on, or -1. */
  public synchronized int nextMissing(int from) {
    int index = present.nextClearBit(from);
    return index < manifest.pieces().size() ? index : -1;
  }

  /** Number of pieces that are there. */
  public synchronized int received() {
    return present.cardinality();
  }

  /** Reads what is there; close it before {@link #publish}. */
  public CheckpointReader read() throws IOException {
    return store.openPart(manifest);
  }

  /**
   * Returns when the checkpoint is on the disk itself under its name.
   *
   * @throws IllegalStateException if a piece is missing
   */
  public synchronized void publish() throws IOException {
    if (closed || nextMissing(0) >= 0) {
      throw new IllegalStateException(
          "only "
              + received()
              + " of "
              + manifest.pieces().size()
              + " pieces of the checkpoint are there, or it was closed");
    }
    CheckpointFile.writeManifest(file, manifest);
    file.force();
    closed = true;
    file.close();
    store.publish(manifest.instance(), CheckpointStore.PART);
    store.discard(manifest.instance(), CheckpointStore.PART_MANIFEST);
  }

  /** What has arrived stays on the disk. */
  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      file.close();
    }
  }
}
