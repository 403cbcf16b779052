package dev.lockstep.fabric.folder;

import dev.lockstep.config.ClientDirectory;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.frontend.Frontend;
import dev.lockstep.fabric.msp.MspFolder;
import dev.lockstep.fabric.node.FabricNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of an ordering service: a cluster's, and in it
 *
 * <pre>
 * fabric.yaml          public: channels and nodes
 * genesis/, nodes/     genesis blocks; the certificates of the nodes
 * replica-N/node.yaml  what makes a node of a replica
 * frontend-N/          frontends: settings and data
 * </pre>
 *
 * @param path the folder
 */
public record FabricFolder(Path path, ClusterDirectory cluster, FabricFile file) {
  private static final String FRONTEND = "frontend-";

  /**
   * Opens a folder.
   *
   * @throws IOException with one sentence
   */
  public static FabricFolder open(Path path) throws IOException {
    FabricFile file = FabricFile.read(path.resolve(FabricFile.NAME));
    return new FabricFolder(path, ClusterDirectory.open(path), file);
  }

  /** Whether the folder of a replica is that of an ordering node. */
  public static boolean isNode(Path replica) {
    return Files.exists(replica.resolve(NodeFile.NAME));
  }

  /** The ids of the channels. */
  public List<String> channels() throws IOException {
    return List.copyOf(file.genesis(path).keySet());
  }

  /** The genesis block of a channel; null if there is no such channel. */
  public byte[] genesisOrNull(String channel) throws IOException {
    return file.genesis(path).get(channel);
  }

  /** The folders of the nodes that are here. */
  public List<Path> nodes() {
    return cluster.replicas();
  }

