package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Digest;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells who is at the other end of a TLS connection, once the handshake has shown that it holds the
 * key of its certificate. Immutable and thread-safe; never throws, whatever the certificates.
 */
public final class ClusterTrust {
  private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";

  private final Map<Digest, Integer> replicas = new HashMap<>();
  private final Optional<X509Certificate> authority;
  private final SignatureProvider provider = SignatureProvider.best();

  /**
   * @param tlsPins the members' {@link ReplicaCredentials#tlsPin pins} by their ids
   * @param authority the client authority, or empty if the cluster is open to everybody
   */
  public ClusterTrust(Map<Integer, Digest> tlsPins, Optional<X509Certificate> authority) {
    tlsPins.forEach((replica, pin) -> replicas.put(pin, replica));
    this.authority = authority;
  }

  /**
   * The replica with this key.
   *
   * @param spki the SubjectPublicKeyInfo of the certificate that was shown
   * @return its id, or -1 if it is nobody's
   */
  public int replicaOf(byte[] spki) {
    return replicas.getOrDefault(Digest.hash(spki), -1);
  }

  /**
   * Whether whoever shows these certificates is a client: it holds a P-256 key and, unless the
   * cluster is open to everybody, the authority has certified it and the certificate is in force.
   *
   * @param chain the client's own certificate first; the others are not needed
   */
  public boolean isClient(X509Certificate[] chain) {
    if (chain == null || chain.length == 0) {
      return false;
    }
    X509Certificate own = chain[0];
    try {
      ClientKey.of(own.getPublicKey());
      if (authority.isPresent()) {
        own.checkValidity();
        own.verify(authority.get().getPublicKey(), provider.provider());
        return isForClients(own);
      }
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  private static boolean isForClients(X509Certificate certificate) throws GeneralSecurityException {
    List<String> purposes = certificate.getExtendedKeyUsage();
    return certificate.getBasicConstraints() == -1
        && purposes != null
        && purposes.contains(CLIENT_AUTHENTICATION);
  }
}
