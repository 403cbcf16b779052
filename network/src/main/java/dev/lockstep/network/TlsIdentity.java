package dev.lockstep.network;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who this process is towards others: its TLS key and the certificate chain that goes with it, leaf
 * first.
 */
public record TlsIdentity(PrivateKey key, List<X509Certificate> chain) {
  public TlsIdentity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException(
          "a TLS identity needs a certificate, but its chain is empty");
    }
  }

  /** The encoded public key of the leaf. */
  byte[] subjectPublicKeyInfo() {
    return chain.get(0).getPublicKey().getEncoded();
  }
}
