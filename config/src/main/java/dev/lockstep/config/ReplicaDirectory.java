package dev.lockstep.config;

import dev.lockstep.crypto.ReplicaCredentials;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The folder of one replica: {@value #FILE}, its keys and certificate, and its data. Checked as a
 * whole.
 *
 * @param path the folder
 * @param clusterFile the file that {@code cluster} was read from
 */
public record ReplicaDirectory(
    Path path,
    Path clusterFile,
    ClusterConfig cluster,
    ReplicaSettings settings,
    ReplicaCredentials credentials) {

  static final String FILE = "replica.yaml";

  /**
   * Reads and checks everything that a replica needs to start.
   *
   * @param path the folder
   * @throws IOException with one sentence that names the file and what is wrong
   */
  public static ReplicaDirectory open(Path path) throws IOException {
    Path file = path.resolve(FILE);
    Folders.require(
        file,
        path + " is no folder of a replica: it has no " + FILE + "; 'lockstep init' makes some");
    ReplicaFile read = ReplicaFile.read(file);
    ClusterConfig cluster = ClusterFile.read(read.cluster());
    ReplicaSettings settings = read.settings();
    try {
      settings.checkAgainst(cluster);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file + ": " + e.getMessage(), e);
    }
    ReplicaCredentials credentials = ReplicaCredentials.load(path);
    ClusterConfig.Member member = cluster.member(settings.id());
    requireSame(member.tlsPin(), credentials.tlsPin(), "tls-pin", path, read, "tls-key.pem");
    requireSame(
        member.signingKey(),
        credentials.signingPublicKey(),
        "signing-key",
        path,
        read,
        "signing-key.pem");
    return new ReplicaDirectory(path, read.cluster(), cluster, settings, credentials);
  }

  private static void requireSame(
      Object published, Object own, String key, Path path, ReplicaFile read, String keyFile)
      throws ConfigException {
    if (!published.equals(own)) {
      throw new ConfigException(
          path.resolve(keyFile)
              + " is not the key of replica "
              + read.settings().id()
              + " in "
              + read.cluster()
              + " ("
              + key
              + "); both must come from one 'lockstep init'");
    }
  }

  /** Everything that is in force, defaults included, as YAML. No secrets. */
  public String effective() {
    return "# Configuration "
        + cluster.configurationDigest()
        + ", the same at all replicas and clients.\n"
        + ClusterFile.write(cluster)
        + "\n"
        + new ReplicaFile(clusterFile, settings).write();
  }
}
