package dev.lockstep.fabric.ledger;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads the chain in a folder from its beginning, and changes nothing: a node or frontend may be
 * running on it.
 */
public final class LedgerReader {
  private LedgerReader() {}

  /** Takes blocks, in order. */
  @FunctionalInterface
  public interface Visitor {
    void onBlock(StoredBlock block) throws IOException;
  }

  /**
   * What was read.
   *
   * @param height how many blocks there are
   * @param restBytes bytes behind them that are no whole block: damage, or a block that is being
   *     written
   */
  public record Read(long height, long restBytes) {}

  /**
   * Reads all whole blocks up to the first that is not.
   *
   * @throws IOException if the folder holds no chain, or the visitor throws it
   */
  public static Read read(Path folder, Visitor visitor) throws IOException {
    Path file = folder.resolve(BlockFile.BLOCKS);
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          folder + " is no folder of a chain: it has no file " + BlockFile.BLOCKS);
    }
    long size = Files.size(file);
    long whole = 0;
    long number = 0;
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 20))) {
      while (size - whole >= BlockFile.PREFIX_BYTES) {
        int length = in.readInt();
        int crc = in.readInt();
        byte flags = in.readByte();
        long end = whole + BlockFile.PREFIX_BYTES + length;
        if (length < 0 || length > BlockFile.MOST_BYTES || end > size) {
          break;
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length || BlockFile.crc(flags, bytes) != crc) {
          break;
        }
        whole = end;
        visitor.onBlock(new StoredBlock(number++, bytes, (flags & BlockFile.CONFIG) != 0));
      }
    }
    return new Read(number, size - whole);
  }
}
