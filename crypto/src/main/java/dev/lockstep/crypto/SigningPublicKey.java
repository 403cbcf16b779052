package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * The public half of a replica's signing key, in the 32 bytes of RFC 8032.
 *
 * @param raw a point of prime order: for any other, implementations disagree on some signatures
 */
public record SigningPublicKey(Bytes raw) {
  /** Length of a key. */
  public static final int BYTES = 32;

  /** What an X.509 public key of this kind has before the 32 bytes (RFC 8410). */
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  /** Refuses bytes that are no usable key. */
  public SigningPublicKey {
    if (raw.length() != BYTES || !Ed25519.validatePublicKeyFull(raw.array(), 0)) {
      throw new IllegalArgumentException(
          "an Ed25519 public key is 32 bytes that are a point of prime order");
    }
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if it is no such key
   */
  public static SigningPublicKey parse(String hex) {
    return new SigningPublicKey(new Bytes(HexFormat.of().parseHex(hex)));
  }

  /** The public half of a private key. */
  static SigningPublicKey of(EdECPrivateKey key) {
    byte[] seed =
        key.getBytes().orElseThrow(() -> new IllegalArgumentException("the key is not readable"));
    return new SigningPublicKey(
        new Bytes(new Ed25519PrivateKeyParameters(seed, 0).generatePublicKey().getEncoded()));
  }

  PublicKey toPublicKey() {
    byte[] encoded = new byte[X509_PREFIX.length + BYTES];
    System.arraycopy(X509_PREFIX, 0, encoded, 0, X509_PREFIX.length);
    System.arraycopy(raw.array(), 0, encoded, X509_PREFIX.length, BYTES);
    try {
      return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a checked key is refused", e);
    }
  }

  /** 64 hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(raw.array());
  }
}
