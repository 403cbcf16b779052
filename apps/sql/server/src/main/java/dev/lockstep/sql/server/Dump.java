package dev.lockstep.sql.server;

import dev.lockstep.services.command.RefusedException;
import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.Rows;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.EngineTransaction;
import dev.lockstep.sql.server.engine.TableInfo;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * The rows of a database in one order, the same on all replicas: tables by schema and name, rows by
 * their primary key. Rows of tables without one are sorted here, in memory.
 */
final class Dump {
  private static final int ROW_BYTES_MAX = 1 << 30;

  private Dump() {}

  interface Sink {
    void row(byte[] encoded) throws IOException;
  }

  /** Carries what a sink throws through an engine. */
  private static final class SinkFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final IOException failure;

    SinkFailed(IOException failure) {
      super(failure);
      this.failure = failure;
    }
  }

  static void rows(EngineTransaction transaction, TableInfo table, Sink sink)
      throws IOException, SQLException {
    try {
      if (!table.primaryKey().isEmpty()) {
        transaction.forEachRow(table.select(), row -> give(sink, ResultHash.encoded(row)));
        return;
      }
      List<byte[]> all = new ArrayList<>();
      transaction.forEachRow(table.select(), row -> all.add(ResultHash.encoded(row)));
      all.sort(Arrays::compareUnsigned);
      all.forEach(row -> give(sink, row));
    } catch (SinkFailed e) {
      throw e.failure;
    }
  }

  private static void give(Sink sink, byte[] encoded) {
    try {
      sink.row(encoded);
    } catch (IOException e) {
      throw new SinkFailed(e);
    }
  }

  static void write(EngineTransaction transaction, List<TableInfo> tables, DataOutputStream out)
      throws IOException, SQLException {
    out.writeInt(tables.size());
    for (TableInfo table : tables) {
      out.writeUTF(table.schema());
      out.writeUTF(table.name());
      rows(
          transaction,
          table,
          row -> {
            out.writeInt(row.length);
            out.write(row);
          });
      out.writeInt(-1);
    }
  }

  /** Puts rows into the empty tables of an engine. */
  static void load(Engine engine, List<TableInfo> tables, DataInputStream in)
      throws IOException, SQLException {
    int count = in.readInt();
    if (count != tables.size()) {
      throw new IOException(
          "the state has " + count + " tables, but its definitions make " + tables.size());
    }
    try (Engine.Loader loader = engine.loader()) {
      for (TableInfo table : tables) {
        String schema = in.readUTF();
        String name = in.readUTF();
        if (!schema.equals(table.schema()) || !name.equals(table.name())) {
          throw new IOException(
              "the state has a table " + name + " where its definitions make " + table.name());
        }
        for (int length = in.readInt(); length >= 0; length = in.readInt()) {
          if (length > ROW_BYTES_MAX) {
            throw new IOException("a row of " + name + " is impossibly long");
          }
          byte[] row = in.readNBytes(length);
          loader.add(table, Rows.decode(row, table.stored().size()));
        }
      }
      loader.finish();
    } catch (RefusedException e) {
      throw new IOException("a row of the state is damaged: " + e.getMessage(), e);
    }
  }

  /** One line for each table: its name, a tab, and the digest of its rows. */
  static String report(EngineTransaction transaction, List<TableInfo> tables) throws SQLException {
    StringBuilder report = new StringBuilder();
    for (TableInfo table : tables) {
      MessageDigest digest = sha256();
      digest.update(
          String.join(
                  ",", table.columns().stream().map(c -> c.name() + " " + c.typeName()).toList())
              .getBytes(java.nio.charset.StandardCharsets.UTF_8));
      try {
        rows(transaction, table, row -> digest.update(sha256().digest(row)));
      } catch (IOException e) {
        throw new IllegalStateException("nothing is written here", e);
      }
      report
          .append(table.schema())
          .append('.')
          .append(table.name())
          .append('\t')
          .append(HexFormat.of().formatHex(digest.digest()))
          .append('\n');
    }
    return report.toString();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
