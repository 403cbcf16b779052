package dev.lockstep.sql.server;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClusterTrust;
import dev.lockstep.crypto.ClusterVerifier;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.crypto.ReplicaSigner;
import dev.lockstep.network.ClientListener;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.network.TlsIdentity;
import dev.lockstep.network.Transports;
import dev.lockstep.network.Trust;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.replica.ServiceReplica;
import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.server.engine.Engine;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica of a replicated database: an engine, the service on top of it, and the port for
 * sessions. Runs until it is closed, or until {@link #whenDone} says why it cannot go on; whoever
 * runs it then starts another one; {@link Ending#kind} says whether what is on the disk can be of
 * use to it. Safe for any number of threads.
 */
public final class SqlReplica implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SqlReplica.class);

  /**
   * Why a replica ended.
   *
   * @param reason for people
   */
  public record Ending(Kind kind, String reason) {
    /** What follows from it. */
    public enum Kind {
      /** It was told to. */
      CLOSED,
      /** Its database does not work. With another one it can go on from its own log. */
      BROKEN,
      /** Its database is not what that of the others is. It must forget everything. */
      DIVERGED,
      /** The replica itself stopped, for example because its disk failed. */
      STOPPED
    }
  }

  private final Engine engine;
  private final SqlService service;
  private final ServiceReplica replica;
  private final SqlEndpoint endpoint;
  private final EventLoopGroup loops;
  private final EventLoopGroup strangers;
  private final ClientListener listener;
  private final InetSocketAddress sessionAddress;
  private final CompletableFuture<Ending> ending = new CompletableFuture<>();
  private boolean released;

  private SqlReplica(Builder builder) throws IOException, SQLException {
    ClusterConfig cluster = builder.cluster;
    int id = builder.settings.id();
    engine = builder.engine;
    byte[] clusterBytes = cluster.domains().now().toString().getBytes(StandardCharsets.UTF_8);
    ReplicaSigner signer = new ReplicaSigner(builder.credentials);
    ClusterVerifier verifier = cluster.verifier();
    Verification verification =
        new Verification(
            id,
            cluster.view().faults(),
            clusterBytes,
            statement -> signer.sign(statement).array(),
            (replica, statement, signature) ->
                cluster.view().contains(replica)
                    && verifier.replica(replica, statement, new Bytes(signature)));
    service =
        new SqlService(
            id,
            cluster.view().size(),
            engine,
            builder.sql,
            verification,
            new SqlService.Observer() {
              @Override
              public void onBroken(String reason) {
                ending.complete(new Ending(Ending.Kind.BROKEN, reason));
              }

              @Override
              public void onDiverged(String reason) {
                ending.complete(new Ending(Ending.Kind.DIVERGED, reason));
              }
            });
    endpoint = new SqlEndpoint(service.speculation(), builder.answersPass);
    verification.sendTo(endpoint::send);
    loops = Transports.loops(1, "lockstep-" + id + "-sessions");
    strangers = Transports.loops(1, "lockstep-" + id + "-session-strangers");
    listener = newListener(builder, cluster, id);
    ServiceReplica started = null;
    try {
      sessionAddress = listener.start().join();
      ServiceReplica.Builder inner =
          ServiceReplica.builder(cluster, builder.settings, builder.credentials, service)
              .interceptor(builder.interceptor);
      started = builder.lost ? inner.afterLoss().start() : inner.start();
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } finally {
      if (started == null) {
        endNetwork();
        service.close();
      }
    }
    replica = started;
    replica
        .whenStopped()
        .thenAccept(reason -> ending.complete(new Ending(Ending.Kind.STOPPED, reason)));
  }

  private ClientListener newListener(Builder builder, ClusterConfig cluster, int id) {
    ReplicaCredentials credentials = builder.credentials;
    ClusterTrust clusterTrust = cluster.trust();
    Trust trust =
        new Trust() {
          @Override
          public int replicaOf(byte[] subjectPublicKeyInfo) {
            return clusterTrust.replicaOf(subjectPublicKeyInfo);
          }

          @Override
          public boolean isClient(X509Certificate[] chain) {
            return clusterTrust.isClient(chain);
          }
        };
    return new ClientListener(
        loops,
        strangers,
        new ClientListener.Config(
            id,
            new GroupId(cluster.clusterDigest(), cluster.configurationDigest()),
            () -> cluster.view().id(),
            builder.settings.bind(),
            builder.sessionPort,
            cluster.tls()
                ? new TlsIdentity(credentials.tlsKey(), List.of(credentials.tlsCertificate()))
                : null,
            trust,
            NetworkLimits.forClients(cluster.view().limits())),
        endpoint,
        new NetworkCounters());
  }

  /** Begins a replica. */
  public static Builder builder(
      ClusterConfig cluster,
      ReplicaSettings settings,
      ReplicaCredentials credentials,
      Engine engine) {
    return new Builder(cluster, settings, credentials, engine);
  }

  /** Settings of a replica. Not thread-safe. */
  public static final class Builder {
    private final ClusterConfig cluster;
    private final ReplicaSettings settings;
    private final ReplicaCredentials credentials;
    private final Engine engine;
    private SqlSettings sql = SqlSettings.defaults();
    private int sessionPort;
    private boolean lost;
    private UnaryOperator<SessionMessage.Answer> answersPass = UnaryOperator.identity();
    private UnaryOperator<Actions> interceptor = UnaryOperator.identity();

    private Builder(
        ClusterConfig cluster,
        ReplicaSettings settings,
        ReplicaCredentials credentials,
        Engine engine) {
      this.cluster = Objects.requireNonNull(cluster, "cluster");
      this.settings = Objects.requireNonNull(settings, "settings");
      this.credentials = Objects.requireNonNull(credentials, "credentials");
      this.engine = Objects.requireNonNull(engine, "engine");
    }

    /** What must be the same on all replicas. */
    public Builder sql(SqlSettings settingsOfAll) {
      sql = settingsOfAll;
      return this;
    }

    /** Where sessions connect; 0, the default, for any free port. */
    public Builder sessionPort(int port) {
      sessionPort = port;
      return this;
    }

    /** As {@link ServiceReplica.Builder#afterLoss}. */
    public Builder afterLoss() {
      lost = true;
      return this;
    }

    /** What every answer to a session passes on its way out; null drops it. For tests of liars. */
    public Builder answersPass(UnaryOperator<SessionMessage.Answer> through) {
      answersPass = through;
      return this;
    }

    /** As {@link ServiceReplica.Builder#interceptor}. For tests of liars. */
    public Builder interceptor(UnaryOperator<Actions> between) {
      interceptor = between;
      return this;
    }

    /**
     * Empties the database and starts the replica. The engine is the replica's from here on, also
     * if it does not start.
     *
     * @throws IOException with a sentence, if the replica or its database cannot start
     */
    public SqlReplica start() throws IOException {
      try {
        return new SqlReplica(this);
      } catch (SQLException e) {
        engine.close();
        throw new IOException(
            "the database of replica " + settings.id() + " cannot be used: " + e.getMessage(), e);
      } catch (IOException | RuntimeException e) {
        engine.close();
        throw e;
      }
    }
  }

  /** The replica underneath. */
  public ServiceReplica replica() {
    return replica;
  }

  /** Commands of the group's order that its database has done. */
  public long commandsDone() {
    return service.commandsDone();
  }

  /** Messages of sessions that no correct client sends, and that were dropped. */
  public long badMessages() {
    return endpoint.badMessages();
  }

  /** Where sessions connect. */
  public InetSocketAddress sessionAddress() {
    return sessionAddress;
  }

  /** Completes when the replica cannot go on, or was closed. Close it then. */
  public CompletableFuture<Ending> whenDone() {
    return ending.copy();
  }

  private void endNetwork() {
    listener.close();
    strangers.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Override
  public void close() {
    ending.complete(new Ending(Ending.Kind.CLOSED, "closed"));
    synchronized (this) {
      if (released) {
        return;
      }
      released = true;
      replica.close();
      endNetwork();
      service.close();
      engine.close();
      LOG.info("replica {}: its database is closed", replica.id());
    }
  }
}
