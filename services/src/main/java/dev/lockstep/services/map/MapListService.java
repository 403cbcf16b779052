package dev.lockstep.services.map;

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
 * Tables by name, in the order of their names' UTF-8 bytes; a table is a list of texts. Called by
 * {@link BftMapList}.
 */
public final class MapListService extends CommandService {
  /** The longest name of a table, in UTF-8 bytes. */
  public static final int NAME_BYTES_MAX = 8 << 10;

  /** The longest entry of a list, in UTF-8 bytes. */
  public static final int ENTRY_BYTES_MAX = 1 << 19;

  /** What commands and replies begin with: this service, version 1. */
  static final int FORMAT = 0x31;

  private static final String NAME = "map";
  private static final int SNAPSHOT_VERSION = 1;
  private static final int LENGTH_BYTES = 4;
  private static final int HEADER_BYTES = 16; // what comes before a list in any reply, at most
  private static final MapOperation[] OPERATIONS = MapOperation.values();

  private Object edition = new Object();
  private CowTree<byte[], Table> tables = new CowTree<>(Arrays::compareUnsigned, edition);

  public MapListService() {
    super(FORMAT);
  }

  @Override
  protected void execute(int operation, ByteReader command, boolean ordered, ByteWriter reply)
      throws RefusedException {
    if (operation >= OPERATIONS.length) {
      throw unknownOperation(operation);
    }
    switch (OPERATIONS[operation]) {
      case SIZE -> {
        command.end();
        reply.i64(tables.size());
      }
      case CONTAINS -> reply.flag(named(command) != null);
      case GET -> optionalList(named(command), reply);
      case NAMES -> names(command, reply);
      case SIZE_OF -> {
        Table table = named(command);
        reply.i64(table == null ? -1 : table.size());
      }
      case GET_ENTRY -> getEntry(command, reply);
      case ENTRIES -> entries(command, reply);
      default -> {
        mustBeOrdered(ordered);
        change(OPERATIONS[operation], command, reply);
      }
    }
  }

  private void change(MapOperation operation, ByteReader command, ByteWriter reply)
      throws RefusedException {
    switch (operation) {
      case PUT, PUT_IF_ABSENT, SET -> put(operation, command, reply);
      case REMOVE, DELETE -> remove(operation, command, reply);
      case CLEAR -> {
        command.end();
        reply.i64(tables.size());
        tables = new CowTree<>(Arrays::compareUnsigned, edition);
      }
      case PUT_ENTRY -> putEntry(command, reply);
      case SET_ENTRY -> setEntry(command, reply);
      case REMOVE_ENTRY -> removeEntry(command, reply);
      default -> throw new AssertionError("not a change: " + operation);
    }
  }

  private static byte[] name(ByteReader command) throws RefusedException {
    return command.text(NAME_BYTES_MAX);
  }

  /** The table, to be read, of a command that has only the name. */
  private Table named(ByteReader command) throws RefusedException {
    byte[] name = name(command);
    command.end();
    return tables.get(name);
  }

  /** The table, to be written to; null if there is none. */
  private Table writable(byte[] name) {
    Table table = tables.get(name);
    if (table == null) {
      return null;
    }
    Table own = table.in(edition);
    if (own != table) {
      tables.put(name, own);
    }
    return own;
  }

  private static void optionalList(Table table, ByteWriter reply) throws RefusedException {
    reply.flag(table != null);
    if (table == null) {
      return;
    }
    long size = HEADER_BYTES + table.contentBytes() + LENGTH_BYTES * table.size();
    if (size > REPLY_BYTES_MAX) {
      throw new RefusedException(
          Status.TOO_LARGE,
          "The list has "
              + table.size()
              + " entries, which is too large for one reply: read it in parts, and replace or remove"
              + " it by an operation that does not return it.");
    }
    reply.i32((int) table.size());
    table.scan(
        (key, entry) -> {
          reply.bytes(entry);
          return true;
        });
  }

  private void put(MapOperation operation, ByteReader command, ByteWriter reply)
      throws RefusedException {
    byte[] name = name(command);
    Table table = new Table(edition);
    int count = command.count(LENGTH_BYTES);
    for (int i = 0; i < count; i++) {
      table.add(command.text(ENTRY_BYTES_MAX));
    }
    command.end();
    Table before = tables.get(name);
    if (operation == MapOperation.SET) {
      reply.flag(before != null);
    } else {
      optionalList(before, reply);
    }
    if (before == null || operation != MapOperation.PUT_IF_ABSENT) {
      tables.put(name, table);
    }
  }

