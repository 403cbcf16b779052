package dev.lockstep.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The real disk, with a chance to fail before everything that changes it. */
class FaultyDisk implements Disk {
  /** What is about to happen. */
  enum Operation {
    CREATE,
    WRITE,
    TRUNCATE,
    FORCE,
    RENAME,
    DELETE,
    SYNC_DIRECTORY
  }

  /** To be overridden: throws if the operation shall fail. */
  void before(Operation operation, Path path) throws IOException {}

  /** Whether forces are passed on to the real disk. */
  boolean forces() {
    return true;
  }

  @Override
  public DiskFile create(Path path) throws IOException {
    before(Operation.CREATE, path);
    return new FaultyFile(Disk.super.create(path), path);
  }

  @Override
  public DiskFile open(Path path) throws IOException {
    return new FaultyFile(Disk.super.open(path), path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    before(Operation.RENAME, to);
    Disk.super.rename(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    before(Operation.DELETE, path);
    Disk.super.delete(path);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    before(Operation.SYNC_DIRECTORY, directory);
    if (forces()) {
      Disk.super.syncDirectory(directory);
    }
  }

  private final class FaultyFile implements DiskFile {
    private final DiskFile file;
    private final Path path;

    FaultyFile(DiskFile file, Path path) {
      this.file = file;
      this.path = path;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      before(Operation.WRITE, path);
      file.write(source, position);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public void force() throws IOException {
      before(Operation.FORCE, path);
      if (forces()) {
        file.force();
      }
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      before(Operation.TRUNCATE, path);
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
