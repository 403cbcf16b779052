package dev.lockstep.config;

import dev.lockstep.crypto.ClientAuthority;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.protocol.bytes.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All files of a cluster in one folder, as {@code lockstep init} makes them:
 *
 * <pre>
 * cluster.yaml   public, the same for everybody
 * replica-N/     one replica: settings, keys, data
 * client/        a first client; more are in client-NAME/
 * authority/     the key that makes clients; belongs to whoever decides who may be one
 * </pre>
 *
 * <p>A replica on a machine of its own needs its folder there, and {@code cluster.yaml} beside it.
 *
 * @param path the folder
 */
public record ClusterDirectory(Path path, ClusterConfig cluster) {
  private static final String CLUSTER_FILE = "cluster.yaml";
  private static final Path SHARED = Path.of("..", CLUSTER_FILE);
  private static final Path DATA = Path.of("data");
  private static final String FIRST_CLIENT = "client";
  private static final String AUTHORITY = "authority";

  /**
   * Makes the vote file of a replica that is new: what it says is none of this module's business.
   */
  @FunctionalInterface
  public interface VoteFiles {
    /**
     * Returns when the file is on the disk itself.
     *
     * @param data the folder of the replica's data; made if it is missing
     * @param configuration {@link ClusterConfig#configurationDigest}
     */
    void create(Path data, Digest configuration, int replica) throws IOException;
  }

  /**
   * Writes a new cluster, with {@linkplain ReplicaSettings#defaults default settings}.
   *
   * @param path the folder; made if it is missing
   * @throws IOException with one sentence; nothing that exists is ever overwritten
   */
  public static ClusterDirectory create(
      Path path, ClusterConfig cluster, ClusterKeys keys, Durability durability, VoteFiles votes)
      throws IOException {
    return create(
        path,
        cluster,
        keys,
        cluster.members().stream()
            .map(member -> ReplicaSettings.defaults(member, DATA, durability))
            .toList(),
        votes);
  }

  /**
   * Writes a new cluster.
   *
   * @param path the folder; made if it is missing
   * @param settings of each replica; {@link ReplicaSettings#data} relative to its own folder
   * @throws IOException with one sentence; nothing that exists is ever overwritten
   */
  public static ClusterDirectory create(
      Path path,
      ClusterConfig cluster,
      ClusterKeys keys,
      List<ReplicaSettings> settings,
      VoteFiles votes)
      throws IOException {
    ClusterDirectory made = new ClusterDirectory(path, cluster);
    made.refuseToOverwrite();
    Files.createDirectories(path);
    for (int i = 0; i < settings.size(); i++) {
      ReplicaSettings each = settings.get(i);
      Path folder = createPrivate(made.replica(each.id()));
      keys.replicas().get(i).write(folder);
      Files.writeString(
          folder.resolve(ReplicaDirectory.FILE), new ReplicaFile(SHARED, each).write());
      // A replica without one has lost its votes (RULES 27), so only a new one may be given one.
      votes.create(
          folder.resolve(each.data().orElse(DATA)), cluster.configurationDigest(), each.id());
    }
    if (!cluster.isOpen()) {
      keys.authority().write(createPrivate(path.resolve(AUTHORITY)));
    }
    made.writeClient(
        path.resolve(FIRST_CLIENT),
        cluster.isOpen()
            ? ClientCredentials.selfSigned(FIRST_CLIENT)
            : keys.authority().issue(cluster.clusterDigest(), FIRST_CLIENT));
    // Last: a folder without it is no cluster.
    Files.writeString(made.clusterFile(), ClusterFile.write(cluster));
    return made;
  }

  private void refuseToOverwrite() throws ConfigException {
    List<Path> targets = new ArrayList<>();
    targets.add(clusterFile());
    cluster.members().forEach(member -> targets.add(replica(member.id())));
    targets.add(path.resolve(FIRST_CLIENT));
    targets.add(path.resolve(AUTHORITY));
    for (Path target : targets) {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        throw new ConfigException(
            target
                + " exists already and a cluster is never overwritten; choose another folder, or"
                + " remove the old cluster if it is of no use any more");
      }
    }
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new ConfigException(path + " is a file but must be a folder");
    }
  }

  /**
   * Reads the cluster's file.
   *
   * @throws IOException with one sentence that names the file and what is wrong
   */
  public static ClusterDirectory open(Path path) throws IOException {
    Path file = path.resolve(CLUSTER_FILE);
    Folders.require(
        file,
        path
            + " is no folder of a cluster: it has no "
            + CLUSTER_FILE
            + "; 'lockstep init' makes one");
    return new ClusterDirectory(path, ClusterFile.read(file));
  }

  /** Writes the public file anew, as a whole. */
  public ClusterDirectory with(ClusterConfig changed) throws IOException {
    Path temporary = path.resolve(CLUSTER_FILE + ".tmp");
    Files.writeString(temporary, ClusterFile.write(changed));
    Files.move(
        temporary,
        clusterFile(),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    return new ClusterDirectory(path, changed);
  }

  /** The public file. */
  public Path clusterFile() {
    return path.resolve(CLUSTER_FILE);
  }

  /** Where the files of a replica are, if they are here. */
  public Path replica(int id) {
    return path.resolve("replica-" + id);
  }

  /** The folder of the client that {@code init} made. */
  public Path firstClient() {
    return path.resolve(FIRST_CLIENT);
  }

  /** The folders of those replicas that are here, by id. */
  public List<Path> replicas() {
    return cluster.members().stream()
        .map(member -> replica(member.id()))
        .filter(Files::isDirectory)
        .toList();
  }

  /**
   * Makes a new client, in {@code client-NAME/}.
   *
   * @throws IOException with one sentence if the name will not do, is taken, or the authority's key
   *     is not here
   */
  public ClientDirectory issueClient(String name) throws IOException {
    if (!ClusterConfig.NAME.matcher(name).matches()) {
      throw new ConfigException(
          "'"
              + name
              + "' is no name for a client; take 1 to 40 letters, digits, dots, dashes, underscores");
    }
    Path folder = path.resolve(FIRST_CLIENT + "-" + name);
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new ConfigException(
          folder + " exists already and keys are never overwritten; choose another name");
    }
    ClientCredentials credentials;
    if (cluster.isOpen()) {
      credentials = ClientCredentials.selfSigned(name);
    } else {
      ClientAuthority authority = ClientAuthority.load(path.resolve(AUTHORITY));
      if (!cluster.clientAuthority().equals(Optional.of(authority.certificate()))) {
        throw new ConfigException(
            path.resolve(AUTHORITY) + " is not the client authority of " + clusterFile());
      }
      credentials = authority.issue(cluster.clusterDigest(), name);
    }
    writeClient(folder, credentials);
    return ClientDirectory.open(folder);
  }

  private void writeClient(Path folder, ClientCredentials credentials) throws IOException {
    createPrivate(folder);
    credentials.write(folder);
    Files.writeString(
        folder.resolve(ClientDirectory.FILE),
        new ClientFile(SHARED, ClientSettings.defaults()).write());
  }

  /** Makes a folder for its owner only, where the file system knows owners; also those above it. */
  public static Path createPrivate(Path folder) throws IOException {
    FileAttribute<?>[] attributes =
        folder.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[] {};
    Path above = folder.toAbsolutePath().getParent();
    if (above != null) {
      Files.createDirectories(above);
    }
    return Files.createDirectory(folder, attributes);
  }
}
