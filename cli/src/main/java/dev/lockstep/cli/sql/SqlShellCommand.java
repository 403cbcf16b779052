package dev.lockstep.cli.sql;

import dev.lockstep.cli.CommandFailure;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql shell} command. */
@Command(
    name = "shell",
    description = {
      "Type SQL, or run it from a file.",
      "Statements end with a semicolon. 'begin;' opens a transaction. From a pipe, or with"
          + " --execute, it stops at the first statement that fails."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class SqlShellCommand implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final String HISTORY = ".lockstep-sql-history";

  @Spec private CommandSpec spec;
  @Mixin private Target target;

  @Option(
      names = {"-e", "--execute"},
      paramLabel = "SQL",
      description = "Run these statements and end.")
  private String sqlOrNull;

  @Option(names = "--json", description = "Print a JSON object on a line for each statement.")
  private boolean json;

  @Option(names = "--read-only", description = "Refuse all changes.")
  private boolean readOnly;

  /** Made by picocli. */
  SqlShellCommand() {}

  @Override
  public Integer call() throws Exception {
    try (Connection connection = target.connect()) {
      if (readOnly) {
        connection.setReadOnly(true);
      }
      SqlShell shell =
          new SqlShell(connection, json, spec.commandLine().getOut(), spec.commandLine().getErr());
      if (sqlOrNull != null) {
        return shell.runAll(new StringReader(sqlOrNull)) ? 0 : FAILED;
      }
      if (System.console() != null) {
        shell.interact(Path.of(System.getProperty("user.home"), HISTORY));
        return 0;
      }
      return shell.runAll(new InputStreamReader(System.in, StandardCharsets.UTF_8)) ? 0 : FAILED;
    } catch (SQLException e) {
      throw new CommandFailure(e.getMessage());
    }
  }
}
