package dev.lockstep.fabric.frontend;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.follow.NodeIdentity;
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.fabric.node.FabricNode;
import dev.lockstep.protocol.view.View;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Four ordering nodes and any number of frontends in this JVM, with the identities and genesis
 * blocks of the recorded data. Replicas keep nothing on disk; blocks are in a folder of the test.
 */
final class TestNetwork implements AutoCloseable {
  private static final int NODES = 4;

  private final Path folder;
  private final Map<String, byte[]> genesis = new TreeMap<>();
  private final ClusterKeys keys = ClusterKeys.generate(NODES);
  private final List<FabricNode> nodes = new ArrayList<>();
  private final List<NodeIdentity> signers = new ArrayList<>();
  private final List<Frontend> frontends = new ArrayList<>();
  private final Map<Integer, InetSocketAddress> addresses = new HashMap<>();
  private ClusterConfig cluster;
  private int clients;

  TestNetwork(Path folder, String... channels) throws Exception {
    this.folder = folder;
    for (String channel : channels) {
      genesis.put(channel, Files.readAllBytes(Samples.path("genesis/" + channel + ".block")));
    }
    View.Limits d = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
    View.Limits limits =
        new View.Limits(
            d.batchRequests(),
            d.batchBytes(),
            12 << 20,
            d.sessionWindow(),
            d.sessionsPerClient(),
            d.sessions(),
            d.replyCacheBytes(),
            d.sessionTimeoutMicros(),
            d.openBoundMicros(),
            d.clockBoundMicros(),
            d.authentication());
    cluster = ClusterConfig.builder("fabric").local(keys).limits(limits).build();
    try {
      for (int id = 0; id < NODES; id++) {
        startNode(id);
      }
      ready();
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  static Path tls(String file) {
    return Samples.path(
        "crypto/ordererOrganizations/ord.example.com/orderers/orderer1.ord.example.com/tls/"
            + file);
  }

  private void startNode(int id) throws Exception {
    ReplicaSettings embedded = ReplicaSettings.embedded(id);
    dev.lockstep.protocol.replica.ReplicaConfig.Budgets b = embedded.budgets();
    ReplicaSettings settings =
        new ReplicaSettings(
            id,
            embedded.data(),
            embedded.bind(),
            embedded.adminHost(),
            embedded.adminPort(),
            embedded.durability(),
            embedded.timing(),
            new dev.lockstep.protocol.replica.ReplicaConfig.Budgets(
                b.clientRequests(), 32 << 20, b.peerRequests(), 32 << 20));
    SigningIdentity identity = Samples.orderer(id + 1);
    FabricNode node =
        new FabricNode(
            new FabricNode.Settings(
                cluster,
                settings,
                keys.replicas().get(id),
                identity,
                genesis,
                folder.resolve("node-" + id),
                "127.0.0.1",
                0));
    nodes.add(node);
    signers.add(new NodeIdentity(id, identity.serialized(), identity.certificate().getPublicKey()));
    addresses.put(id, new InetSocketAddress("127.0.0.1", node.port()));
    cluster =
        cluster.withPorts(
            id, node.replica().peerAddress().getPort(), node.replica().clientAddress().getPort());
  }

  private void ready() {
    for (int id = 0; id < NODES; id++) {
      nodes.get(id).replica().setPeers(cluster);
      Map<Integer, InetSocketAddress> others = new HashMap<>(addresses);
      others.remove(id);
      nodes.get(id).start(cluster, client(), others, signers, cluster.faults() + 1);
    }
  }

  private dev.lockstep.crypto.ClientCredentials client() {
    return keys.authority().issue(cluster.clusterDigest(), "client-" + clients++);
  }

  FabricNode node(int id) {
    return nodes.get(id);
  }

  /** A frontend that has caught up and serves. */
  Frontend frontend(String name, boolean mutualTls) throws Exception {
    Frontend frontend =
        new Frontend(
            new Frontend.Settings(
                cluster,
                client(),
                Samples.orderer(1),
                genesis,
                addresses,
                signers,
                folder.resolve(name),
                new InetSocketAddress("127.0.0.1", 0),
                Files.readAllBytes(tls("server.crt")),
                Files.readAllBytes(tls("server.key")),
                mutualTls
                    ? Files.readAllBytes(
                        Samples.path(
                            "crypto/peerOrganizations/org1.example.com/tlsca/tlsca.org1.example.com-cert.pem"))
                    : null));
    frontends.add(frontend);
    frontend.whenCaughtUp().get(30, TimeUnit.SECONDS);
    frontend.serve();
    return frontend;
  }

  @Override
  public void close() {
    frontends.forEach(Frontend::close);
    nodes.forEach(FabricNode::close);
  }
}
