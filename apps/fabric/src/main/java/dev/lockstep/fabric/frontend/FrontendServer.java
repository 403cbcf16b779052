package dev.lockstep.fabric.frontend;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.deliver.DeliverService;
import dev.lockstep.fabric.deliver.Wire;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** The gRPC server of a frontend: {@code orderer.AtomicBroadcast} as Fabric's clients know it. */
final class FrontendServer implements AutoCloseable {
  private static final Context.Key<ByteString> CERTIFICATE_HASH =
      Context.key("SHA-256 of the client's certificate");

  private static final int MOST_MESSAGE_BYTES = 100 << 20;
  private static final int MOST_CALLS_PER_CONNECTION = 1_000;

  private final DeliverService deliver;
  private final AtomicLong broadcastBytes = new AtomicLong();
  private final Server server;

  /**
   * TLS of the server, as PEM.
   *
   * @param clientRoots the authorities whose clients are let in; if there are none, clients need no
   *     certificate
   */
  record Tls(byte[] certificate, byte[] key, Optional<byte[]> clientRoots) {}

  /**
   * Starts it.
   *
   * @param address port 0 for any free one
   * @param tls without, nothing is protected
   * @throws IOException if the port cannot be bound, or the certificates are of no use
   */
  FrontendServer(
      InetSocketAddress address,
      Optional<Tls> tls,
      Orders orders,
      DeliverService deliver,
      Executor executor)
      throws IOException {
    this.deliver = deliver;
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(Wire.SERVICE)
            .addMethod(
                Wire.BROADCAST,
                ServerCalls.asyncBidiStreamingCall(
                    responses -> {
                      BroadcastStream stream =
                          new BroadcastStream(
                              (ServerCallStreamObserver<byte[]>) responses,
                              orders::take,
                              broadcastBytes);
                      stream.begin();
                      return stream;
                    }))
            .addMethod(
                Wire.DELIVER,
                ServerCalls.asyncBidiStreamingCall(
                    responses -> deliver.open(responses, CERTIFICATE_HASH.get())))
            .build();
    // Peers ping once a minute, also when they have no stream; what is not permitted ends the
    // connection.
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .executor(executor)
            .maxInboundMessageSize(MOST_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MOST_CALLS_PER_CONNECTION)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(ServerInterceptors.intercept(service, new CertificateHashes()));
    if (tls.isPresent()) {
      builder.sslContext(context(tls.get()).build());
    }
    server = builder.build().start();
  }

  private static SslContextBuilder context(Tls tls) throws IOException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(
              new ByteArrayInputStream(tls.certificate), new ByteArrayInputStream(tls.key));
      if (tls.clientRoots.isPresent()) {
        builder
            .clientAuth(ClientAuth.REQUIRE)
            .trustManager(new ByteArrayInputStream(tls.clientRoots.get()));
      }
      return GrpcSslContexts.configure(builder);
    } catch (IllegalArgumentException e) {
      throw new IOException("the TLS key and certificates are of no use: " + e.getMessage(), e);
    }
  }

  int port() {
    return server.getPort();
  }

  /** Notes with which certificate a client connected. */
  private static final class CertificateHashes implements ServerInterceptor {
    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
      ByteString hash = hashOrNull(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
      return Contexts.interceptCall(
          Context.current().withValue(CERTIFICATE_HASH, hash), call, headers, next);
    }

    private static ByteString hashOrNull(SSLSession session) {
      if (session == null) {
        return null;
      }
      try {
        Certificate[] chain = session.getPeerCertificates();
        return chain.length == 0
            ? null
            : ByteString.copyFrom(
                MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded()));
      } catch (SSLPeerUnverifiedException e) {
        return null; // TLS without a client's certificate
      } catch (CertificateEncodingException | NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() {
    deliver.close();
    server.shutdown();
    try {
      if (!server.awaitTermination(2, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
