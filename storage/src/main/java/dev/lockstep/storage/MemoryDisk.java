package dev.lockstep.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Files that are nowhere but in memory, all in one directory. Thread-safe. */
final class MemoryDisk implements Disk {
  private final Map<Path, MemoryFile> files = new TreeMap<>();

  @Override
  public synchronized DiskFile create(Path path) {
    MemoryFile file = new MemoryFile();
    files.put(path, file);
    return file;
  }

  @Override
  public synchronized DiskFile open(Path path) throws IOException {
    return find(path);
  }

  @Override
  public synchronized DiskFile openReadOnly(Path path) throws IOException {
    return find(path);
  }

  private MemoryFile find(Path path) throws IOException {
    MemoryFile file = files.get(path);
    if (file == null) {
      throw new NoSuchFileException(path.toString());
    }
    return file;
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    files.put(to, find(from));
    files.remove(from);
  }

  @Override
  public synchronized void delete(Path path) {
    files.remove(path);
  }

  @Override
  public synchronized List<String> list(Path directory) {
    return files.keySet().stream().map(path -> path.getFileName().toString()).sorted().toList();
  }

  @Override
  public void syncDirectory(Path directory) {
    // There is nothing that could be lost without the process.
  }

  @Override
  public synchronized Object identity(Path path) throws IOException {
    return find(path);
  }

  /** In blocks, so that it grows without being copied. */
  private static final class MemoryFile implements DiskFile {
    private static final int BLOCK = 1 << 16;

    private final List<byte[]> blocks = new ArrayList<>();
    private long size;

    @Override
    public synchronized void write(ByteBuffer source, long position) {
      long at = position;
      while (source.hasRemaining()) {
        while (blocks.size() <= at / BLOCK) {
          blocks.add(new byte[BLOCK]);
        }
        int from = (int) (at % BLOCK);
        int count = Math.min(source.remaining(), BLOCK - from);
        source.get(blocks.get((int) (at / BLOCK)), from, count);
        at += count;
      }
      size = Math.max(size, at);
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) {
      int total = 0;
      while (target.hasRemaining() && position + total < size) {
        long at = position + total;
        int from = (int) (at % BLOCK);
        int count = (int) Math.min(Math.min(target.remaining(), BLOCK - from), size - at);
        target.put(blocks.get((int) (at / BLOCK)), from, count);
        total += count;
      }
      return total;
    }

    @Override
    public void force() {
      // As in syncDirectory.
    }

    @Override
    public synchronized long size() {
      return size;
    }

    @Override
    public synchronized void truncate(long length) {
      size = Math.min(size, length);
    }

    @Override
    public void close() {
      // Others may still have it open.
    }
  }
}
