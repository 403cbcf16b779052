package dev.lockstep.fabric.ledger;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The chain of one channel: on disk from block 0 on, the newest blocks in memory too. One thread at
 * a time appends; any number read and wait.
 */
public final class Ledger implements Closeable {
  /** Of the newest blocks, so much is in memory: those who follow the chain read no disk. */
  private static final long RECENT_BYTES = 16L << 20;

  /** After so many bytes, or so much time, what was appended is synced to the disk. */
  private static final long UNSYNCED_BYTES = 8L << 20;

  private static final long UNSYNCED_NANOS = 1_000_000_000L;

  private final String channel;
  private final BlockFile file;
  private final Map<Long, StoredBlock> recent = new ConcurrentHashMap<>();
  private final Set<Runnable> watchers = ConcurrentHashMap.newKeySet();
  private long recentBytes;
  private long oldestRecent;
  private long unsyncedBytes;
  private long syncedNanos = System.nanoTime();
  private volatile long height;
  private boolean closed;

  private Ledger(String channel, BlockFile file) {
    this.channel = channel;
    this.file = file;
    height = file.height();
    oldestRecent = height;
  }

  /**
   * Opens the chain of a channel in a folder of its own, or begins one with the genesis block.
   *
   * @param genesis block 0, whose bytes are kept as they are
   * @throws IOException if the folder cannot be used, or holds another channel's chain
   */
  public static Ledger open(String channel, Path folder, byte[] genesis) throws IOException {
    BlockFile file = BlockFile.open(folder);
    try {
      StoredBlock first = new StoredBlock(0, genesis, true);
      if (file.height() == 0) {
        file.append(first);
        file.sync();
      } else if (!file.read(0).equals(first)) {
        throw new IOException(
            folder
                + " holds a chain that begins with another genesis block than that of channel "
                + channel
                + "; give it a folder of its own");
      }
      return new Ledger(channel, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  public String channel() {
    return channel;
  }

  /** Number of the next block; at least 1, for the genesis block is always there. */
  public long height() {
    return height;
  }

  /** Bytes of all blocks on disk. */
  public long bytes() throws IOException {
    return file.bytes();
  }

  /**
   * Appends the next block and wakes who waits for it. It survives the end of the process from here
   * on, and that of the machine after {@link #sync}.
   *
   * @throws IOException if the disk fails; nothing may be appended after that
   */
  public synchronized void append(StoredBlock block) throws IOException {
    file.append(block);
    recent.put(block.number(), block);
    recentBytes += block.bytes().length;
    while (recentBytes > RECENT_BYTES && oldestRecent < block.number()) {
      recentBytes -= recent.remove(oldestRecent++).bytes().length;
    }
    unsyncedBytes += block.bytes().length;
    if (unsyncedBytes >= UNSYNCED_BYTES || System.nanoTime() - syncedNanos > UNSYNCED_NANOS) {
      sync();
    }
    height = block.number() + 1;
    watchers.forEach(Runnable::run);
  }

  /** Waits until everything appended is on the disk. */
  public synchronized void sync() throws IOException {
    if (unsyncedBytes > 0) {
      file.sync();
      unsyncedBytes = 0;
    }
    syncedNanos = System.nanoTime();
  }

  /**
   * The block with this number.
   *
   * @throws IllegalArgumentException if there is none yet
   * @throws IOException with one sentence, if it cannot be read
   */
  public StoredBlock block(long number) throws IOException {
    if (number < 0 || number >= height) {
      throw new IllegalArgumentException("no block " + number + " at height " + height);
    }
    StoredBlock inMemory = recent.get(number);
    return inMemory != null ? inMemory : file.read(number);
  }

  /** Calls this after each append, on the appending thread; it must not block. */
  public void watch(Runnable watcher) {
    watchers.add(watcher);
  }

  public void unwatch(Runnable watcher) {
    watchers.remove(watcher);
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      sync();
      file.close();
    }
  }
}
