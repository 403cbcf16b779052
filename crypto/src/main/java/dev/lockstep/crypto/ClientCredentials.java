package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/**
 * What makes a client the one it is.
 *
 * @param key P-256; behind {@code certificate}, and signs requests where they are signed
 * @param certificate what replicas see at the TLS handshake
 * @param endorsement the client authority's signature that goes with signed requests; empty in a
 *     cluster that is open to everybody
 */
public record ClientCredentials(PrivateKey key, X509Certificate certificate, Bytes endorsement) {
  private static final String KEY = "key.pem";
  private static final String CERTIFICATE = "certificate.pem";
  private static final String ENDORSEMENT = "endorsement.pem";

  /** A new identity for a cluster that is open to everybody. */
  public static ClientCredentials selfSigned(String name) {
    KeyPair keys = KeyPairs.p256();
    return new ClientCredentials(keys.getPrivate(), X509Issuer.selfSigned(name, keys), Bytes.EMPTY);
  }

  /** The public half of the key. */
  public ClientKey publicKey() {
    return ClientKey.of(certificate.getPublicKey());
  }

  /** The identity that replicas derive from the key. */
  public ClientId id() {
    return publicKey().id();
  }

  /** Writes two or three files; the one with the key can be read by its owner only. */
  public void write(Path directory) throws IOException {
    Pem.writePrivate(directory.resolve(KEY), Pem.PRIVATE_KEY, key.getEncoded());
    Pem.writePublic(
        directory.resolve(CERTIFICATE), Pem.CERTIFICATE, X509Issuer.encode(certificate));
    if (endorsement.length() > 0) {
      Pem.writePublic(directory.resolve(ENDORSEMENT), Pem.ENDORSEMENT, endorsement.array());
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException with a sentence that names the file and what is wrong with it
   */
  public static ClientCredentials load(Path directory) throws IOException {
    Path keyFile = directory.resolve(KEY);
    Path certificateFile = directory.resolve(CERTIFICATE);
    Path endorsementFile = directory.resolve(ENDORSEMENT);
    PrivateKey key = Pem.readPrivateKey(keyFile, "EC");
    X509Certificate certificate = Pem.readCertificate(certificateFile);
    X509Issuer.requirePair(key, keyFile, certificate, certificateFile);
    Bytes endorsement = Bytes.EMPTY;
    if (Files.exists(endorsementFile)) {
      endorsement = new Bytes(Pem.read(endorsementFile, Pem.ENDORSEMENT));
      if (endorsement.length() != SignatureProvider.SIGNATURE_BYTES) {
        throw new IOException(endorsementFile + " holds no endorsement of 64 bytes");
      }
    }
    return new ClientCredentials(key, certificate, endorsement);
  }

  /** Shows no key. */
  @Override
  public String toString() {
    return "credentials of client " + id();
  }
}
