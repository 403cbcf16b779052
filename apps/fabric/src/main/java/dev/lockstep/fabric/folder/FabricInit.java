package dev.lockstep.fabric.folder;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.Durability;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.frontend.Frontend;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.msp.MspFolder;
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import dev.lockstep.storage.ReplicaLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the folder of an ordering service.
 *
 * @param orderers one for each node, in cryptogen's layout: {@code msp/} with the key that signs
 *     blocks, {@code tls/} with what the frontend beside the node shows
 * @param mspId of the orderers' organisation
 * @param genesis the genesis blocks
 * @param hosts one for each node
 * @param basePort first port on a host: for other replicas, clients of the group, status, blocks,
 *     and for peers and clients of Fabric; ten more for the next node on the same host
 * @param separate whether frontends get processes of their own
 * @param clientRoots authorities whose clients the frontends let in; empty if they need no
 *     certificate
 */
public record FabricInit(
    List<Path> orderers,
    String mspId,
    List<Path> genesis,
    List<String> hosts,
    int basePort,
    boolean separate,
    List<Path> clientRoots,
    Durability durability) {
  private static final int BLOCKS_PORT = 3;
  private static final int FRONTEND_PORT = 4;

  /** Room for what an envelope has around it, and for the configuration that is made of one. */
  private static final long REQUEST_ROOM_BYTES = 1 << 20;

  private static final int MOST_REQUEST_BYTES = 64 << 20;
  private static final int BATCH_BYTES = 4 << 20;

  /**
   * Writes everything.
   *
   * @return sentences about what peers will not like, if there is anything
   * @throws IOException with one sentence; nothing that exists is overwritten
   */
  public List<String> write(Path path) throws IOException {
    List<SigningIdentity> signers = signers();
    List<String> warnings = new ArrayList<>();
    long largest = 0;
    for (Path file : genesis) {
      ChannelConfig config = FabricFile.configOf(file, Files.readAllBytes(file));
      largest = Math.max(largest, config.batch().absoluteMaxBytes());
      warnings.addAll(warnings(config, signers));
    }
    ClusterKeys keys = ClusterKeys.generate(orderers.size());
    int requestBytes = (int) Math.min(MOST_REQUEST_BYTES, largest + REQUEST_ROOM_BYTES);
    ClusterConfig cluster;
    try {
      cluster =
          ClusterConfig.builder("fabric")
              .limits(limits(requestBytes))
              .hosts(keys, hosts, basePort)
              .build();
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
    ClusterDirectory made =
        ClusterDirectory.create(
            path,
            cluster,
            keys,
            cluster.members().stream().map(each -> settings(each, requestBytes)).toList(),
            ReplicaLog::create);
    Files.createDirectory(path.resolve("genesis"));
    Files.createDirectory(path.resolve("nodes"));
    List<String> blocks = new ArrayList<>();
    for (Path file : genesis) {
      byte[] bytes = Files.readAllBytes(file);
      String name = "genesis/" + FabricFile.channelOf(file, bytes) + ".block";
      Files.write(path.resolve(name), bytes);
      blocks.add(name);
    }
    List<FabricFile.Node> nodes = new ArrayList<>();
    for (ClusterConfig.Member member : cluster.members()) {
      nodes.add(writeNode(made, member));
    }
    YamlFile.write(
        path.resolve(FabricFile.NAME),
        "What all nodes and frontends know. Not secret.",
        new FabricFile("cluster.yaml", blocks, nodes));
    return warnings;
  }

  private List<SigningIdentity> signers() throws IOException {
    List<SigningIdentity> signers = new ArrayList<>();
    for (Path orderer : orderers) {
      try {
        signers.add(MspFolder.signer(orderer.resolve("msp"), mspId));
      } catch (RefusedException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
    return signers;
  }

  /** Peers ask for what the channel's policy says; a quorum of the nodes should be just enough. */
  private List<String> warnings(ChannelConfig config, List<SigningIdentity> signers) {
    List<String> warnings = new ArrayList<>();
    List<Identity> members = new ArrayList<>();
    for (SigningIdentity signer : signers) {
      Identity member = config.msps().memberOrNull(signer.serialized());
      if (member == null) {
        warnings.add(
            "channel " + config.channelId() + " does not know the node " + signer + " as a member");
      } else {
        members.add(member);
      }
    }
    int faults = ClusterConfig.mostFaults(View.Mode.BYZANTINE, signers.size());
    int quorum = Math.min(members.size(), Frontend.quorum(signers.size(), faults));
    if (refusal(config, members.subList(0, quorum)) != null) {
      warnings.add(
          "channel "
              + config.channelId()
              + ": peers will refuse its blocks, since a quorum of the nodes does not satisfy its"
              + " policy BlockValidation: "
              + refusal(config, members.subList(0, quorum)));
    } else if (refusal(config, members.subList(0, Math.min(faults, members.size()))) == null) {
      warnings.add(
          "channel "
              + config.channelId()
              + ": its policy BlockValidation lets peers believe as few as "
              + faults
              + " node(s), so a faulty one could forge blocks; see docs/fabric.md");
    }
    return warnings;
  }

  private static String refusal(ChannelConfig config, List<Identity> signers) {
    return config.policies().refusalOrNull(ChannelConfig.BLOCK_VALIDATION, signers);
  }

  private static View.Limits limits(int requestBytes) {
    View.Limits usual = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
    return new View.Limits(
        usual.batchRequests(),
        BATCH_BYTES,
        requestBytes,
        usual.sessionWindow(),
        usual.sessionsPerClient(),
        usual.sessions(),
        usual.replyCacheBytes(),
        usual.sessionTimeoutMicros(),
        usual.openBoundMicros(),
        usual.clockBoundMicros(),
        usual.authentication());
  }

  private ReplicaSettings settings(ClusterConfig.Member member, int requestBytes) {
    ReplicaSettings usual = ReplicaSettings.defaults(member, Path.of("data"), durability);
    ReplicaConfig.Budgets budgets = usual.budgets();
    long bytes = Math.max(64L << 20, 3L * requestBytes);
    return new ReplicaSettings(
        usual.id(),
        usual.data(),
        usual.bind(),
        usual.adminHost(),
        usual.adminPort(),
        usual.durability(),
        usual.timing(),
        new ReplicaConfig.Budgets(
            budgets.clientRequests(),
            bytes,
            budgets.peerRequests(),
            bytes,
            budgets.logBytes(),
            budgets.transferBytes()));
  }

  private FabricFile.Node writeNode(ClusterDirectory made, ClusterConfig.Member member)
      throws IOException {
    int id = member.id();
    Path orderer = orderers.get(id).toAbsolutePath().normalize();
    Path folder = made.replica(id);
    String name = "node-" + id;
    made.issueClient(name);
    made.issueClient("frontend-" + id);
    Path frontend = Files.createDirectory(made.path().resolve("frontend-" + id));
    String bind = ReplicaSettings.defaults(member, Path.of("data"), durability).bind();
    YamlFile.write(
        folder.resolve(NodeFile.NAME),
        "What makes an ordering node of this replica. Paths are relative to this folder.",
        new NodeFile(
            "../" + FabricFile.NAME,
            "../client-" + name,
            orderer.resolve("msp").toString(),
            mspId,
            bind + ":" + (member.peerPort() + BLOCKS_PORT),
            "blocks",
            separate ? null : "../frontend-" + id));
    YamlFile.write(
        frontend.resolve(FrontendFile.NAME),
        "A frontend: what peers and clients connect to. Paths are relative to this folder.",
        new FrontendFile(
            "../" + FabricFile.NAME,
            "../client-frontend-" + id,
            orderer.resolve("msp").toString(),
            mspId,
            bind + ":" + (member.peerPort() + FRONTEND_PORT),
            orderer.resolve("tls/server.crt").toString(),
            orderer.resolve("tls/server.key").toString(),
            clientRoots.stream().map(each -> each.toAbsolutePath().toString()).toList(),
            "blocks"));
    Path certificate = made.path().resolve("nodes").resolve(id + ".pem");
    try (var files = Files.list(orderer.resolve("msp/signcerts"))) {
      Files.copy(files.findFirst().orElseThrow(), certificate);
    }
    return new FabricFile.Node(
        id, member.host() + ":" + (member.peerPort() + BLOCKS_PORT), mspId, "nodes/" + id + ".pem");
  }
}
