package dev.lockstep.sql.server;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Snapshot;
import dev.lockstep.sql.server.engine.EngineTransaction;
import dev.lockstep.sql.server.engine.TableInfo;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The database as it was at a moment without open transactions, and all commands since. This is
 * what checkpoints hold: who takes one up does the commands again, and so gets the snapshots of the
 * transactions that are open. The rows of now would not do, since a transaction that began before
 * must be executed on the rows of then.
 *
 * <p>The service's thread adds commands; checkpoint threads read.
 */
final class Base {
  private static final int FORMAT = 1;

  /**
   * A command and where it was ordered.
   *
   * @param seed of its random numbers, drawn from the context
   */
  record Entry(byte[] command, MessageContext context, long seed) {}

  private final byte[] state;
  private final EngineTransaction transaction;
  private final List<TableInfo> tables;
  private final List<Entry> log = new ArrayList<>();
  private long logBytes;

  // Guarded by this.
  private int readers;
  private boolean retired;
  private boolean closed;

  /**
   * @param state encoded
   * @param transaction whose snapshot it is
   */
  Base(byte[] state, EngineTransaction transaction, List<TableInfo> tables) {
    this.state = state;
    this.transaction = transaction;
    this.tables = tables;
  }

  void add(Entry entry) {
    log.add(entry);
    logBytes += entry.command.length + 64L;
  }

  long logBytes() {
    return logBytes;
  }

  /** The state as of the last command. On the service's thread. */
  Snapshot snapshot() {
    List<Entry> entries = List.copyOf(log);
    synchronized (this) {
      readers++;
    }
    return new Snapshot() {
      private boolean over;

      @Override
      public void writeTo(OutputStream to) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to, 1 << 16));
        out.writeInt(FORMAT);
        out.writeInt(state.length);
        out.write(state);
        try {
          // One at a time: they share the connection.
          synchronized (transaction) {
            Dump.write(transaction, tables, out);
          }
        } catch (SQLException e) {
          throw new IOException("the database cannot be read: " + e.getMessage(), e);
        }
        out.writeInt(entries.size());
        for (Entry entry : entries) {
          write(out, entry);
        }
        out.flush();
      }

      @Override
      public void close() {
        if (!over) {
          over = true;
          leave();
        }
      }
    };
  }

  private void leave() {
    boolean last;
    synchronized (this) {
      readers--;
      last = readers == 0 && retired;
      notifyAll();
    }
    if (last) {
      end();
    }
  }

  /** It is not needed any more, but by those who read it. */
  void retire() {
    boolean last;
    synchronized (this) {
      retired = true;
      last = readers == 0;
    }
    if (last) {
      end();
    }
  }

  /** Waits until nobody reads it, and ends it. Definitions cannot be made while tables are read. */
  void retireAndAwait() {
    synchronized (this) {
      retired = true;
      boolean interrupted = false;
      while (readers > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    end();
  }

  private void end() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    synchronized (transaction) {
      transaction.rollback();
    }
  }

  private static void write(DataOutputStream out, Entry entry) throws IOException {
    MessageContext context = entry.context;
    out.writeInt(entry.command.length);
    out.write(entry.command);
    out.writeLong(context.client().getMostSignificantBits());
    out.writeLong(context.client().getLeastSignificantBits());
    out.writeLong(context.session());
    out.writeLong(context.sequence());
    out.writeInt(context.position());
    out.writeLong(context.instance());
    out.writeLong(context.regency());
    out.writeInt(context.leader());
    out.writeLong(context.timestampMicros());
    out.writeLong(entry.seed);
  }

  /** Where a state begins: the encoded common state, then the rows. */
  static byte[] readState(DataInputStream in) throws IOException {
    int format = in.readInt();
    if (format != FORMAT) {
      throw new IOException("the state has the format " + format + ", not " + FORMAT);
    }
    int length = in.readInt();
    if (length < 0 || length > 1 << 30) {
      throw new IOException("the state is impossibly long");
    }
    return in.readNBytes(length);
  }

  static List<Entry> readLog(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<Entry> log = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = in.readInt();
      if (length < 0 || length > 1 << 28) {
        throw new IOException("a command of the state is impossibly long");
      }
      byte[] command = in.readNBytes(length);
      UUID client = new UUID(in.readLong(), in.readLong());
      long session = in.readLong();
      long sequence = in.readLong();
      int position = in.readInt();
      MessageContext.BatchContext batch =
          new MessageContext.BatchContext(
              in.readLong(), in.readLong(), in.readInt(), in.readLong(), 0);
      MessageContext context = new MessageContext(batch, client, session, sequence, position);
      log.add(new Entry(command, context, in.readLong()));
    }
    return log;
  }
}
