package dev.lockstep.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A disk in memory that knows what was synced. It ends at a given operation, as a whole, and then
 * tells what a killed process or a power cut leaves: after a power cut any sectors of what was not
 * forced, and any of what was done to names since the directory was synced.
 */
class CrashDisk implements Disk {
  private static final int SECTOR = 512;

  private static final class Inode {
    byte[] content = new byte[0];
    byte[] synced = new byte[0];

    /** Writes since the last force, as positions and bytes; a null stands for a truncation. */
    final List<Change> changes = new ArrayList<>();
  }

  private record Change(long position, byte[] bytes) {}

  private record NameChange(Path from, Path to, Inode inode) {}

  private final SplittableRandom random;
  private long left;
  private boolean dead;
  private boolean once;
  private boolean failed;
  private final Map<Path, Inode> names = new LinkedHashMap<>();
  private Map<Path, Inode> syncedNames = new LinkedHashMap<>();
  private final List<NameChange> nameChanges = new ArrayList<>();

  /**
   * @param operations that succeed; the one after them ends the disk
   */
  CrashDisk(long seed, long operations) {
    this.random = new SplittableRandom(seed);
    this.left = operations;
  }

  /** What is on this disk, on one of which one operation fails and all others succeed. */
  CrashDisk failingOnceAfter(long moreOperations) {
    CrashDisk disk = after(false, moreOperations);
    disk.once = true;
    return disk;
  }

  /** Whether the one operation was reached. */
  synchronized boolean hasFailed() {
    return failed;
  }

  /** A file that is there, synced. */
  synchronized void put(Path path, byte[] content) {
    Inode inode = new Inode();
    inode.content = content;
    inode.synced = content;
    names.put(path, inode);
    syncedNames.put(path, inode);
  }

  synchronized byte[] get(Path path) throws IOException {
    return find(path).content.clone();
  }

  synchronized boolean isDead() {
    return dead;
  }

  /** The last operation; everything fails from now on. */
  synchronized void die() {
    dead = true;
  }

  /** A disk that starts from what is on this one, and ends after so many operations. */
  synchronized CrashDisk after(boolean powerCut, long moreOperations) {
    CrashDisk next = new CrashDisk(random.nextLong(), moreOperations);
    Map<Path, Inode> kept = names;
    if (powerCut) {
      kept = new LinkedHashMap<>(syncedNames);
      int kind = random.nextInt(3);
      for (NameChange change : nameChanges) {
        if (kind == 0 || kind == 1 && random.nextBoolean()) {
          apply(kept, change);
        }
      }
    }
    for (Map.Entry<Path, Inode> name : kept.entrySet()) {
      Inode inode = new Inode();
      inode.content = powerCut ? left(name.getValue()) : name.getValue().content;
      // A killed process leaves what it wrote in the page cache, not on the disk.
      inode.synced = powerCut ? inode.content : name.getValue().synced;
      if (!powerCut) {
        inode.changes.addAll(name.getValue().changes);
      }
      next.names.put(name.getKey(), inode);
    }
    next.syncedNames.putAll(next.names);
    return next;
  }

  private byte[] left(Inode inode) {
    byte[] content = inode.synced;
    int kind = random.nextInt(3);
    for (Change change : inode.changes) {
      if (change.bytes == null) {
        content = random.nextBoolean() ? Arrays.copyOf(content, (int) change.position) : content;
        continue;
      }
      for (int at = 0; at < change.bytes.length; ) {
        int length =
            Math.min(change.bytes.length - at, SECTOR - (int) ((change.position + at) % SECTOR));
        if (kind == 0 || kind == 1 && random.nextBoolean()) {
          content = write(content, change.position + at, change.bytes, at, length);
        }
        at += length;
      }
    }
    return content;
  }

  private static byte[] write(byte[] content, long position, byte[] bytes, int from, int length) {
    byte[] out = content.clone();
    if (position + length > out.length) {
      out = Arrays.copyOf(out, (int) position + length);
    }
    System.arraycopy(bytes, from, out, (int) position, length);
    return out;
  }

  private static void apply(Map<Path, Inode> names, NameChange change) {
    if (change.from != null) {
      names.remove(change.from);
    }
    if (change.to != null) {
      names.put(change.to, change.inode);
    }
  }

  /** Counts an operation; throws when the disk has ended. */
  private void operation() throws IOException {
    if (!dead && left-- == 0) {
      if (once) {
        failed = true;
        throw new IOException("No space left on device");
      }
      dead = true;
    }
    if (dead) {
      throw new IOException("the machine is dead");
    }
  }

  private void change(NameChange change) {
    apply(names, change);
    nameChanges.add(change);
  }

  private Inode find(Path path) throws IOException {
    Inode inode = names.get(path);
    if (inode == null) {
      throw new NoSuchFileException(path.toString());
    }
    return inode;
  }

  @Override
  public synchronized DiskFile create(Path path) throws IOException {
    operation();
    Inode inode = new Inode();
    change(new NameChange(null, path, inode));
    return new OpenFile(inode);
  }

  @Override
  public synchronized DiskFile open(Path path) throws IOException {
    return new OpenFile(find(path));
  }

  @Override
  public DiskFile openReadOnly(Path path) throws IOException {
    return open(path);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    operation();
    change(new NameChange(from, to, find(from)));
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    operation();
    if (names.containsKey(path)) {
      change(new NameChange(path, null, null));
    }
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    operation();
    syncedNames = new LinkedHashMap<>(names);
    nameChanges.clear();
  }

  @Override
  public synchronized List<String> list(Path directory) {
    return names.keySet().stream()
        .filter(path -> path.getParent().equals(directory))
        .map(path -> path.getFileName().toString())
        .sorted()
        .toList();
  }

  @Override
  public synchronized Object identity(Path path) throws IOException {
    return find(path);
  }

  private final class OpenFile implements DiskFile {
    private final Inode inode;

    OpenFile(Inode inode) {
      this.inode = inode;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      synchronized (CrashDisk.this) {
        if (!dead && !once && left == 0) {
          // The last write is torn.
          put(position, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
        }
        operation();
        put(position, bytes);
      }
    }

    private void put(long position, byte[] bytes) {
      inode.content = CrashDisk.write(inode.content, position, bytes, 0, bytes.length);
      inode.changes.add(new Change(position, bytes));
    }

    @Override
    public int read(ByteBuffer target, long position) {
      synchronized (CrashDisk.this) {
        int count = (int) Math.min(target.remaining(), inode.content.length - position);
        if (count > 0) {
          target.put(inode.content, (int) position, count);
        }
        return Math.max(0, count);
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (CrashDisk.this) {
        operation();
        inode.synced = inode.content;
        inode.changes.clear();
      }
    }

    @Override
    public long size() {
      synchronized (CrashDisk.this) {
        return inode.content.length;
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (CrashDisk.this) {
        operation();
        inode.content = Arrays.copyOf(inode.content, (int) size);
        inode.changes.add(new Change(size, null));
      }
    }

    @Override
    public void close() {}
  }
}
