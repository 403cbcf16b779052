package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The public key of a client, a point of P-256, and what its identity follows from.
 *
 * @param point its coordinates, 32 bytes each; on the curve
 */
public record ClientKey(Bytes point) {
  static final int BYTES = 64;

  private static final int COORDINATE = 32;

  /** What an X.509 public key of this kind has before the coordinates (RFC 5480). */
  private static final byte[] X509_PREFIX =
      HexFormat.of().parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

  private static final BigInteger FIELD =
      new BigInteger("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
  private static final BigInteger B =
      new BigInteger("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", 16);
  private static final BigInteger THREE = BigInteger.valueOf(3);

  /** Refuses what is no point of the curve. */
  public ClientKey {
    if (!isOnCurve(point)) {
      throw new IllegalArgumentException("a client's key must be a point of the curve P-256");
    }
  }

  /** The key in these bytes, if they are one. */
  static Optional<ClientKey> decode(byte[] bytes, int from) {
    Bytes point = new Bytes(Arrays.copyOfRange(bytes, from, from + BYTES));
    return isOnCurve(point) ? Optional.of(new ClientKey(point)) : Optional.empty();
  }

  /**
   * The key that a certificate shows.
   *
   * @throws IllegalArgumentException if it is no P-256 key in its one usual encoding
   */
  public static ClientKey of(PublicKey key) {
    byte[] encoded = key.getEncoded();
    if (!(key instanceof ECPublicKey)
        || encoded == null
        || encoded.length != X509_PREFIX.length + BYTES
        || !Arrays.equals(encoded, 0, X509_PREFIX.length, X509_PREFIX, 0, X509_PREFIX.length)) {
      throw new IllegalArgumentException("a client's key must be a P-256 key");
    }
    return new ClientKey(
        new Bytes(Arrays.copyOfRange(encoded, X509_PREFIX.length, encoded.length)));
  }

  /** Implementations differ in what they make of other points, so none is let through. */
  private static boolean isOnCurve(Bytes point) {
    if (point.length() != BYTES) {
      return false;
    }
    BigInteger x = new BigInteger(1, Arrays.copyOfRange(point.array(), 0, COORDINATE));
    BigInteger y = new BigInteger(1, Arrays.copyOfRange(point.array(), COORDINATE, BYTES));
    return x.compareTo(FIELD) < 0
        && y.compareTo(FIELD) < 0
        && y.multiply(y)
                .subtract(x.multiply(x).subtract(THREE).multiply(x))
                .subtract(B)
                .mod(FIELD)
                .signum()
            == 0;
  }

  /** The identity of whoever holds the key: the first half of the digest of its encoding. */
  public ClientId id() {
    Digest digest = Digest.hash(encoded());
    return new ClientId(digest.a(), digest.b());
  }

  /** The key as an X.509 SubjectPublicKeyInfo. */
  byte[] encoded() {
    byte[] encoded = new byte[X509_PREFIX.length + BYTES];
    System.arraycopy(X509_PREFIX, 0, encoded, 0, X509_PREFIX.length);
    System.arraycopy(point.array(), 0, encoded, X509_PREFIX.length, BYTES);
    return encoded;
  }

  PublicKey toPublicKey() {
    try {
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(encoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a checked key is refused", e);
    }
  }
}