  /** The folders of the frontends that are here and run in processes of their own. */
  public List<Path> frontends() throws IOException {
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> all =
          entries
              .filter(each -> each.getFileName().toString().startsWith(FRONTEND))
              .filter(each -> Files.isRegularFile(each.resolve(FrontendFile.NAME)))
              .sorted()
              .toList();
      List<Path> inside =
          nodes().stream().map(node -> inside(node)).flatMap(Optional::stream).toList();
      return all.stream().filter(each -> !inside.contains(each.normalize())).toList();
    }
  }

  private static Optional<Path> inside(Path node) {
    try {
      NodeFile file = YamlFile.read(node.resolve(NodeFile.NAME), NodeFile.class);
      return Optional.ofNullable(file.frontend()).map(each -> node.resolve(each).normalize());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Where a frontend listens, by the name of its folder; all that are here. */
  public Map<String, String> listeners() throws IOException {
    Map<String, String> listeners = new LinkedHashMap<>();
    try (Stream<Path> entries = Files.list(path)) {
      for (Path each : entries.sorted().toList()) {
        Path file = each.resolve(FrontendFile.NAME);
        if (each.getFileName().toString().startsWith(FRONTEND) && Files.isRegularFile(file)) {
          listeners.put(
              each.getFileName().toString(), YamlFile.read(file, FrontendFile.class).listen());
        }
      }
    }
    return listeners;
  }

  /**
   * The authority that a client has to trust who connects to a frontend with the certificate that
   * cryptogen made; null if the frontend has no TLS.
   */
  public Path authorityOrNull(String frontend) throws IOException {
    Path folder = path.resolve(frontend);
    String certificate =
        YamlFile.read(folder.resolve(FrontendFile.NAME), FrontendFile.class).tlsCertificate();
    return certificate == null ? null : folder.resolve(certificate).resolveSibling("ca.crt");
  }

  /** A node that runs, and the frontend in the same process, if there is one. */
  public record RunningNode(FabricNode node, Optional<Frontend> frontend) implements AutoCloseable {
    @Override
    public void close() {
      frontend.ifPresent(Frontend::close);
      node.close();
    }
  }

  /**
   * Starts the node of a folder. Its frontend serves as soon as it has caught up.
   *
   * @param folder like {@code DIR/replica-0}
   * @throws IOException with one sentence
   */
  public static RunningNode startNode(Path folder) throws IOException {
    ReplicaDirectory replica = ReplicaDirectory.open(folder);
    NodeFile settings = YamlFile.read(folder.resolve(NodeFile.NAME), NodeFile.class);
    Path shared = folder.resolve(settings.fabric()).normalize();
    FabricFile fabric = FabricFile.read(shared);
    Path root = shared.toAbsolutePath().getParent();
    ClusterConfig cluster = replica.cluster();
    InetSocketAddress listen = FabricFile.address(settings.listen());
    FabricNode node;
    try {
      node =
          new FabricNode(
              new FabricNode.Settings(
                  cluster,
                  replica.settings(),
                  replica.credentials(),
                  MspFolder.signer(folder.resolve(settings.mspFolder()), settings.mspId()),
                  fabric.genesis(root),
                  folder.resolve(settings.data()),
                  listen.getHostString(),
                  listen.getPort()));
    } catch (RefusedException e) {
      throw new IOException(e.getMessage(), e);
    }
    try {
      Map<Integer, InetSocketAddress> others = fabric.blockServers();
      others.remove(replica.settings().id());
      node.start(
          cluster,
          ClientDirectory.open(folder.resolve(settings.client())).credentials(),
          others,
          fabric.signers(root),
          cluster.faults() + 1);
      return new RunningNode(
          node,
          settings.frontend() == null
              ? Optional.empty()
              : Optional.of(
                  openFrontend(folder.resolve(settings.frontend()), replica.settings().id())));
    } catch (IOException | RuntimeException e) {
      node.close();
      throw e;
    }
  }

  /**
   * Opens the frontend of a folder, which does not serve yet.
   *
   * @param folder like {@code DIR/frontend-0}
   * @throws IOException with one sentence
   */
  public static Frontend openFrontend(Path folder) throws IOException {
    return openFrontend(folder, -1);
  }

  private static Frontend openFrontend(Path folder, int near) throws IOException {
    FrontendFile settings = YamlFile.read(folder.resolve(FrontendFile.NAME), FrontendFile.class);
    Path shared = folder.resolve(settings.fabric()).normalize();
    FabricFile fabric = FabricFile.read(shared);
    Path root = shared.toAbsolutePath().getParent();
    ClientDirectory client = ClientDirectory.open(folder.resolve(settings.client()));
    InetSocketAddress listen = FabricFile.address(settings.listen());
    try {
      return new Frontend(
          new Frontend.Settings(
              client.cluster(),
              client.credentials(),
              MspFolder.signer(folder.resolve(settings.mspFolder()), settings.mspId()),
              fabric.genesis(root),
              nearFirst(fabric.blockServers(), near),
              fabric.signers(root),
              folder.resolve(settings.data()),
              new InetSocketAddress(listen.getHostString(), listen.getPort()),
              bytesOrNull(folder, settings.tlsCertificate()),
              bytesOrNull(folder, settings.tlsKey()),
              roots(folder, settings.tlsClientRoots())));
    } catch (RefusedException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The node in the same process, or else any, is asked for whole blocks first. */
  private static Map<Integer, InetSocketAddress> nearFirst(
      Map<Integer, InetSocketAddress> servers, int near) {
    Map<Integer, InetSocketAddress> ordered = new LinkedHashMap<>();
    if (servers.containsKey(near)) {
      ordered.put(near, servers.get(near));
    }
    ordered.putAll(servers);
    return ordered;
  }

  private static byte[] bytesOrNull(Path folder, String file) throws IOException {
    return file == null ? null : Files.readAllBytes(folder.resolve(file));
  }

  private static byte[] roots(Path folder, List<String> files) throws IOException {
    if (files == null || files.isEmpty()) {
      return null;
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String file : files) {
      all.write(Files.readAllBytes(folder.resolve(file)));
      all.write('\n');
    }
    return all.toByteArray();
  }
}
