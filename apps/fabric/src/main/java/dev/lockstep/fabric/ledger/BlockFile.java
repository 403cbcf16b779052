package dev.lockstep.fabric.ledger;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks of one channel from number 0 on, appended one after the other.
 *
 * <pre>
 * blocks   for each block: u32 length, u32 CRC-32C of what follows, u8 flags (1: configuration), bytes
 * index    for each block: u64, where its record begins in the file "blocks"
 * </pre>
 *
 * <p>All numbers are big-endian. The index follows from the blocks, and is made anew where it does
 * not fit. What a crash left behind the last whole record is cut off at the next opening; a damaged
 * record further down is an error when it is read. One thread appends; any number read.
 */
final class BlockFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(BlockFile.class);
  static final String BLOCKS = "blocks";
  static final int PREFIX_BYTES = 9;
  private static final int ENTRY_BYTES = 8;
  static final int CONFIG = 1;

  /** More than any block: an envelope has at most 100 MB, as gRPC carries it. */
  static final int MOST_BYTES = 256 << 20;

  /** How much of the end is read again at the opening; more than is ever written without a sync. */
  private static final long TAIL_BYTES = 64L << 20;

  private final Path folder;
  private final FileChannel blocks;
  private final FileChannel index;
  private long end;
  private volatile long height;

  private BlockFile(Path folder, FileChannel blocks, FileChannel index) {
    this.folder = folder;
    this.blocks = blocks;
    this.index = index;
  }

  /**
   * Opens the file, or makes an empty one.
   *
   * @throws IOException if the folder cannot be read or written
   */
  static BlockFile open(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel blocks = channel(folder.resolve(BLOCKS));
    BlockFile file;
    try {
      file = new BlockFile(folder, blocks, channel(folder.resolve("index")));
    } catch (IOException e) {
      blocks.close();
      throw e;
    }
    try {
      file.recover();
      return file;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static FileChannel channel(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Number of the next block. */
  long height() {
    return height;
  }

  /** Bytes of all blocks. */
  long bytes() throws IOException {
    return blocks.size();
  }

  // ---- the opening --------------------------------------------------------------------------

  private void recover() throws IOException {
    long size = blocks.size();
    long entries = plausibleEntries(size);
    // Everything that may have been written since the last sync is read again.
    while (entries > 0 && offset(entries - 1) > size - TAIL_BYTES) {
      entries--;
    }
    long position = 0;
    if (entries > 0) {
      position = recordEnd(entries - 1);
    }
    long number = entries;
    while (position < size) {
      Record record = record(position, size);
      if (record == null) {
        LOG.warn(
            "{}: what is behind block {} is not whole, and cut off: {} bytes",
            folder,
            number - 1,
            size - position);
        break;
      }
      writeEntry(number++, position);
      position = record.end;
    }
    index.truncate(number * ENTRY_BYTES);
    blocks.truncate(position);
    end = position;
    height = number;
  }

  /** Entries of the index, from the first on, that can be right. */
  private long plausibleEntries(long size) throws IOException {
    long entries = index.size() / ENTRY_BYTES;
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
    long previous = -1;
    for (long i = 0; i < entries; ) {
      chunk.clear();
      int read = index.read(chunk, i * ENTRY_BYTES);
      chunk.flip();
      for (int k = 0; k < read / ENTRY_BYTES && i < entries; k++, i++) {
        long offset = chunk.getLong();
        if (offset <= previous || offset >= size || (i == 0) != (offset == 0)) {
          return i;
        }
        previous = offset;
      }
    }
    return entries;
  }

  private long recordEnd(long number) throws IOException {
    Record record = record(offset(number), blocks.size());
    if (record == null) {
      throw damaged(number);
    }
    return record.end;
  }

  // ---- records ------------------------------------------------------------------------------

  private record Record(byte[] bytes, boolean config, long end) {}

  /** The record at this position, or null if there is none that is whole. */
  private Record record(long position, long size) throws IOException {
    if (position + PREFIX_BYTES > size) {
      return null;
    }
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES);
    readFully(prefix, position);
    int length = prefix.getInt(0);
    if (length < 0 || length > MOST_BYTES || position + PREFIX_BYTES + length > size) {
      return null;
    }
    byte[] bytes = new byte[length];
    readFully(ByteBuffer.wrap(bytes), position + PREFIX_BYTES);
    byte flags = prefix.get(8);
    if (crc(flags, bytes) != prefix.getInt(4)) {
      return null;
    }
    return new Record(bytes, (flags & CONFIG) != 0, position + PREFIX_BYTES + length);
  }

  private void readFully(ByteBuffer into, long position) throws IOException {
    while (into.hasRemaining()) {
      int read = blocks.read(into, position);
      if (read < 0) {
        throw new IOException(folder + ": the file of blocks is shorter than it was");
      }
      position += read;
    }
    into.flip();
  }

  static int crc(byte flags, byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(flags);
    crc.update(bytes, 0, bytes.length);
    return (int) crc.getValue();
  }

  private long offset(long number) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);
    if (index.read(entry, number * ENTRY_BYTES) != ENTRY_BYTES) {
      throw damaged(number);
    }
    return entry.getLong(0);
  }

  private IOException damaged(long number) {
    return new IOException(
        folder
            + ": block "
            + number
            + " is damaged; move the folder away and start again, the blocks are then fetched from"
            + " the other nodes");
  }

  // ---- use ----------------------------------------------------------------------------------

  /** Appends the next block. By one thread. */
  void append(StoredBlock block) throws IOException {
    if (block.number() != height) {
      throw new IllegalArgumentException("block " + block.number() + " at height " + height);
    }
    byte flags = (byte) (block.config() ? CONFIG : 0);
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES);
    prefix.putInt(block.bytes().length).putInt(crc(flags, block.bytes())).put(flags).flip();
    long position = end;
    position += writeFully(blocks, prefix, position);
    position += writeFully(blocks, ByteBuffer.wrap(block.bytes()), position);
    writeEntry(height, end);
    end = position;
    height++;
  }

  private void writeEntry(long number, long position) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES).putLong(position).flip();
    writeFully(index, entry, number * ENTRY_BYTES);
  }

  private static int writeFully(FileChannel to, ByteBuffer bytes, long position)
      throws IOException {
    int written = 0;
    while (bytes.hasRemaining()) {
      written += to.write(bytes, position + written);
    }
    return written;
  }

  /** The block with this number, which must be below the height. */
  StoredBlock read(long number) throws IOException {
    Record record = record(offset(number), blocks.size());
    if (record == null) {
      throw damaged(number);
    }
    return new StoredBlock(number, record.bytes, record.config);
  }

  /** Waits until everything appended is on the disk. */
  void sync() throws IOException {
    blocks.force(false);
    index.force(false);
  }

  @Override
  public void close() throws IOException {
    try (index) {
      blocks.close();
    }
  }
}
