package dev.lockstep.cli;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.storage.StateCopy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep backup} command. */
@Command(
    name = "backup",
    description = {
      "Copy the state of the group from the folder of one replica, which may run meanwhile.",
      "The copy has the newest checkpoint and the decisions behind it, and is checked: every"
          + " certificate, and the chain of the decisions. That the checkpoint itself is right rests on"
          + " this one replica: take the copy from one that you trust. It holds no key and no vote."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class BackupCommand implements Callable<Integer> {
  /** In a backup: log and checkpoint. */
  static final Path STATE = Path.of("state");

  @Parameters(index = "0", paramLabel = "DIR", description = "The folder of a replica.")
  private Path folder;

  @Parameters(index = "1", paramLabel = "OUT", description = "A folder that does not exist yet.")
  private Path target;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  BackupCommand() {}

  @Override
  public Integer call() throws IOException {
    ReplicaDirectory replica = ReplicaDirectory.open(folder);
    ClusterConfig cluster = replica.cluster();
    Path data = LogCommand.data(replica);
    if (Files.exists(target)) {
      throw new IOException(target + " exists already, and nothing is ever overwritten");
    }
    ClusterDirectory.createPrivate(target);
    StateCopy.Result made;
    try {
      made = copy(data, cluster).to(target.resolve(STATE), replica.settings().id());
      Files.copy(replica.clusterFile(), target.resolve("cluster.yaml"));
    } catch (IOException | RuntimeException e) {
      if (!Files.exists(target.resolve(STATE))) {
        Files.deleteIfExists(target);
      }
      throw e;
    }
    print(spec.commandLine().getOut(), json, made, "Copied to " + target);
    return 0;
  }

  static StateCopy copy(Path source, ClusterConfig cluster) {
    return new StateCopy(
        source,
        cluster.domains(),
        cluster.configurationDigest(),
        cluster.view(),
        cluster.verifier());
  }

  static void print(PrintWriter out, boolean json, StateCopy.Result made, String what) {
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("lastDecision", made.lastDecision());
      all.put("checkpoint", made.checkpoint());
      all.put("checkpointBytes", made.checkpointBytes());
      all.put("signatures", made.signatures());
      Json.print(out, all);
    } else {
      out.printf(
          "%s: the state after instance %d (%s); %,d signatures checked.%n",
          what,
          made.lastDecision(),
          made.checkpoint() == 0
              ? "all decisions from the first on"
              : String.format(
                  "checkpoint at instance %d of %,d bytes, and %d decisions",
                  made.checkpoint(),
                  made.checkpointBytes(),
                  made.lastDecision() - made.checkpoint()),
          made.signatures());
      out.flush();
    }
  }
}
