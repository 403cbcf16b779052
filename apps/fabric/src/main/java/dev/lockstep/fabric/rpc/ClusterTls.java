package dev.lockstep.fabric.rpc;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.crypto.ClusterTrust;
import dev.lockstep.crypto.ReplicaCredentials;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS between the group's members and its clients, with the keys that they have for the group
 * itself: a node serves whoever may be a client of the group, and proves with its pinned key who it
 * is.
 */
final class ClusterTls {
  private ClusterTls() {}

  /** For the server of a node. */
  static SslContext server(ClusterConfig cluster, ReplicaCredentials credentials) {
    ClusterTrust trust = cluster.trust();
    SslContextBuilder builder =
        SslContextBuilder.forServer(credentials.tlsKey(), credentials.tlsCertificate())
            .clientAuth(ClientAuth.REQUIRE)
            .trustManager(new Judge(trust::isClient));
    return build(builder);
  }

  /** For a client of the group that connects to this node. */
  static SslContext client(ClusterConfig cluster, ClientCredentials credentials, int node) {
    ClusterTrust trust = cluster.trust();
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .keyManager(credentials.key(), credentials.certificate())
            .trustManager(
                new Judge(chain -> trust.replicaOf(chain[0].getPublicKey().getEncoded()) == node));
    return build(builder);
  }

  private static SslContext build(SslContextBuilder builder) {
    try {
      return GrpcSslContexts.configure(builder).build();
    } catch (SSLException e) {
      throw new IllegalArgumentException(
          "TLS cannot be set up with this key and certificate: " + e.getMessage(), e);
    }
  }

  /** Certificates are known one by one; there are no names in them to check. */
  private static final class Judge extends X509ExtendedTrustManager {
    private final Predicate<X509Certificate[]> trusted;

    Judge(Predicate<X509Certificate[]> trusted) {
      this.trusted = trusted;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain == null || chain.length == 0 || !trusted.test(chain)) {
        throw new CertificateException("not the certificate of anybody known");
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
