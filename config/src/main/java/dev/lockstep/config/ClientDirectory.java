package dev.lockstep.config;

import dev.lockstep.crypto.ClientCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;

/**
 * The folder of one client: {@value #FILE}, its key and its certificate. Checked as a whole.
 *
 * @param path the folder
 * @param clusterFile the file that {@code cluster} was read from
 */
public record ClientDirectory(
    Path path,
    Path clusterFile,
    ClusterConfig cluster,
    ClientSettings settings,
    ClientCredentials credentials) {

  static final String FILE = "client.yaml";

  /**
   * Reads and checks everything that a client needs.
   *
   * @param path the folder
   * @throws IOException with one sentence that names the file and what is wrong
   */
  public static ClientDirectory open(Path path) throws IOException {
    Path file = path.resolve(FILE);
    Folders.require(
        file,
        path
            + " is no folder of a client: it has no "
            + FILE
            + "; 'lockstep init' and 'lockstep client-cert' make some");
    ClientFile read = ClientFile.read(file);
    ClusterConfig cluster = ClusterFile.read(read.cluster());
    ClientCredentials credentials = ClientCredentials.load(path);
    boolean endorsed = credentials.endorsement().length() > 0;
    if (endorsed == cluster.isOpen()) {
      throw new ConfigException(
          path
              + " is the folder of a client with"
              + (endorsed ? "" : "out")
              + " an endorsement, but "
              + read.cluster()
              + (cluster.isOpen() ? " is open to everybody" : " wants one")
              + "; 'lockstep client-cert' makes fitting ones");
    }
    if (!cluster.isOpen()
        && !cluster.trust().isClient(new X509Certificate[] {credentials.certificate()})) {
      throw new ConfigException(
          path
              + " holds a certificate that the client authority of "
              + read.cluster()
              + " did not issue, or that is not in force; 'lockstep client-cert' makes new ones");
    }
    return new ClientDirectory(path, read.cluster(), cluster, read.settings(), credentials);
  }

  /** Everything that is in force, defaults included, as YAML. No secrets. */
  public String effective() {
    return ClusterFile.write(cluster) + "\n" + new ClientFile(clusterFile, settings).write();
  }
}
