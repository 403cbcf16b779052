package dev.lockstep.fabric.crypto;

import dev.lockstep.crypto.SignatureProvider;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;

/**
 * ECDSA with SHA-256 as the peers check it: the DER of the two numbers r and s, and s in the lower
 * half of the group's order. Each signature has a twin with the other s, which anybody can compute;
 * the peers refuse it. They ignore bytes behind the DER, and so does the check here, since correct
 * nodes and peers that disagree about a signature would block each other. Thread-safe.
 */
public final class Ecdsa {
  private static final SignatureProvider P256 = SignatureProvider.best();
  private static final String OTHER_CURVES = "SHA256withECDSAinP1363Format";
  private static final int P256_BITS = 256;

  /** P-521 is the largest curve there is. */
  private static final int MAX_ORDER_BYTES = 66;

  private Ecdsa() {}

  /**
   * Signs bytes, with low s.
   *
   * @param key on one of the curves P-256, P-384 and P-521
   */
  public static byte[] sign(PrivateKey key, byte[] data) {
    if (!(key instanceof ECPrivateKey ecKey)) {
      throw new IllegalArgumentException("only ECDSA keys sign here, not " + key.getAlgorithm());
    }
    try {
      Signature signature =
          isP256(ecKey) ? P256.p256Signer(key) : initSign(Signature.getInstance(OTHER_CURVES), key);
      signature.update(data);
      byte[] raw = signature.sign();
      BigInteger order = ecKey.getParams().getOrder();
      BigInteger r = new BigInteger(1, Arrays.copyOf(raw, raw.length / 2));
      BigInteger s = new BigInteger(1, Arrays.copyOfRange(raw, raw.length / 2, raw.length));
      return Der.sequence(Der.integer(r), Der.integer(lowered(s, order)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the key cannot sign", e);
    }
  }

  private static Signature initSign(Signature signature, PrivateKey key)
      throws GeneralSecurityException {
    signature.initSign(key);
    return signature;
  }

  /** The one of s and its twin that peers accept. */
  public static BigInteger lowered(BigInteger s, BigInteger order) {
    return isLow(s, order) ? s : order.subtract(s);
  }

  private static boolean isLow(BigInteger s, BigInteger order) {
    return s.compareTo(order.shiftRight(1)) <= 0;
  }

  /** Whether the signature is one that a peer accepts. Never throws for bad bytes. */
  public static boolean verify(PublicKey key, byte[] data, byte[] signature) {
    if (!(key instanceof ECPublicKey ecKey)) {
      return false;
    }
    BigInteger[] numbers = Der.twoIntegersOrNull(signature, MAX_ORDER_BYTES + 1);
    if (numbers == null) {
      return false;
    }
    BigInteger order = ecKey.getParams().getOrder();
    BigInteger r = numbers[0];
    BigInteger s = numbers[1];
    if (r.signum() <= 0 || r.compareTo(order) >= 0 || s.signum() <= 0 || !isLow(s, order)) {
      return false;
    }
    byte[] raw = raw(r, s, (order.bitLength() + 7) / 8);
    return isP256(ecKey) ? P256.verifyP256(key, data, raw) : verifyOther(key, data, raw);
  }

  /** Providers throw for many signatures that are just wrong, and not only checked exceptions. */
  private static boolean verifyOther(PublicKey key, byte[] data, byte[] raw) {
    try {
      Signature verifier = Signature.getInstance(OTHER_CURVES);
      verifier.initVerify(key);
      verifier.update(data);
      return verifier.verify(raw);
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  private static boolean isP256(ECKey key) {
    return key.getParams().getOrder().bitLength() == P256_BITS;
  }

  private static byte[] raw(BigInteger r, BigInteger s, int length) {
    byte[] raw = new byte[2 * length];
    put(r, raw, length);
    put(s, raw, 2 * length);
    return raw;
  }

  private static void put(BigInteger number, byte[] raw, int end) {
    byte[] bytes = number.toByteArray();
    int skip = bytes[0] == 0 ? 1 : 0;
    System.arraycopy(bytes, skip, raw, end - (bytes.length - skip), bytes.length - skip);
  }
}
