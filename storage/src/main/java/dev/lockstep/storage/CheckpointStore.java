package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * The checkpoints of one replica, in the directory of its log, which must be open: its lock guards
 * these files too. Which of them are kept is for the protocol to say. No content is ever in memory
 * whole, but in a store without files.
 *
 * <pre>
 *   checkpoint-INSTANCE.ckpt           published
 *   checkpoint-INSTANCE.tmp            being taken, or not published; worthless after a crash
 *   checkpoint-INSTANCE.part           being received, with its manifest in .part.manifest
 *   checkpoint-INSTANCE.ckpt.damaged   refused by {@link #openNewest}, until the next is published
 * </pre>
 *
 * <p>Thread-safe. After an exception from writing, the disk cannot be trusted and the replica must
 * stop, as after a failure of the log.
 */
public final class CheckpointStore {
  static final String TEMPORARY = ".tmp";
  static final String PART = ".part";
  static final String PART_MANIFEST = ".part.manifest";

  /**
   * After so many pieces the file is forced, long before it must be, so that the log never finds
   * the disk busy with gigabytes at once.
   */
  static final int PIECES_PER_FORCE = 16;

  private static final String PREFIX = "checkpoint-";
  private static final String COMPLETE = ".ckpt";

  private final Disk disk;
  private final Path directory;
  private final Digest cluster;

  /** Touches nothing: for offline reading. */
  CheckpointStore(Disk disk, Path directory, Digest cluster) {
    this.disk = disk;
    this.directory = directory;
    this.cluster = cluster;
  }

  public static CheckpointStore open(Path directory, Digest cluster) throws IOException {
    return open(Disk.SYSTEM, directory, cluster);
  }

  /**
   * Without files: all checkpoints are in memory, and gone with the process. Each takes as much of
   * it as the service writes.
   */
  public static CheckpointStore inMemory(Digest cluster) {
    return new CheckpointStore(new MemoryDisk(), Path.of("memory"), cluster);
  }

  /** Removes what a crash left of a checkpoint that was being taken. */
  static CheckpointStore open(Disk disk, Path directory, Digest cluster) throws IOException {
    for (String name : disk.list(directory)) {
      if (name.startsWith(PREFIX) && name.endsWith(TEMPORARY)) {
        disk.delete(directory.resolve(name));
      }
    }
    return new CheckpointStore(disk, directory, cluster);
  }

  private Path path(long instance, String suffix) {
    return directory.resolve(String.format("%s%019d%s", PREFIX, instance, suffix));
  }

  /** Instances of the published checkpoints, newest first. */
  public synchronized List<Long> instances() throws IOException {
    List<Long> instances = instances(COMPLETE);
    instances.sort(Comparator.reverseOrder());
    return instances;
  }

  private List<Long> instances(String suffix) throws IOException {
    List<Long> instances = new ArrayList<>();
    for (String name : disk.list(directory)) {
      if (name.startsWith(PREFIX) && name.endsWith(suffix)) {
        String number = name.substring(PREFIX.length(), name.length() - suffix.length());
        if (number.matches("[0-9]{19}")) {
          instances.add(Long.parseLong(number));
        }
      }
    }
    return instances;
  }

  /** Begins to take a checkpoint. */
  public synchronized CheckpointWriter begin(long instance) throws IOException {
    DiskFile file = disk.create(path(instance, TEMPORARY));
    try {
      CheckpointFile.writeHeader(file, cluster, instance);
      return new CheckpointWriter(this, instance, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Begins to receive a checkpoint, and gives up another one that was being received. What is there
   * of the same content is kept, even if the head came from somebody else. An earlier receiver must
   * be closed.
   */
  public synchronized CheckpointReceiver receive(CheckpointManifest manifest) throws IOException {
    CheckpointReceiver before = resume();
    if (before != null) {
      if (before.manifest().contentDigest().equals(manifest.contentDigest())) {
        writePartManifest(manifest);
        return before.with(manifest);
      }
      before.close();
    }
    discardParts();
    writePartManifest(manifest);
    DiskFile file = disk.create(path(manifest.instance(), PART));
    try {
      CheckpointFile.writeHeader(file, cluster, manifest.instance());
      file.force();
      disk.syncDirectory(directory);
      return new CheckpointReceiver(this, manifest, file, new BitSet());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void writePartManifest(CheckpointManifest manifest) throws IOException {
    try (DiskFile file = disk.create(path(manifest.instance(), PART_MANIFEST))) {
      byte[] bytes = manifest.encode();
      ByteBuffer out = ByteBuffer.allocate(bytes.length + 4);
      out.put(bytes).putInt(Frame.crc(bytes, 0, bytes.length));
      file.write(out.flip(), 0);
      file.force();
    }
  }

  /**
   * The checkpoint that was being received when the replica stopped, or null. Reads and verifies
   * the pieces that are there.
   */
  public synchronized CheckpointReceiver resume() throws IOException {
    List<Long> parts = instances(PART);
    if (parts.size() != 1) {
      discardParts();
      return null;
    }
    CheckpointManifest manifest = readPartManifest(parts.get(0));
    if (manifest == null) {
      discardParts();
      return null;
    }
    DiskFile file = disk.open(path(manifest.instance(), PART));
    try {
      BitSet present = new BitSet();
      long size = file.size();
      for (int i = 0; i < manifest.pieces().size() && CheckpointFile.offset(i) < size; i++) {
        if (CheckpointFile.readPiece(file, manifest, i) != null) {
          present.set(i);
        }
      }
      CheckpointFile.writeHeader(file, cluster, manifest.instance());
      return new CheckpointReceiver(this, manifest, file, present);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private CheckpointManifest readPartManifest(long instance) throws IOException {
    try (DiskFile file = disk.openReadOnly(path(instance, PART_MANIFEST))) {
      long size = file.size();
      if (size < 4 || size > Integer.MAX_VALUE) {
        return null;
      }
      ByteBuffer in = ByteBuffer.allocate((int) size);
      file.read(in, 0);
      int length = (int) size - 4;
      if (in.getInt(length) != Frame.crc(in.array(), 0, length)) {
        return null;
      }
      byte[] bytes = new byte[length];
      in.get(0, bytes);
      CheckpointManifest manifest = CheckpointManifest.decode(bytes);
      return manifest.instance() == instance ? manifest : null;
    } catch (DecodeException | NoSuchFileException e) {
      // Nothing that could be resumed; whoever asks starts anew.
      return null;
    }
  }

  /** Gives up what is being received; its receiver must be closed. */
  public synchronized void discardParts() throws IOException {
    for (String name : disk.list(directory)) {
      if (name.startsWith(PREFIX) && (name.endsWith(PART) || name.endsWith(PART_MANIFEST))) {
        disk.delete(directory.resolve(name));
      }
    }
  }

  /** Gives a forced file its name. */
  synchronized void publish(long instance, String from) throws IOException {
    disk.rename(path(instance, from), path(instance, COMPLETE));
    disk.syncDirectory(directory);
    boolean damaged = false;
    for (String name : disk.list(directory)) {
      if (name.startsWith(PREFIX) && name.endsWith(LogRecovery.DAMAGED)) {
        disk.delete(directory.resolve(name));
        damaged = true;
      }
    }
    if (damaged) {
      disk.syncDirectory(directory);
    }
  }

  /** The published checkpoint is not needed any more. One that is open can still be read. */
  public synchronized void release(long instance) throws IOException {
    disk.delete(path(instance, COMPLETE));
  }

  /**
   * Drops the newest checkpoint in the directory of a replica that does not run, for one whose
   * service cannot go on from it. The one before it must be there, since the log reaches back to
   * that one only.
   *
   * @return the instance of the one that is the newest now
   * @throws LogException with one sentence if it is not dropped
   */
  public static long dropNewest(Path directory, Digest cluster) throws IOException {
    DirectoryLock held = DirectoryLock.take(directory);
    try {
      CheckpointStore store = new CheckpointStore(Disk.SYSTEM, directory, cluster);
      List<Long> instances = store.instances();
      if (instances.size() < 2) {
        throw new LogException(
            directory
                + " holds "
                + (instances.isEmpty() ? "no checkpoint" : "one checkpoint only")
                + ", and the log does not reach back before it");
      }
      try (CheckpointReader before = store.open(instances.get(1))) {
        if (before == null || !isWhole(before)) {
          throw new LogException(
              "the checkpoint at instance "
                  + instances.get(1)
                  + " is damaged, and the log does not reach back before it");
        }
      }
      store.release(instances.get(0));
      store.disk.syncDirectory(directory);
      return instances.get(1);
    } finally {
      held.close();
    }
  }

  /** Those of older instances are not needed any more. */
  public synchronized void releaseBelow(long instance) throws IOException {
    boolean any = false;
    for (long old : instances()) {
      if (old < instance) {
        release(old);
        any = true;
      }
    }
    if (any) {
      disk.syncDirectory(directory);
    }
  }

  synchronized void discard(long instance, String suffix) throws IOException {
    disk.delete(path(instance, suffix));
  }

  /**
   * The newest checkpoint whose content is what its manifest says, or null. Reads all of it; those
   * that are damaged are renamed, so that they count no more.
   */
  public CheckpointReader openNewest() throws IOException {
    return openNewest(Long.MAX_VALUE);
  }

  /** The same among those of instances below. */
  public synchronized CheckpointReader openNewest(long below) throws IOException {
    for (long instance : instances()) {
      if (instance >= below) {
        continue;
      }
      CheckpointReader reader = open(instance);
      if (reader != null) {
        if (isWhole(reader)) {
          return reader;
        }
        reader.close();
      }
      Path path = path(instance, COMPLETE);
      disk.rename(path, directory.resolve(path.getFileName() + LogRecovery.DAMAGED));
    }
    return null;
  }

  static boolean isWhole(CheckpointReader reader) throws IOException {
    for (int i = 0; i < reader.manifest().pieces().size(); i++) {
      if (!reader.isWhole(i)) {
        return false;
      }
    }
    return true;
  }

  /** What is complete, but has no name yet. */
  CheckpointReader openTemporary(CheckpointManifest manifest) throws IOException {
    return new CheckpointReader(disk.openReadOnly(path(manifest.instance(), TEMPORARY)), manifest);
  }

  CheckpointReader openPart(CheckpointManifest manifest) throws IOException {
    return new CheckpointReader(disk.openReadOnly(path(manifest.instance(), PART)), manifest);
  }

  /**
   * The checkpoint at an instance, for senders, or null if there is none or its manifest is
   * damaged. Its pieces are verified as they are read.
   */
  public synchronized CheckpointReader open(long instance) throws IOException {
    DiskFile file;
    try {
      file = disk.openReadOnly(path(instance, COMPLETE));
    } catch (NoSuchFileException e) {
      return null;
    }
    try {
      CheckpointManifest manifest = CheckpointFile.readManifest(file, cluster, instance);
      if (manifest != null) {
        return new CheckpointReader(file, manifest);
      }
      file.close();
      return null;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }
}