  private void remove(MapOperation operation, ByteReader command, ByteWriter reply)
      throws RefusedException {
    byte[] name = name(command);
    command.end();
    Table before = tables.get(name);
    if (operation == MapOperation.DELETE) {
      reply.flag(before != null);
    } else {
      optionalList(before, reply);
    }
    tables.remove(name);
  }

  private static int most(ByteReader command) throws RefusedException {
    int most = command.i32();
    if (most < 1) {
      throw new RefusedException(
          Status.MALFORMED, "A read of a part asks for at least 1 element, not " + most + ".");
    }
    return most;
  }

  private void names(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] after = command.flag() ? name(command) : null;
    int most = most(command);
    command.end();
    int moreAt = reply.size();
    reply.flag(false).i32(0);
    Part part = new Part(reply, most);
    if (after == null) {
      tables.scan((name, table) -> part.add(name));
    } else {
      tables.scanFrom(after, (name, table) -> Arrays.equals(name, after) || part.add(name));
    }
    reply.putFlag(moreAt, part.more);
    reply.putI32(moreAt + 1, part.count);
  }

  /** Collects elements into a reply, up to a number and a size. */
  private static final class Part {
    private final ByteWriter reply;
    private final int most;
    private int count;
    private boolean more;

    Part(ByteWriter reply, int most) {
      this.reply = reply;
      this.most = most;
    }

    /** Returns whether there may be room for another one. */
    boolean add(byte[] element) {
      if (count == most
          || count > 0 && reply.size() + LENGTH_BYTES + element.length > REPLY_BYTES_MAX) {
        more = true;
        return false;
      }
      reply.bytes(element);
      count++;
      return true;
    }
  }

  private void putEntry(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] name = name(command);
    byte[] entry = command.text(ENTRY_BYTES_MAX);
    command.end();
    Table table = writable(name);
    if (table == null) {
      table = new Table(edition);
      tables.put(name, table);
    }
    reply.i64(table.size());
    table.add(entry);
  }

  private void getEntry(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] name = name(command);
    long index = command.i64();
    command.end();
    Table table = tables.get(name);
    optionalText(table != null && table.has(index) ? table.get(index) : null, reply);
  }

  private void setEntry(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] name = name(command);
    long index = command.i64();
    byte[] entry = command.text(ENTRY_BYTES_MAX);
    command.end();
    Table table = writable(name);
    optionalText(table != null && table.has(index) ? table.set(index, entry) : null, reply);
  }

  private void removeEntry(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] name = name(command);
    long index = command.i64();
    command.end();
    Table table = writable(name);
    optionalText(table != null && table.has(index) ? table.remove(index) : null, reply);
  }

  private static void optionalText(byte[] text, ByteWriter reply) {
    reply.flag(text != null);
    if (text != null) {
      reply.bytes(text);
    }
  }

  private void entries(ByteReader command, ByteWriter reply) throws RefusedException {
    byte[] name = name(command);
    long first = command.i64();
    int most = most(command);
    command.end();
    Table table = tables.get(name);
    reply.i64(table == null ? -1 : table.size());
    int countAt = reply.size();
    reply.i32(0);
    if (table != null) {
      Part part = new Part(reply, most);
      table.scanFrom(first, (key, entry) -> part.add(entry));
      reply.putI32(countAt, part.count);
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Takes constant time. i64 number of tables, then the tables in the order of their names:
   * bytes name, i64 number of entries, and each entry as bytes.
   */
  @Override
  public Snapshot snapshot() {
    CowTree<byte[], Table> frozen = tables;
    edition = new Object();
    tables = frozen.in(edition);
    return stream -> {
      SnapshotOutput out = new SnapshotOutput(stream, NAME, SNAPSHOT_VERSION);
      out.i64(frozen.size());
      frozen.<IOException>scan(
          (name, table) -> {
            out.bytes(name);
            out.i64(table.size());
            table.<IOException>scan(
                (key, entry) -> {
                  out.bytes(entry);
                  return true;
                });
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
    tables = new CowTree<>(Arrays::compareUnsigned, edition);
    long count = in.count();
    byte[] before = null;
    for (long i = 0; i < count; i++) {
      byte[] name = in.bytes(NAME_BYTES_MAX);
      if (before != null && Arrays.compareUnsigned(before, name) >= 0) {
        throw in.refuse("its tables are not in ascending order");
      }
      Table table = new Table(edition);
      long entries = in.count();
      for (long j = 0; j < entries; j++) {
        table.add(in.bytes(ENTRY_BYTES_MAX));
      }
      tables.put(name, table);
      before = name;
    }
    in.end();
  }
}
