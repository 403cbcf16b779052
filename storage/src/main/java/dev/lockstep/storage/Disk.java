package dev.lockstep.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/** All that storage does to the file system; the seam at which tests inject failures. */
interface Disk {
  Disk SYSTEM = new Disk() {};

  /** A new file for writing and reading; one that is there is emptied. */
  default DiskFile create(Path path) throws IOException {
    return new ChannelFile(
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE,
            StandardOpenOption.READ));
  }

  /** A file that is there, for writing and reading. */
  default DiskFile open(Path path) throws IOException {
    return new ChannelFile(
        FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.READ));
  }

  /** A file that is there, for reading. */
  default DiskFile openReadOnly(Path path) throws IOException {
    return new ChannelFile(FileChannel.open(path, StandardOpenOption.READ));
  }

  /** Renames in one step, over a file that is there. */
  default void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  default void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  /** Names of the files in a directory, sorted. */
  default List<String> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** Returns when created, renamed and deleted names in the directory are on the disk itself. */
  default void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Names the file behind a path, so that a replaced or vanished one is noticed. */
  default Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** A file of the operating system. */
  final class ChannelFile implements DiskFile {
    private final FileChannel channel;

    ChannelFile(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      long at = position;
      while (source.hasRemaining()) {
        at += channel.write(source, at);
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      int total = 0;
      while (target.hasRemaining()) {
        int count = channel.read(target, position + total);
        if (count < 0) {
          break;
        }
        total += count;
      }
      return total;
    }

    @Override
    public void force() throws IOException {
      // fdatasync: it also writes the length when that changed, but not the times.
      channel.force(false);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
