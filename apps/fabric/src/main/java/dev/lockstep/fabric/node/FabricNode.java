package dev.lockstep.fabric.node;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.BlockSigner;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.follow.CertifiedBlock;
import dev.lockstep.fabric.follow.ChainFollower;
import dev.lockstep.fabric.follow.NodeIdentity;
import dev.lockstep.fabric.follow.NodeSource;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.fabric.rpc.GrpcNodeSource;
import dev.lockstep.fabric.rpc.NodeServer;
import dev.lockstep.replica.ServiceReplica;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An ordering node: a replica that runs the {@link OrderingService}, and around it the blocks on
 * disk, their signatures, the server from which they are fetched, and the timer of batches.
 */
public final class FabricNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FabricNode.class);

  private final int id;
  private final Map<String, Ledger> ledgers = new TreeMap<>();
  private final OrderingService service;
  private final ServiceReplica replica;
  private final BlockWriter writer;
  private final ScheduledExecutorService executor;
  private final NodeServer server;
  private final CompletableFuture<String> failed = new CompletableFuture<>();

  /** Below which height blocks are missing here and must be fetched. */
  private final Map<String, Long> missingBelow = new ConcurrentHashMap<>();

  private final Map<String, ChainFollower> followers = new HashMap<>();
  private final List<GrpcNodeSource> sources = new ArrayList<>();
  private final BatchTimer timers;
  private ServiceProxy proxy;
  private boolean closed;

  /**
   * What a node is told.
   *
   * @param replica its replica, which the credentials are of; its server shows them too
   * @param identity with which it signs blocks
   * @param genesis the genesis block of each channel, as bytes
   * @param data folder for its blocks
   * @param host where its server listens
   * @param port of its server; 0 for any free one
   */
  public record Settings(
      ClusterConfig cluster,
      ReplicaSettings replica,
      ReplicaCredentials credentials,
      SigningIdentity identity,
      Map<String, byte[]> genesis,
      Path data,
      String host,
      int port) {}

  /**
   * Opens its blocks and starts its server and its replica.
   *
   * @throws IOException if its blocks or its log cannot be read or a port cannot be bound
   * @throws RefusedException if a genesis block will not do
   */
  public FabricNode(Settings settings) throws IOException, RefusedException {
    id = settings.replica.id();
    executor =
        Executors.newScheduledThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            task -> {
              Thread thread = new Thread(task, "fabric-" + id + "-node");
              thread.setDaemon(true);
              return thread;
            });
    timers = new BatchTimer(id, settings.cluster.members().size(), executor);
    try {
      Map<String, Block> genesis = new TreeMap<>();
      for (Map.Entry<String, byte[]> each : settings.genesis.entrySet()) {
        genesis.put(each.getKey(), Block.parseFrom(each.getValue()));
        Path folder = settings.data.resolve(each.getKey());
        ledgers.put(each.getKey(), Ledger.open(each.getKey(), folder, each.getValue()));
      }
      BlockSigner signer = BlockSigner.withCertificate(settings.identity);
      writer =
          new BlockWriter(
              "fabric-" + id,
              List.copyOf(ledgers.values()),
              block -> signer.sign(block.header(), Blocks.signedValue(block.lastConfig())),
              Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
              this::onMissing,
              failed::complete);
      service = new OrderingService(genesis, new Decided());
      server =
          new NodeServer(
              settings.cluster,
              settings.credentials,
              settings.host,
              settings.port,
              ledgers::get,
              executor);
      replica =
          ServiceReplica.builder(settings.cluster, settings.replica, settings.credentials, service)
              .start();
    } catch (IOException | RefusedException | RuntimeException e) {
      release();
      throw e;
    }
    replica.whenStopped().thenAccept(failed::complete);
  }

  /** Its replica. */
  public ServiceReplica replica() {
    return replica;
  }

  /** Where its server listens. */
  public int port() {
    return server.port();
  }

  /** The chain of a channel as far as this node has it; null if there is none. */
  public Ledger ledgerOrNull(String channel) {
    return ledgers.get(channel);
  }

  public Map<String, Ledger> ledgers() {
    return ledgers;
  }

  /** Completes with a sentence when this node must not go on. */
  public CompletableFuture<String> whenFailed() {
    return failed.copy();
  }

  /**
   * Takes up what a node does by itself: asks for overdue batches, and fetches what it lacks.
   *
   * @param cluster as its clients see it
   * @param client of the group, with an identity of this node's own
   * @param others the servers of the other nodes; of all of them, who signs
   * @param enough how many nodes one of which is certainly correct, f+1
   */
  public synchronized void start(
      ClusterConfig cluster,
      ClientCredentials client,
      Map<Integer, InetSocketAddress> others,
      List<NodeIdentity> identities,
      int enough) {
    proxy = ServiceProxy.builder(cluster, client).build();
    timers.start(proxy);
    others.forEach(
        (node, address) ->
            sources.add(
                new GrpcNodeSource(
                    cluster, client, node, address.getHostString(), address.getPort(), executor)));
    for (Ledger ledger : ledgers.values()) {
      followers.put(
          ledger.channel(),
          new ChainFollower(
              ledger.channel(),
              List.<NodeSource>copyOf(sources),
              identities,
              enough,
              new Missing(ledger.channel()),
              executor,
              failed::complete));
    }
  }

  /** What the service decides. On its thread. */
  private final class Decided implements OrderingService.Listener {
    @Override
    public void onBlock(OrderedBlock block) {
      timers.onCut(block.channel());
      writer.onOrdered(block);
    }

    @Override
    public void onWaiting(String channel, long dueMicros, int leader) {
      timers.onWaiting(channel, dueMicros, leader);
    }

    @Override
    public void onRestored(List<OrderingService.ChannelTip> tips) {
      for (OrderingService.ChannelTip tip : tips) {
        writer.onRestored(tip.channel(), tip.header());
      }
    }

    @Override
    public void awaitStored() throws IOException {
      writer.awaitStored();
    }
  }

  private void onMissing(String channel, long height) {
    missingBelow.merge(channel, height, Math::max);
  }

  /** Fetches from the others what this node did not execute. */
  private final class Missing implements ChainFollower.Target {
    private final String channel;

    private Missing(String channel) {
      this.channel = channel;
    }

    @Override
    public long next() {
      return writer.next(channel);
    }

    @Override
    public boolean isWanted() {
      return missingBelow.getOrDefault(channel, 0L) > next();
    }

    @Override
    public void take(CertifiedBlock block) {
      BlockHeader header = block.header();
      if (writer.onFetched(new OrderedBlock(channel, header, block.data(), block.lastConfig()))) {
        LOG.debug("node {}: fetched block {} of channel {}", id, header.getNumber(), channel);
      }
    }
  }

  private void closeLedgers() {
    for (Ledger ledger : ledgers.values()) {
      try {
        ledger.close();
      } catch (IOException e) {
        LOG.error("node {}: the blocks of channel {} cannot be closed", id, ledger.channel(), e);
      }
    }
  }

  /** Stores what is ordered here, and ends. */
  @Override
  public void close() {
    release();
  }

  private synchronized void release() {
    if (closed) {
      return;
    }
    closed = true;
    if (server != null) {
      server.close();
    }
    timers.close();
    if (proxy != null) {
      proxy.close();
    }
    if (replica != null) {
      replica.close();
    }
    followers.values().forEach(ChainFollower::close);
    if (writer != null) {
      writer.close();
    }
    sources.forEach(GrpcNodeSource::close);
    executor.shutdown();
    try {
      if (!executor.awaitTermination(2, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    closeLedgers();
  }
}
