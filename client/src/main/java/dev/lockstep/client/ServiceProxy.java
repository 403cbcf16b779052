package dev.lockstep.client;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.InvocationException.Outcome;
import dev.lockstep.api.InvocationTimeoutException;
import dev.lockstep.api.Invoker;
import dev.lockstep.api.PushListener;
import dev.lockstep.api.ReplyComparator;
import dev.lockstep.api.ReplyExtractor;
import dev.lockstep.api.ReplyListener;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.crypto.ClientSigner;
import dev.lockstep.network.Endpoint;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.network.ReplicaLinks;
import dev.lockstep.network.TlsIdentity;
import dev.lockstep.network.Transports;
import dev.lockstep.network.Trust;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.client.Client;
import dev.lockstep.protocol.client.ClientConfig;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.View;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client of a replicated service (the papers' ServiceProxy): one identity, one connection to each
 * replica, any number of sessions. May be made before any replica runs; calls wait for enough of
 * them within their time. Safe for any number of threads.
 *
 * <p>The proxy is an {@link Invoker} itself, with a session that is opened by its first call.
 * Whoever needs orders that do not wait for one another opens more of them with {@link
 * #openSession}.
 *
 * <pre>{@code
 * try (ServiceProxy proxy = ServiceProxy.builder(cluster, credentials).build()) {
 *   byte[] reply = proxy.invokeOrdered(command);
 * }
 * }</pre>
 */
public final class ServiceProxy implements Invoker, AutoCloseable {
  private static final long DEFAULT_SESSION = 0;

  /** How long replicas have to confirm that sessions are closed. */
  private static final long CLOSE_MILLIS = 1000;

  private final ProxyLoop proxyLoop;
  private final EventLoopGroup ownGroup;
  private final Semaphore inFlight;
  private final long callTimeoutMicros;
  private final UUID id;
  private final NetworkCounters networkCounters;
  private final AtomicLong nextHandle = new AtomicLong(DEFAULT_SESSION + 1);

  private ServiceProxy(Builder builder) {
    ClusterConfig cluster = builder.cluster;
    ClientCredentials credentials = builder.credentials;
    View view = cluster.view();
    callTimeoutMicros = builder.settings.timing().callTimeoutMicros();
    inFlight = new Semaphore(builder.maxInFlight);
    id = new UUID(credentials.id().high(), credentials.id().low());
    ownGroup = builder.group == null ? Transports.loops(1, "lockstep-client") : null;
    EventLoop loop = (ownGroup == null ? builder.group : ownGroup).next();
    networkCounters = new NetworkCounters();
    CodecLimits limits = view.codecLimits();
    proxyLoop = new ProxyLoop(loop, limits, callTimeoutMicros, call -> inFlight.release());
    ReplicaLinks links =
        new ReplicaLinks(
            loop,
            new ReplicaLinks.Config(
                credentials.id(),
                new GroupId(cluster.clusterDigest(), cluster.configurationDigest()),
                view::id,
                cluster.members().stream()
                    .map(member -> new Endpoint(member.id(), member.host(), member.clientPort()))
                    .toList(),
                cluster.tls()
                    ? new TlsIdentity(credentials.key(), List.of(credentials.certificate()))
                    : null,
                trust(cluster),
                NetworkLimits.forReplicas(view.limits())),
            proxyLoop,
            networkCounters);
    boolean signed = view.requestsAreSigned();
    Signer signer = signed ? new ClientSigner(credentials) : null;
    ClientConfig config =
        new ClientConfig(
            credentials.id(),
            cluster.domains().now(),
            view,
            builder.settings.timing(),
            randomDigest(),
            Math.max(builder.maxInFlight, builder.settings.queuedCalls()));
    proxyLoop.start(
        actions -> new Client(config, Rules.standard().quorum(), signer, actions), links);
  }

  private static Trust trust(ClusterConfig cluster) {
    var trust = cluster.trust();
    return new Trust() {
      @Override
      public int replicaOf(byte[] subjectPublicKeyInfo) {
        return trust.replicaOf(subjectPublicKeyInfo);
      }

      @Override
      public boolean isClient(X509Certificate[] chain) {
        return trust.isClient(chain);
      }
    };
  }

  private static Digest randomDigest() {
    byte[] seed = new byte[Digest.BYTES];
    new SecureRandom().nextBytes(seed);
    return Digest.hash(seed);
  }

  /** Begins a proxy for a cluster. */
  public static Builder builder(ClusterConfig cluster, ClientCredentials credentials) {
    return new Builder(cluster, credentials);
  }

  /** Settings of a proxy. Not thread-safe. */
  public static final class Builder {
    private final ClusterConfig cluster;
    private final ClientCredentials credentials;
    private ClientSettings settings = ClientSettings.defaults();
    private int maxInFlight = 4096;
    private EventLoopGroup group;

    private Builder(ClusterConfig cluster, ClientCredentials credentials) {
      this.cluster = Objects.requireNonNull(cluster, "cluster");
      this.credentials = Objects.requireNonNull(credentials, "credentials");
    }

    /** Patience and queues; by default those for a local network. */
    public Builder settings(ClientSettings settings) {
      this.settings = settings;
      return this;
    }

    /**
     * Calls that may be under way or queued at a time, 4096 by default. Beyond that, calls that do
     * not block fail with BUSY, and calls that block wait.
     */
    public Builder maxInFlight(int calls) {
      if (calls < 1) {
        throw new IllegalArgumentException("maxInFlight is " + calls + " but must be at least 1");
      }
      maxInFlight = calls;
      return this;
    }

    /** Uses these loops, which stay the caller's to close, instead of one of its own. */
    public Builder eventLoops(EventLoopGroup loops) {
      group = loops;
      return this;
    }

    /** Makes the proxy, which begins to connect. */
    public ServiceProxy build() {
      return new ServiceProxy(this);
    }
  }

  /** The identity under which services see this client. */
  public UUID id() {
    return id;
  }

  /** What its connections came to. */
  public NetworkCounters networkCounters() {
    return networkCounters;
  }

  /** A session of its own within this proxy, opened by its first call. */
  public ClientSession openSession() {
    return new ClientSession(this, nextHandle.getAndIncrement());
  }

  /** Takes what repliers push to this client from now on; replaces an earlier listener. */
  public void onPush(PushListener listener) {
    proxyLoop.onPush(listener);
  }

  @Override
  public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
    return async(DEFAULT_SESSION, operation, true);
  }

  @Override
  public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
    return async(DEFAULT_SESSION, operation, false);
  }

  @Override
  public byte[] invokeOrdered(byte[] operation) {
    return sync(DEFAULT_SESSION, operation, true);
  }

  @Override
  public byte[] invokeUnordered(byte[] operation) {
    return sync(DEFAULT_SESSION, operation, false);
  }

  /**
   * An ordered operation whose replies are compared and joined by the application. All replicas
   * send their replies whole.
   *
   * @param comparator null if the replies of correct replicas are equal bytes
   * @param extractor null to take any reply of the quorum
   */
  public CompletableFuture<byte[]> invokeOrderedAsync(
      byte[] operation, ReplyComparator comparator, ReplyExtractor extractor) {
    return submit(new Call(DEFAULT_SESSION, operation, true, comparator, extractor, null));
  }

  /**
   * An unordered one; otherwise as {@link #invokeOrderedAsync(byte[], ReplyComparator,
   * ReplyExtractor)}.
   */
  public CompletableFuture<byte[]> invokeUnorderedAsync(
      byte[] operation, ReplyComparator comparator, ReplyExtractor extractor) {
    return submit(new Call(DEFAULT_SESSION, operation, false, comparator, extractor, null));
  }

  /** An ordered operation followed reply by reply. */
  public void invokeOrdered(byte[] operation, ReplyListener listener) {
    submit(new Call(DEFAULT_SESSION, operation, true, null, null, listener));
  }

  /** An unordered operation followed reply by reply. */
  public void invokeUnordered(byte[] operation, ReplyListener listener) {
    submit(new Call(DEFAULT_SESSION, operation, false, null, null, listener));
  }

  CompletableFuture<byte[]> async(long handle, byte[] operation, boolean ordered) {
    return submit(new Call(handle, operation, ordered, null, null, null));
  }

  private CompletableFuture<byte[]> submit(Call call) {
    Objects.requireNonNull(call.operation, "operation");
    if (inFlight.tryAcquire()) {
      proxyLoop.submit(call);
    } else {
      call.fail(
          new InvocationException(
              Outcome.BUSY, "too much is in flight; the operation was not sent"));
    }
    return call.future;
  }

  byte[] sync(long handle, byte[] operation, boolean ordered) {
    if (proxyLoop.loop().inEventLoop()) {
      throw new IllegalStateException(
          "a call that waits would block the thread that has to answer it; use the Async form in"
              + " callbacks");
    }
    Objects.requireNonNull(operation, "operation");
    awaitRoom();
    Call call = new Call(handle, operation, ordered, null, null, null);
    proxyLoop.submit(call);
    try {
      return call.future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InvocationException(
          Outcome.MAY_EXECUTE, "interrupted; the operation may still be executed");
    } catch (ExecutionException e) {
      InvocationException failure = (InvocationException) e.getCause();
      // With the caller's stack, which is the one that helps.
      failure.setStackTrace(new Throwable().getStackTrace());
      throw failure;
    }
  }

  private void awaitRoom() {
    try {
      if (!inFlight.tryAcquire(callTimeoutMicros, TimeUnit.MICROSECONDS)) {
        throw new InvocationTimeoutException(
            Outcome.NOT_EXECUTED,
            "too much was in flight for too long; the operation was not sent");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InvocationException(
          Outcome.NOT_EXECUTED, "interrupted before the operation was sent");
    }
  }

  void closeSession(long handle) {
    proxyLoop.closeSession(handle);
  }

  /**
   * Ends all sessions and connections; waits for that, for a second at most. Calls under way fail,
   * with what is then known of them; later ones fail as not executed. Closing again does nothing.
   */
  @Override
  public void close() {
    CompletableFuture<Void> over = proxyLoop.close(CLOSE_MILLIS);
    if (ownGroup != null) {
      over.thenRun(() -> ownGroup.shutdownGracefully(0, 1, TimeUnit.SECONDS));
    }
    if (!proxyLoop.loop().inEventLoop()) {
      over.join();
    }
  }
}
