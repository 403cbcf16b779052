package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Json;
import dev.lockstep.cli.Main;
import dev.lockstep.config.Durability;
import dev.lockstep.fabric.folder.FabricFolder;
import dev.lockstep.fabric.folder.FabricInit;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric init} command. */
@Command(
    name = "init",
    description = {
      "Make a new ordering service, in a new folder.",
      "Takes what cryptogen and configtxgen made: the folder of each orderer with its msp/ and tls/,"
          + " and the genesis block of each channel. Keys stay where they are; the new folder names"
          + " them. Each node gets a frontend, which runs in its process unless told otherwise."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FabricInitCommand implements Callable<Integer> {
  private static final int LEAST_NODES = 4;

  @Parameters(paramLabel = "DIR", description = "The folder to make.")
  private Path directory;

  @Option(
      names = "--genesis",
      paramLabel = "FILE",
      required = true,
      split = ",",
      description = "The genesis block of each channel.")
  private List<Path> genesis;

  @Option(
      names = "--orderer",
      paramLabel = "FOLDER",
      required = true,
      split = ",",
      description =
          "The folder of each orderer, with msp/ and tls/, like"
              + " ordererOrganizations/example.com/orderers/orderer1.example.com; one for each node.")
  private List<Path> orderers;

  @Option(
      names = "--msp-id",
      paramLabel = "ID",
      defaultValue = "OrdererMSP",
      description = "The MSP id of the orderers' organisation (default: ${DEFAULT-VALUE}).")
  private String mspId;

  @Option(
      names = "--host-list",
      paramLabel = "HOST",
      split = ",",
      description = "Names or addresses of the nodes' machines (default: all on this one).")
  private List<String> hosts;

  @Option(
      names = "--base-port",
      paramLabel = "PORT",
      defaultValue = "7050",
      description =
          "First port of a machine: for other nodes, and then for frontends, status, blocks, and"
              + " peers and clients of Fabric; ten more for each further node there (default:"
              + " ${DEFAULT-VALUE}).")
  private int basePort;

  @Option(
      names = "--client-root",
      paramLabel = "FILE",
      split = ",",
      description =
          "Certificates of TLS authorities: frontends let in only their clients (mutual TLS).")
  private List<Path> clientRoots = List.of();

  @Option(names = "--separate-frontends", description = "Frontends run in processes of their own.")
  private boolean separate;

  @Option(
      names = "--durability",
      paramLabel = "durable|memory|async",
      defaultValue = "durable",
      description =
          "durable: nothing is lost even if all machines lose power; memory: written but not"
              + " synced; async: synced in the background (default: ${DEFAULT-VALUE}).")
  private Durability durability;

  @Option(names = "--json", description = "Print one JSON object that says what was made.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  FabricInitCommand() {}

  @Override
  public Integer call() throws IOException {
    if (orderers.size() < LEAST_NODES) {
      throw bad(
          "--orderer names "
              + orderers.size()
              + " folders, but at least four nodes are needed so that one may be faulty");
    }
    if (hosts != null && hosts.size() != orderers.size()) {
      throw bad(
          "--host-list names "
              + hosts.size()
              + " machines, but --orderer "
              + orderers.size()
              + " folders");
    }
    if (basePort < 1 || basePort > 65_535 - 10 * orderers.size()) {
      throw bad("--base-port is " + basePort + " but must leave room for ten ports a node");
    }
    List<String> warnings =
        new FabricInit(
                orderers,
                mspId,
                genesis,
                hosts == null ? Collections.nCopies(orderers.size(), "127.0.0.1") : hosts,
                basePort,
                separate,
                clientRoots,
                durability)
            .write(directory);
    FabricFolder made = FabricFolder.open(directory);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> summary = new LinkedHashMap<>();
      summary.put("directory", directory.toString());
      summary.put("faults", made.cluster().cluster().faults());
      summary.put("channels", made.channels());
      summary.put("nodes", made.nodes().stream().map(Path::toString).toList());
      summary.put("frontends", made.listeners());
      summary.put("warnings", warnings);
      Json.print(out, summary);
    } else {
      out.printf(
          "Ordering service in %s: %d nodes, of which %d may be faulty; channels %s.%n",
          directory,
          made.nodes().size(),
          made.cluster().cluster().faults(),
          String.join(", ", made.channels()));
      made.listeners().forEach((name, listen) -> out.printf("  %s listens at %s%n", name, listen));
      warnings.forEach(warning -> out.println("WARNING: " + warning + "."));
      out.flush();
    }
    return 0;
  }

  private ParameterException bad(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
