package dev.lockstep.cli.sql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Executes SQL that somebody types, or that comes from a file or pipe. */
final class SqlShell {
  private static final String HELP =
      """
      A statement ends with a semicolon. It is a transaction of its own, unless you begin one:
        begin;  commit;  rollback;
      Words of the shell, without a semicolon:
        tables          the tables and views
        columns TABLE   the columns of a table
        help, exit      (or Ctrl-D)
      """;

  /** Base tables as H2 and PostgreSQL call them, and views. */
  private static final String[] TABLE_TYPES = {"BASE TABLE", "TABLE", "VIEW"};

  /** Schemas whose tables are not the user's. */
  private static final Set<String> ENGINES_OWN = Set.of("INFORMATION_SCHEMA", "PG_CATALOG");

  private final Connection connection;
  private final ResultPrinter printer;
  private final PrintWriter out;
  private final PrintWriter err;

  SqlShell(Connection connection, boolean json, PrintWriter out, PrintWriter err) {
    this.connection = connection;
    this.printer = new ResultPrinter(out, json);
    this.out = out;
    this.err = err;
  }

  /**
   * Executes all statements of a text and stops at the first that fails.
   *
   * @return whether none did
   */
  boolean runAll(Reader text) throws IOException {
    BufferedReader lines = new BufferedReader(text);
    SqlScript script = new SqlScript();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!script.isWithinStatement()) {
        String word = word(line);
        if (isEnd(word)) {
          return true;
        }
        if (isWord(word)) {
          if (!runWord(word)) {
            return false;
          }
          continue;
        }
      }
      for (String statement : script.add(line)) {
        if (!run(statement)) {
          return false;
        }
      }
    }
    for (String statement : script.end()) {
      if (!run(statement)) {
        return false;
      }
    }
    return true;
  }

  /** Executes what somebody types, until he ends it; errors are shown and forgotten. */
  void interact(Path history) throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      LineReader reader =
          LineReaderBuilder.builder()
              .terminal(terminal)
              .variable(LineReader.HISTORY_FILE, history)
              .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
              .build();
      terminal.writer().println("Type 'help' for what there is, 'exit' to leave.");
      SqlScript script = new SqlScript();
      while (true) {
        try {
          String line = reader.readLine(prompt(script));
          String word = word(line);
          if (!script.isWithinStatement() && isEnd(word)) {
            return;
          } else if (!script.isWithinStatement() && isWord(word)) {
            runWord(word);
          } else {
            script.add(line).forEach(this::run);
          }
        } catch (UserInterruptException e) {
          script.clear(); // Ctrl-C gives up the statement only.
        } catch (EndOfFileException e) {
          return;
        }
      }
    }
  }

  private String prompt(SqlScript script) {
    if (script.isWithinStatement()) {
      return "...> ";
    }
    try {
      return connection.getAutoCommit() ? "sql> " : "sql*> ";
    } catch (SQLException e) {
      return "sql?> ";
    }
  }

  private static String word(String line) {
    return line.strip().replaceAll(";$", "").strip();
  }

  private static boolean isEnd(String word) {
    return word.equalsIgnoreCase("exit") || word.equalsIgnoreCase("quit");
  }

  private static boolean isWord(String word) {
    String first = word.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
    return List.of("help", "tables", "columns").contains(first);
  }

  private boolean runWord(String word) {
    String[] parts = word.split("\\s+");
    try {
      DatabaseMetaData meta = connection.getMetaData();
      switch (parts[0].toLowerCase(Locale.ROOT)) {
        case "tables" -> {
          try (ResultSet rows = meta.getTables(null, null, "%", TABLE_TYPES)) {
            printer.rows(
                rows,
                row -> !ENGINES_OWN.contains(String.valueOf(row[0]).toUpperCase(Locale.ROOT)),
                "TABLE_SCHEM",
                "TABLE_NAME",
                "TABLE_TYPE");
          }
        }
        case "columns" -> {
          if (parts.length != 2) {
            return failed("Say of which table: columns TABLE");
          }
          String name =
              meta.storesUpperCaseIdentifiers() ? parts[1].toUpperCase(Locale.ROOT) : parts[1];
          try (ResultSet rows = meta.getColumns(null, null, name, null)) {
            printer.rows(
                rows, "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "IS_NULLABLE", "COLUMN_DEF");
          }
        }
        default -> {
          out.print(HELP);
          out.flush();
        }
      }
      return true;
    } catch (SQLException e) {
      return failed(e);
    }
  }

  /** Executes one statement and prints what it came to. */
  private boolean run(String sql) {
    try {
      switch (sql.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ")) {
        case "begin", "begin transaction", "start transaction" -> {
          connection.setAutoCommit(false);
          printer.done("A transaction has begun.");
        }
        case "commit" -> {
          end(true);
          printer.done("Committed.");
        }
        case "rollback" -> {
          end(false);
          printer.done("Rolled back.");
        }
        default -> execute(sql);
      }
      return true;
    } catch (SQLException e) {
      return failed(e);
    }
  }

  private void end(boolean commit) throws SQLException {
    if (connection.getAutoCommit()) {
      throw new SQLException("No transaction has begun.", "25000");
    }
    try {
      if (commit) {
        connection.commit();
      } else {
        connection.rollback();
      }
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private void execute(String sql) throws SQLException {
    long begin = System.nanoTime();
    try (Statement statement = connection.createStatement()) {
      if (statement.execute(sql)) {
        printer.rows(statement.getResultSet());
      } else {
        printer.count(statement.getLargeUpdateCount(), (System.nanoTime() - begin) / 1e9);
      }
    }
  }

  private boolean failed(SQLException e) {
    boolean within = false;
    try {
      within = !connection.getAutoCommit();
    } catch (SQLException closed) {
      e.addSuppressed(closed);
    }
    return failed(
        e.getMessage().strip().replaceAll("\\s*\\R\\s*", " ")
            + " [SQLSTATE "
            + e.getSQLState()
            + "]"
            + (within ? " The transaction needs a rollback." : ""));
  }

  private boolean failed(String message) {
    out.flush();
    err.println("lockstep: " + message);
    err.flush();
    return false;
  }
}
