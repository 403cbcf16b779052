package dev.lockstep.cli;

import dev.lockstep.config.ClientDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep client-cert} command. */
@Command(
    name = "client-cert",
    description = {
      "Make a new client of a cluster: a key and a certificate, in DIR/client-NAME.",
      "Needs the key of the client authority, which 'lockstep init' put into DIR/authority. No"
          + " replica has to be told."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class ClientCertCommand implements Callable<Integer> {
  @Mixin private ClusterArgument folder;

  @Parameters(index = "1", paramLabel = "NAME", description = "A name for the client.")
  private String name;

  @Option(names = "--json", description = "Print one JSON object that says what was made.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  ClientCertCommand() {}

  @Override
  public Integer call() throws IOException {
    ClientDirectory made = folder.open().issueClient(name);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> summary = new LinkedHashMap<>();
      summary.put("name", name);
      summary.put("id", made.credentials().id().toString());
      summary.put("directory", made.path().toString());
      Json.print(out, summary);
    } else {
      out.printf("Client %s (%s) is in %s/.%n", name, made.credentials().id(), made.path());
      out.flush();
    }
    return 0;
  }
}
