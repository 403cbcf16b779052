package dev.lockstep.network;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 and nothing older, with a certificate at both ends. Certificates are judged by {@link
 * Trust} alone: there are no host names in them to check and no public authorities to ask.
 */
final class Tls {
  private static final String VERSION = "TLSv1.3";

  private final SslContext context;

  private Tls(SslContext context) {
    this.context = context;
  }

  /** BoringSSL where it loads. */
  static SslProvider bestProvider() {
    return OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL)
        ? SslProvider.OPENSSL
        : SslProvider.JDK;
  }

  static Tls forServer(
      TlsIdentity identity, Predicate<X509Certificate[]> trusted, SslProvider provider) {
    SslContextBuilder builder =
        SslContextBuilder.forServer(identity.key(), identity.chain())
            .clientAuth(ClientAuth.REQUIRE);
    return build(builder, trusted, provider);
  }

  static Tls forClient(
      TlsIdentity identity, Predicate<X509Certificate[]> trusted, SslProvider provider) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .keyManager(identity.key(), identity.chain())
            .endpointIdentificationAlgorithm(null);
    return build(builder, trusted, provider);
  }

  private static Tls build(
      SslContextBuilder builder, Predicate<X509Certificate[]> trusted, SslProvider provider) {
    try {
      return new Tls(
          builder
              .sslProvider(provider)
              .protocols(VERSION)
              .trustManager(new TrustByPredicate(trusted))
              .build());
    } catch (SSLException e) {
      throw new IllegalArgumentException(
          "TLS cannot be set up with this key and certificate: " + e.getMessage(), e);
    }
  }

  SslHandler handler(Channel channel) {
    SslHandler handler = context.newHandler(channel.alloc());
    handler.setHandshakeTimeoutMillis(0); // the deadline for TLS and greeting together is ours
    return handler;
  }

  /** The encoded public key that the other end has proven to hold. */
  static byte[] peerKey(SslHandler handler) throws SSLPeerUnverifiedException {
    return handler.engine().getSession().getPeerCertificates()[0].getPublicKey().getEncoded();
  }

  static byte[] keyOf(X509Certificate certificate) {
    return certificate.getPublicKey().getEncoded();
  }

  /** Whether a handshake failed because we do not trust the other end's certificate. */
  static boolean isWrongCertificate(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  private static final class TrustByPredicate extends X509ExtendedTrustManager {
    private final Predicate<X509Certificate[]> trusted;

    TrustByPredicate(Predicate<X509Certificate[]> trusted) {
      this.trusted = trusted;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (chain == null || chain.length == 0) {
        throw new CertificateException("no certificate");
      }
      if (!trusted.test(chain)) {
        throw new CertificateException(
            "not the certificate of anybody known: " + chain[0].getSubjectX500Principal());
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
