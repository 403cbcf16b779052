package dev.lockstep.services.kv;

import dev.lockstep.api.Snapshot;
import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.CommandService;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.services.command.SnapshotInput;
import dev.lockstep.services.command.SnapshotOutput;
import dev.lockstep.services.command.Status;
import dev.lockstep.services.tree.CowTree;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A sorted map from byte strings to byte strings. Keys are ordered byte by byte, unsigned. Each
 * write gives its entry a version: 1 more than that of the write before it, to whichever key.
 * Called by {@link KeyValueStore}.
 */
public final class KeyValueService extends CommandService {
  /** The longest key. */
  public static final int KEY_BYTES_MAX = 8 << 10;

  /** The longest value. An entry always fits a reply. */
  public static final int VALUE_BYTES_MAX = 1 << 19;

  /** What commands and replies begin with: this service, version 1. */
  static final int FORMAT = 0x21;

  private static final String NAME = "kv";
  private static final int SNAPSHOT_VERSION = 1;
  private static final int ENTRY_OVERHEAD_BYTES = 16;
  private static final KeyValueOperation[] OPERATIONS = KeyValueOperation.values();
  private static final Expectation.Kind[] KINDS = Expectation.Kind.values();

  /** A value as the tree holds it. Never changes. */
  private record Stored(byte[] value, long version) {}

  private Object edition = new Object();
  private CowTree<byte[], Stored> entries = new CowTree<>(Arrays::compareUnsigned, edition);
  private long lastVersion;

  public KeyValueService() {
    super(FORMAT);
  }

  @Override
  protected void execute(int operation, ByteReader command, boolean ordered, ByteWriter reply)
      throws RefusedException {
    if (operation >= OPERATIONS.length) {
      throw unknownOperation(operation);
    }
    switch (OPERATIONS[operation]) {
      case GET -> get(command, reply);
      case PUT -> {
        mustBeOrdered(ordered);
        put(command, reply);
      }
      case DELETE -> {
        mustBeOrdered(ordered);
        delete(command, reply);
      }
      case COMPARE_AND_SET -> {
        mustBeOrdered(ordered);
        compareAndSet(command, reply);
      }
      case RANGE -> range(command, reply);
      case COUNT -> count(command, reply);
    }
  }

