package dev.lockstep.fabric.frontend;

import com.google.protobuf.ByteString;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.fabric.broadcast.DeliverRequest;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.deliver.Access;
import dev.lockstep.fabric.deliver.Budget;
import dev.lockstep.fabric.deliver.DeliverService;
import dev.lockstep.fabric.follow.ChainFollower;
import dev.lockstep.fabric.follow.NodeIdentity;
import dev.lockstep.fabric.follow.NodeSource;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.fabric.node.Commands;
import dev.lockstep.fabric.rpc.GrpcNodeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A frontend: the endpoint to which peers and clients of Fabric connect. It keeps the chains of all
 * channels in its folder, complete with the signatures of a quorum; an empty folder is filled from
 * the nodes first. Thread-safe.
 */
public final class Frontend implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Frontend.class);
  private static final long SENDING_BYTES = 256L << 20;
  private static final int MOST_STREAMS = 4_096;
  private static final int COMMAND_BYTES = 512 << 10;
  private static final int COMMAND_OVERHEAD_BYTES = 1024;

  private final ScheduledExecutorService executor;
  private final Map<String, FrontendChannel> channels = new TreeMap<>();
  private final List<GrpcNodeSource> sources = new ArrayList<>();
  private final List<ChainFollower> followers = new ArrayList<>();
  private final ServiceProxy proxy;
  private final DeliverService deliver;
  private final Orders orders;
  private final Settings settings;
  private FrontendServer server;
  private final CompletableFuture<String> failed = new CompletableFuture<>();
  private boolean closed;

  /**
   * What a frontend is told.
   *
   * @param client its identity in the group
   * @param identity with which it signs new configurations; of an organisation of orderers
   * @param genesis the genesis block of each channel, as bytes
   * @param nodes where the nodes serve blocks; the first one is asked for whole blocks first
   * @param signers who signs the blocks of which node
   * @param data the folder for its chains
   * @param listen where it listens; port 0 for any free one
   * @param tlsCertificate PEM; null, with the key, if nothing is protected
   * @param tlsClientRoots PEM; the authorities whose clients are let in; null if clients need no
   *     certificate
   */
  public record Settings(
      ClusterConfig cluster,
      ClientCredentials client,
      SigningIdentity identity,
      Map<String, byte[]> genesis,
      Map<Integer, InetSocketAddress> nodes,
      List<NodeIdentity> signers,
      Path data,
      InetSocketAddress listen,
      byte[] tlsCertificate,
      byte[] tlsKey,
      byte[] tlsClientRoots) {}

  /**
   * Opens its chains and begins to follow them.
   *
   * @throws IOException if a folder will not do
   */
  public Frontend(Settings settings) throws IOException {
    this.settings = settings;
    ClusterConfig cluster = settings.cluster;
    executor =
        Executors.newScheduledThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            task -> {
              Thread thread = new Thread(task, "fabric-frontend");
              thread.setDaemon(true);
              return thread;
            });
    try {
      for (Map.Entry<String, byte[]> each : settings.genesis.entrySet()) {
        Ledger ledger =
            Ledger.open(each.getKey(), settings.data.resolve(each.getKey()), each.getValue());
        channels.put(each.getKey(), new FrontendChannel(ledger, this::onConfig));
      }
      proxy = ServiceProxy.builder(cluster, settings.client).build();
      deliver =
          new DeliverService(
              this::ledgerOrNull, new Readers(), executor, new Budget(SENDING_BYTES), MOST_STREAMS);
      settings.nodes.forEach(
          (node, address) ->
              sources.add(
                  new GrpcNodeSource(
                      cluster,
                      settings.client,
                      node,
                      address.getHostString(),
                      address.getPort(),
                      executor)));
      int nodes = cluster.members().size();
      for (FrontendChannel channel : channels.values()) {
        followers.add(
            new ChainFollower(
                channel.ledger().channel(),
                List.<NodeSource>copyOf(sources),
                settings.signers,
                quorum(nodes, cluster.faults()),
                channel,
                executor,
                failed::complete));
      }
      int commandBytes =
          Math.min(COMMAND_BYTES, cluster.limits().requestBytes() - COMMAND_OVERHEAD_BYTES);
      orders = new Orders(channels::get, new Submitter(proxy, commandBytes), settings.identity);
    } catch (IOException | RuntimeException e) {
      release();
      throw e;
    }
  }

  /** How many of n nodes, of which f may be faulty, must have signed a block. */
  public static int quorum(int n, int f) {
    return (n + f + 2) / 2;
  }

  /**
   * Completes when all chains here are as long as the group said that they are when it was asked.
   * Until then it may answer that blocks are not there which the group has.
   */
  public CompletableFuture<Void> whenCaughtUp() {
    return proxy
        .invokeUnorderedAsync(Commands.heights())
        .thenComposeAsync(
            reply -> {
              try {
                CompletableFuture<?>[] all =
                    Commands.readHeights(reply).stream()
                        .filter(each -> channels.containsKey(each.channel()))
                        .map(each -> whenAt(ledgerOrNull(each.channel()), each.height()))
                        .toArray(CompletableFuture<?>[]::new);
                return CompletableFuture.allOf(all);
              } catch (dev.lockstep.services.command.RefusedException e) {
                return CompletableFuture.failedFuture(e);
              }
            },
            executor);
  }

  private static CompletableFuture<Void> whenAt(Ledger ledger, long height) {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    Runnable watcher =
        () -> {
          if (ledger.height() >= height) {
            reached.complete(null);
          }
        };
    ledger.watch(watcher);
    watcher.run();
    return reached.whenComplete((done, failure) -> ledger.unwatch(watcher));
  }

  private void onConfig() {
    deliver.review();
  }

  /** The chain of a channel as far as it is here; null if there is none. */
  public Ledger ledgerOrNull(String channel) {
    FrontendChannel known = channels.get(channel);
    return known == null ? null : known.ledger();
  }

  private ChannelConfig configOrNull(String channel) {
    FrontendChannel known = channels.get(channel);
    return known == null ? null : known.config();
  }

  /**
   * Begins to serve clients. Whoever does that before {@link #whenCaughtUp} tells peers that blocks
   * are not there which they have already.
   *
   * @throws IOException if the port cannot be bound, or the TLS files are of no use
   */
  public synchronized void serve() throws IOException {
    Optional<FrontendServer.Tls> tls =
        settings.tlsCertificate == null
            ? Optional.empty()
            : Optional.of(
                new FrontendServer.Tls(
                    settings.tlsCertificate,
                    settings.tlsKey,
                    Optional.ofNullable(settings.tlsClientRoots)));
    server = new FrontendServer(settings.listen, tls, orders, deliver, executor);
  }

  /** Where it listens, when it serves. */
  public synchronized int port() {
    return server.port();
  }

  /** Completes with a sentence when this frontend must not go on. */
  public CompletableFuture<String> whenFailed() {
    return failed.copy();
  }

  /** Who may read is what the channel's configuration says now. */
  private final class Readers implements Access {
    @Override
    public Opened open(Envelope envelope, ByteString tlsCertificateHashOrNull) {
      DeliverRequest.Parsed parsed =
          DeliverRequest.parse(
              envelope, Frontend.this::configOrNull, Instant.now(), tlsCertificateHashOrNull);
      DeliverRequest request = parsed.requestOrNull();
      if (request == null) {
        return Opened.refused(parsed.status());
      }
      return new Opened(
          Status.SUCCESS,
          request.channelId(),
          request.seek(),
          () -> request.refusalOrNull(configOrNull(request.channelId()), Instant.now()) == null);
    }
  }

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
    followers.forEach(ChainFollower::close);
    sources.forEach(GrpcNodeSource::close);
    if (proxy != null) {
      proxy.close();
    }
    executor.shutdown();
    try {
      if (!executor.awaitTermination(2, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (FrontendChannel channel : channels.values()) {
      try {
        channel.ledger().close();
      } catch (IOException e) {
        LOG.error("the blocks of channel {} cannot be closed", channel.ledger().channel(), e);
      }
    }
  }
}
