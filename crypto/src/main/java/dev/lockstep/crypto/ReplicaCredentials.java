package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.EdECPrivateKey;

/**
 * What only one replica has.
 *
 * @param tlsKey P-256, behind {@code tlsCertificate}
 * @param tlsCertificate self-signed; others know it by {@link #tlsPin}
 * @param signingKey Ed25519
 */
public record ReplicaCredentials(
    PrivateKey tlsKey, X509Certificate tlsCertificate, EdECPrivateKey signingKey) {
  private static final String TLS_KEY = "tls-key.pem";
  private static final String TLS_CERTIFICATE = "tls-certificate.pem";
  private static final String SIGNING_KEY = "signing-key.pem";

  /**
   * Makes new ones.
   *
   * @param name for people who look at the certificate, at most 64 characters
   */
  public static ReplicaCredentials generate(String name) {
    KeyPair tls = KeyPairs.p256();
    return new ReplicaCredentials(
        tls.getPrivate(),
        X509Issuer.selfSigned(name, tls),
        (EdECPrivateKey) KeyPairs.ed25519().getPrivate());
  }

  /** SHA-256 of the certificate's SubjectPublicKeyInfo. */
  public Digest tlsPin() {
    return Digest.hash(tlsCertificate.getPublicKey().getEncoded());
  }

  /** What others check signatures with. */
  public SigningPublicKey signingPublicKey() {
    return SigningPublicKey.of(signingKey);
  }

  /** Writes three files; those with keys can be read by their owner only. */
  public void write(Path directory) throws IOException {
    Pem.writePrivate(directory.resolve(TLS_KEY), Pem.PRIVATE_KEY, tlsKey.getEncoded());
    Pem.writePublic(
        directory.resolve(TLS_CERTIFICATE), Pem.CERTIFICATE, X509Issuer.encode(tlsCertificate));
    Pem.writePrivate(directory.resolve(SIGNING_KEY), Pem.PRIVATE_KEY, signingKey.getEncoded());
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException with a sentence that names the file and what is wrong with it
   */
  public static ReplicaCredentials load(Path directory) throws IOException {
    Path keyFile = directory.resolve(TLS_KEY);
    Path certificateFile = directory.resolve(TLS_CERTIFICATE);
    PrivateKey tlsKey = Pem.readPrivateKey(keyFile, "EC");
    X509Certificate certificate = Pem.readCertificate(certificateFile);
    X509Issuer.requirePair(tlsKey, keyFile, certificate, certificateFile);
    return new ReplicaCredentials(
        tlsKey,
        certificate,
        (EdECPrivateKey) Pem.readPrivateKey(directory.resolve(SIGNING_KEY), "Ed25519"));
  }

  /** Shows no key. */
  @Override
  public String toString() {
    return "credentials of the replica with the signing key " + signingPublicKey();
  }
}