  private void get(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] key = command.bytes(KEY_BYTES_MAX);
    command.end();
    Stored stored = entries.get(key);
    reply.flag(stored != null);
    if (stored != null) {
      reply.bytes(stored.value).i64(stored.version);
    }
  }

  private void put(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] key = command.bytes(KEY_BYTES_MAX);
    byte[] value = command.bytes(VALUE_BYTES_MAX);
    command.end();
    reply.i64(write(key, value));
  }

  private long write(byte[] key, byte[] value) {
    lastVersion++;
    entries.put(key, new Stored(value, lastVersion));
    return lastVersion;
  }

  private void delete(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] key = command.bytes(KEY_BYTES_MAX);
    command.end();
    reply.flag(entries.remove(key) != null);
  }

  private void compareAndSet(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] key = command.bytes(KEY_BYTES_MAX);
    int kind = command.u8();
    if (kind >= KINDS.length) {
      throw new RefusedException(Status.MALFORMED, "There is no condition " + kind + ".");
    }
    byte[] expectedValue =
        KINDS[kind] == Expectation.Kind.VALUE ? command.bytes(VALUE_BYTES_MAX) : null;
    long expectedVersion = KINDS[kind] == Expectation.Kind.VERSION ? command.i64() : 0;
    byte[] value = command.flag() ? command.bytes(VALUE_BYTES_MAX) : null;
    command.end();

    Stored stored = entries.get(key);
    boolean met =
        switch (KINDS[kind]) {
          case ABSENT -> stored == null;
          case VALUE -> stored != null && Arrays.equals(stored.value, expectedValue);
          case VERSION -> stored != null && stored.version == expectedVersion;
        };
    long version = stored == null ? 0 : stored.version;
    if (met && value != null) {
      version = write(key, value);
    } else if (met) {
      entries.remove(key);
      version = 0;
    }
    reply.flag(met).i64(version);
  }

  private static byte[] bound(ByteReader command) throws RefusedException {
    // One byte more than a key may have: the least key that follows the longest one.
    return command.flag() ? command.bytes(KEY_BYTES_MAX + 1) : null;
  }

  private void range(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] from = bound(command);
    byte[] to = bound(command);
    int most = command.i32();
    command.end();
    if (most < 1) {
      throw new RefusedException(
          Status.MALFORMED, "A range read asks for at least 1 entry, not " + most + ".");
    }
    Page page = new Page(reply, to, most);
    if (from == null) {
      entries.scan(page);
    } else {
      entries.scanFrom(from, page);
    }
    page.finish();
  }

  /** Collects entries into a reply, up to a key, a number and a size. */
  private static final class Page implements CowTree.Visitor<byte[], Stored, RuntimeException> {
    private final ByteWriter reply;
    private final byte[] to;
    private final int most;
    private final int moreAt;
    private int count;
    private boolean more;

    Page(ByteWriter reply, byte[] to, int most) {
      this.reply = reply;
      this.to = to;
      this.most = most;
      moreAt = reply.size();
      reply.flag(false).i32(0);
    }

    @Override
    public boolean visit(byte[] key, Stored stored) {
      if (to != null && Arrays.compareUnsigned(key, to) >= 0) {
        return false;
      }
      int size = key.length + stored.value.length + ENTRY_OVERHEAD_BYTES;
      if (count == most || count > 0 && reply.size() + size > REPLY_BYTES_MAX) {
        more = true;
        return false;
      }
      reply.bytes(key).bytes(stored.value).i64(stored.version);
      count++;
      return true;
    }

    void finish() {
      reply.putFlag(moreAt, more);
      reply.putI32(moreAt + 1, count);
    }
  }

  private void count(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] from = bound(command);
    byte[] to = bound(command);
    command.end();
    long below = from == null ? 0 : entries.rank(from);
    long end = to == null ? entries.size() : entries.rank(to);
    reply.i64(Math.max(0, end - below));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Takes constant time. i64 last version, i64 number of entries, then the entries in the order
   * of their keys: bytes key, bytes value, i64 version.
   */
  @Override
  public Snapshot snapshot() {
    CowTree<byte[], Stored> frozen = entries;
    long frozenVersion = lastVersion;
    edition = new Object();
    entries = frozen.in(edition);
    return stream -> {
      SnapshotOutput out = new SnapshotOutput(stream, NAME, SNAPSHOT_VERSION);
      out.i64(frozenVersion);
      out.i64(frozen.size());
      frozen.<IOException>scan(
          (key, stored) -> {
            out.bytes(key);
            out.bytes(stored.value);
            out.i64(stored.version);
            return true;
          });
      out.flush();
    };
  }

  @Override
  public void restore(InputStream stream) throws IOException {
    SnapshotInput in = new SnapshotInput(stream, NAME, SNAPSHOT_VERSION);
    // The old state goes first: the two need not fit into memory together.
    edition = new Object();
    entries = new CowTree<>(Arrays::compareUnsigned, edition);
    lastVersion = in.count();
    long count = in.count();
    byte[] before = null;
    for (long i = 0; i < count; i++) {
      byte[] key = in.bytes(KEY_BYTES_MAX);
      if (before != null && Arrays.compareUnsigned(before, key) >= 0) {
        throw in.refuse("its keys are not in ascending order");
      }
      byte[] value = in.bytes(VALUE_BYTES_MAX);
      long version = in.i64();
      if (version < 1 || version > lastVersion) {
        throw in.refuse("it has a version " + version + ", but the last one is " + lastVersion);
      }
      entries.put(key, new Stored(value, version));
      before = key;
    }
    in.end();
  }
}
