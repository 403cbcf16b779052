package dev.lockstep.cli;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.storage.StateCopy;
import java.io.IOException;
import java.io.PrintWriter;
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
    if (!saved.clusterDigest().equals(cluster.clusterDigest())
        || !saved.view().equals(cluster.view())) {
      throw new IOException(
          backup
              + " is a backup of cluster "
              + saved.name()
              + ", whose id or members are not those of "
              + directory
              + "; certificates of one are worth nothing in another");
    }
    Map<Integer, Path> folders = new LinkedHashMap<>();
    for (Path folder : target.replicas()) {
      ReplicaDirectory replica = ReplicaDirectory.open(folder);
      int id = replica.settings().id();
      if (new LocalReplica(replica).process().isPresent()) {
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
    if (!confirmed) {
      out.printf(
          "Would give replicas %s the state in %s. What was decided after it is forgotten for ever,"
              + " also what clients were told was done. Say --forget-later-decisions to do it.%n",
          folders.keySet(), backup);
      out.flush();
      return Main.BAD_INPUT;
    }
    for (Map.Entry<Integer, Path> each : folders.entrySet()) {
      StateCopy.Result made =
          BackupCommand.copy(backup.resolve(BackupCommand.STATE), saved)
              .to(each.getValue(), each.getKey());
      BackupCommand.print(out, false, made, "Restored replica " + each.getKey());
    }
    if (!elsewhere.isEmpty()) {
      out.printf(
          "Replicas %s are elsewhere: restore this same backup there before any replica is started,"
              + " or the group may split.%n",
          elsewhere);
    }
    out.flush();
    return 0;
  }
}
