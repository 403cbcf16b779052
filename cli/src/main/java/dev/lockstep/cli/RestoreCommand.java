package dev.lockstep.cli;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.storage.LogVerifier;
import dev.lockstep.storage.StateCopy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep restore} command. */
@Command(
    name = "restore",
    description = {
      "Give a stopped group the state of a backup.",
      "THIS FORGETS everything that was decided after the backup, also what clients were told was"
          + " done. Every replica of the group must be stopped and be given the same backup, before any"
          + " is started: one that goes on from its old data can split the group. Only for a group that"
          + " cannot come back by itself because more than f disks are gone for ever; one that lost up"
          + " to f needs nothing but a start.",
      "cluster.yaml then names a new generation of the group, in which nothing counts that was signed"
          + " in the one that is forgotten: every client and every machine must be given the new"
          + " file. The certificates in the backup are checked with the keys in cluster.yaml; of the"
          + " checkpoint nothing can be checked, so take the backup from a replica that you trust.",
      "Data folders must be new, or not there: move old ones away first, and keep them."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class RestoreCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "OUT", description = "What 'lockstep backup' made.")
  private Path backup;

  @Parameters(
      index = "1",
      paramLabel = "DIR",
      description = "The folder of the cluster; all replicas whose folders are in it are restored.")
  private Path directory;

  @Option(
      names = "--forget-later-decisions",
      description = "Do it. Without this option it is only said what would be done.")
  private boolean confirmed;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  RestoreCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    ClusterConfig saved = ClusterDirectory.open(backup).cluster();
    ClusterDirectory target = ClusterDirectory.open(directory);
    ClusterConfig cluster = target.cluster();
    if (!isBefore(saved, cluster)) {
      throw new IOException(
          backup
              + " is a backup of cluster "
              + saved.name()
              + " with the configuration "
              + saved.configurationDigest()
              + ", and "
              + directory
              + " has "
              + cluster.configurationDigest()
              + ": certificates of one are worth nothing in another");
    }
    Map<Integer, Path> folders = new LinkedHashMap<>();
    for (Path folder : target.replicas()) {
      ReplicaDirectory replica = ReplicaDirectory.open(folder);
      int id = replica.settings().id();
      LocalReplica local = new LocalReplica(replica);
      if (local.process().isPresent() || local.isInUse()) {
        throw new IOException("replica " + id + " runs; stop all replicas of the group first");
      }
      Path data =
          replica
              .settings()
              .data()
              .orElseThrow(() -> new IOException(folder + " keeps nothing on disk"));
      if (!StateCopy.isUnused(data)) {
        throw new IOException(
            data + " holds data of replica " + id + "; move it away first, and keep it");
      }
      folders.put(id, data);
    }
    if (folders.isEmpty()) {
      throw new IOException(directory + " holds no folder of a replica");
    }
    List<Integer> elsewhere = new ArrayList<>();
    cluster.members().stream()
        .map(ClusterConfig.Member::id)
        .filter(id -> !folders.containsKey(id))
        .forEach(elsewhere::add);
    long after = lastDecision(saved);
    boolean begun = cluster.restored().size() > saved.restored().size();
    if (begun && cluster.restored().get(saved.restored().size()).after() != after) {
      throw new IOException(
          directory
              + " was restored to another instance than "
              + after
              + ", that of "
              + backup
              + ": use the same backup on all machines");
    }
    if (!confirmed) {
      out.printf(
          "Would give replicas %s the state in %s. What was decided after it is forgotten for ever,"
              + " also what clients were told was done. Say --forget-later-decisions to do it.%n",
          folders.keySet(), backup);
      out.flush();
      return Main.BAD_INPUT;
    }
    // First: what follows is for a group that forgets, and signs under another name.
    ClusterConfig next = begun ? cluster : target.with(cluster.restoredAfter(after)).cluster();
    for (Map.Entry<Integer, Path> each : folders.entrySet()) {
      if (!Files.exists(each.getValue())) {
        ClusterDirectory.createPrivate(each.getValue());
      }
      StateCopy.Result made =
          BackupCommand.copy(backup.resolve(BackupCommand.STATE), next)
              .to(each.getValue(), each.getKey());
      BackupCommand.print(out, false, made, "Restored replica " + each.getKey());
    }
    out.printf(
        "%s names a new generation of the group, in which nothing counts that the forgotten one"
            + " signed: give it to every client.%n",
        target.clusterFile());
    if (!elsewhere.isEmpty()) {
      out.printf(
          "Replicas %s are elsewhere: put it there, and restore this same backup, before any replica"
              + " is started.%n",
          elsewhere);
    }
    out.flush();
    return 0;
  }

  /** Whether this is the cluster of the backup, or already the generation after it. */
  private static boolean isBefore(ClusterConfig saved, ClusterConfig cluster) {
    List<Domains.Restored> restored = cluster.restored();
    int before = saved.restored().size();
    return restored.size() >= before
        && restored.size() <= before + 1
        && cluster
            .withRestored(restored.subList(0, before))
            .configurationDigest()
            .equals(saved.configurationDigest());
  }

  /** The instance of the backup's state, which is looked through. */
  private long lastDecision(ClusterConfig saved) throws IOException {
    LogVerifier.Report report =
        LogVerifier.verify(
            backup.resolve(BackupCommand.STATE),
            saved.domains(),
            saved.configurationDigest(),
            saved.view(),
            saved.verifier(),
            saved.view().codecLimits());
    if (!report.isInOrder()) {
      throw new IOException(backup + " is not in order: " + String.join("; ", report.problems()));
    }
    long checkpoint = report.checkpoints().stream().mapToLong(Long::longValue).max().orElse(0);
    return Math.max(checkpoint, report.lastDecision());
  }
}
