package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;

/**
 * Says who may be a client of a cluster. Its key is needed to issue credentials, and nowhere else:
 * it should be kept away from the replicas.
 *
 * @param key P-256
 * @param certificate self-signed; every replica knows it
 */
public record ClientAuthority(PrivateKey key, X509Certificate certificate) {
  private static final String KEY = "key.pem";
  private static final String CERTIFICATE = "certificate.pem";

  /**
   * Makes a new one.
   *
   * @param name for people who look at the certificate, at most 64 characters
   */
  public static ClientAuthority generate(String name) {
    KeyPair keys = KeyPairs.p256();
    return new ClientAuthority(keys.getPrivate(), X509Issuer.authority(name, keys));
  }

  /**
   * Makes a new client identity.
   *
   * @param cluster the digest of the cluster that it is for
   * @param name for people who look at the certificate, at most 64 characters
   */
  public ClientCredentials issue(Digest cluster, String name) {
    KeyPair keys = KeyPairs.p256();
    ClientKey publicKey = ClientKey.of(keys.getPublic());
    return new ClientCredentials(
        keys.getPrivate(),
        X509Issuer.client(name, keys.getPublic(), this),
        endorse(cluster, publicKey));
  }

  private Bytes endorse(Digest cluster, ClientKey client) {
    try {
      Signature signature = SignatureProvider.best().p256Signer(key);
      signature.update(endorsement(cluster, client));
      return new Bytes(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the authority's key is no P-256 key", e);
    }
  }

  /** The statement that an authority signs: this key is a client of this cluster. */
  static byte[] endorsement(Digest cluster, ClientKey client) {
    return new Encoder(128)
        .label("LOCKSTEP-CLIENT-KEY")
        .digest(cluster)
        .raw(client.point().array())
        .toByteArray();
  }

  /** Writes two files; the one with the key can be read by its owner only. */
  public void write(Path directory) throws IOException {
    Pem.writePrivate(directory.resolve(KEY), Pem.PRIVATE_KEY, key.getEncoded());
    Pem.writePublic(
        directory.resolve(CERTIFICATE), Pem.CERTIFICATE, X509Issuer.encode(certificate));
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException with a sentence that names the file and what is wrong with it
   */
  public static ClientAuthority load(Path directory) throws IOException {
    Path keyFile = directory.resolve(KEY);
    Path certificateFile = directory.resolve(CERTIFICATE);
    PrivateKey key = Pem.readPrivateKey(keyFile, "EC");
    X509Certificate certificate = Pem.readCertificate(certificateFile);
    X509Issuer.requirePair(key, keyFile, certificate, certificateFile);
    return new ClientAuthority(key, certificate);
  }

  /** Shows no key. */
  @Override
  public String toString() {
    return "client authority " + certificate.getSubjectX500Principal().getName();
  }
}
