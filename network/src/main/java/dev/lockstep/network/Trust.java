package dev.lockstep.network;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import java.security.cert.X509Certificate;

/**
 * Which replica has which TLS key, and who may be a client. Called on event loops, so it must
 * answer at once, from memory. That the other end holds the private key of the leaf certificate is
 * proven by TLS; everything else about a certificate is for this interface to judge.
 */
public interface Trust {
  /**
   * The replica whose TLS key this is, or -1.
   *
   * @param subjectPublicKeyInfo the encoded public key of the leaf certificate
   */
  int replicaOf(byte[] subjectPublicKeyInfo);

  /**
   * Whether this is the certificate chain, leaf first, of a client that may connect. Nothing of it
   * has been verified. An open cluster takes any.
   */
  boolean isClient(X509Certificate[] chain);

  /** The identity of a client: the first 128 bits of the SHA-256 of its encoded public key. */
  static ClientId clientOf(byte[] subjectPublicKeyInfo) {
    Digest digest = Digest.hash(subjectPublicKeyInfo);
    return new ClientId(digest.a(), digest.b());
  }
}
