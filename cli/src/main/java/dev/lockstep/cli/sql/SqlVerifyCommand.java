package dev.lockstep.cli.sql;

import dev.lockstep.cli.CommandFailure;
import dev.lockstep.cli.Json;
import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlVerification;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql verify} command. */
@Command(
    name = "verify",
    description = {
      "Compare the databases of all replicas as they are now, at one point of the order.",
      "Others go on working meanwhile. The exit code is 0 if all replicas answer and agree, and 1 if"
          + " not."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class SqlVerifyCommand implements Callable<Integer> {
  private static final int NOT_EQUAL = 1;

  @Parameters(
      paramLabel = "DIR",
      description = "The folder of 'lockstep sql init', or of a client.")
  private Path directory;

  @Option(
      names = "--repair",
      description = "Have replicas that differ take up a copy of the others' database.")
  private boolean repair;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SqlVerifyCommand() {}

  @Override
  public Integer call() {
    SqlVerification found;
    try (SqlClient client = SqlClient.open(directory)) {
      found = client.verify(repair);
    } catch (SQLException e) {
      throw new CommandFailure(e.getMessage());
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("equal", found.isEqual());
      all.put("tables", found.tables());
      all.put("agreeing", found.agreeing());
      all.put("differing", found.differing());
      all.put("silent", found.silent());
      all.put("repairing", found.repairing());
      Json.print(out, all);
    } else {
      print(out, found);
    }
    return found.isEqual() ? 0 : NOT_EQUAL;
  }

  private static void print(PrintWriter out, SqlVerification found) {
    if (found.agreeing().isEmpty()) {
      out.println("NO AGREEMENT: too few replicas have the same database to say which is right.");
    } else {
      out.printf(
          "Replicas %s agree about %d table%s.%n",
          found.agreeing(), found.tables(), found.tables() == 1 ? "" : "s");
    }
    found
        .differing()
        .forEach((replica, tables) -> out.printf("Replica %d DIFFERS: %s.%n", replica, tables));
    found.silent().forEach(replica -> out.printf("Replica %d did not answer.%n", replica));
    if (found.repairing()) {
      out.println("Those that differ were told to take up a copy of the others' database.");
    } else if (!found.differing().isEmpty() && !found.agreeing().isEmpty()) {
      out.println("'--repair' has them take up a copy of the others' database.");
    }
    out.flush();
  }
}
