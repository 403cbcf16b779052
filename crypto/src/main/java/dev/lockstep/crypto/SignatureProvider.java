package dev.lockstep.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * One implementation of the signature schemes. Which one is used makes a difference in speed only:
 * all must give the same verdict on the same bytes, since correct replicas that disagree about a
 * signature of a faulty one would block each other. Immutable and thread-safe.
 */
public final class SignatureProvider {
  /** Both schemes' signatures are that long. */
  public static final int SIGNATURE_BYTES = 64;

  private static final String ED25519 = "Ed25519";
  private static final String ECDSA_P256 = "SHA256withECDSAinP1363Format";
  private static final BigInteger P256_ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  private final Provider provider;

  private SignatureProvider(Provider provider) {
    this.provider = provider;
  }

  /** The fastest that works here: native code, Bouncy Castle, or what the JDK has. */
  public static SignatureProvider best() {
    return CANDIDATES.stream()
        .map(SignatureProvider::tried)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("this Java platform has no Ed25519 signatures"));
  }

  private static final List<Supplier<Provider>> CANDIDATES =
      List.of(
          () -> AmazonCorrettoCryptoProvider.INSTANCE,
          BouncyCastleProvider::new,
          () -> Security.getProvider("SunEC"));

  /** All that work here, the fastest first. */
  static List<SignatureProvider> all() {
    return CANDIDATES.stream().map(SignatureProvider::tried).flatMap(Optional::stream).toList();
  }

  /**
   * A provider may be there and yet not work: its native library is of another platform, or wants
   * another C library. So it has to sign and check once. Not working is no error, there are others.
   */
  private static Optional<SignatureProvider> tried(Supplier<Provider> candidate) {
    try {
      Provider provider = candidate.get();
      if (provider == null) {
        return Optional.empty();
      }
      SignatureProvider tried = new SignatureProvider(provider);
      return tried.works() ? Optional.of(tried) : Optional.empty();
    } catch (GeneralSecurityException | RuntimeException | LinkageError e) {
      return Optional.empty();
    }
  }

  private boolean works() throws GeneralSecurityException {
    byte[] statement = {1, 2, 3};
    KeyPair signing = KeyPairs.ed25519();
    KeyPair client = KeyPairs.p256();
    return verifyEd25519(signing.getPublic(), statement, signEd25519(signing, statement))
        && verifyP256(client.getPublic(), statement, signP256(client, statement));
  }

  private byte[] signEd25519(KeyPair keys, byte[] statement) throws GeneralSecurityException {
    return sign(ed25519Signer(keys.getPrivate()), statement);
  }

  private byte[] signP256(KeyPair keys, byte[] statement) throws GeneralSecurityException {
    return sign(p256Signer(keys.getPrivate()), statement);
  }

  private static byte[] sign(Signature signature, byte[] statement)
      throws GeneralSecurityException {
    signature.update(statement);
    return signature.sign();
  }

  /** Name and version, for logs and status pages. */
  String describe() {
    return provider.getName() + " " + provider.getVersionStr();
  }

  Provider provider() {
    return provider;
  }

  /** Ready to sign; not thread-safe. */
  Signature ed25519Signer(PrivateKey key) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ED25519, provider);
    signature.initSign(key);
    return signature;
  }

  /** Ready to sign; signatures are the two numbers r and s of 32 bytes each. Not thread-safe. */
  public Signature p256Signer(PrivateKey key) throws GeneralSecurityException {
    Signature signature = Signature.getInstance(ECDSA_P256, provider);
    signature.initSign(key);
    return signature;
  }

  /**
   * Checks an Ed25519 signature. Implementations differ in what they make of points that are not in
   * the group of prime order, which a faulty signer can choose. The key is known to be in it
   * ({@link SigningPublicKey}); then all but Bouncy Castle accept no other first half either, and
   * Bouncy Castle is helped. The neutral element, on which they differ too, is refused by all. The
   * length is checked because the JDK 17 ignores bytes behind a signature.
   */
  boolean verifyEd25519(PublicKey key, byte[] statement, byte[] signature) {
    return signature.length == SIGNATURE_BYTES
        && !startsWithNeutral(signature)
        && (!(provider instanceof BouncyCastleProvider)
            || Ed25519.validatePublicKeyFull(signature, 0))
        && verify(ED25519, key, statement, signature);
  }

  /** The encoding of the neutral element is a one and 31 zeros. */
  private static boolean startsWithNeutral(byte[] signature) {
    int bits = signature[0] ^ 1;
    for (int i = 1; i < SIGNATURE_BYTES / 2; i++) {
      bits |= signature[i];
    }
    return bits == 0;
  }

  /**
   * Checks an ECDSA signature, the two numbers r and s of 32 bytes each. The ranges are checked
   * because not every JDK 17 does (r = s = 0).
   */
  public boolean verifyP256(PublicKey key, byte[] statement, byte[] signature) {
    return signature.length == SIGNATURE_BYTES
        && inRange(signature, 0)
        && inRange(signature, SIGNATURE_BYTES / 2)
        && verify(ECDSA_P256, key, statement, signature);
  }

  private static boolean inRange(byte[] signature, int from) {
    BigInteger number =
        new BigInteger(1, Arrays.copyOfRange(signature, from, from + SIGNATURE_BYTES / 2));
    return number.signum() > 0 && number.compareTo(P256_ORDER) < 0;
  }

  /** Providers throw for many signatures that are just wrong, and not only checked exceptions. */
  private boolean verify(String algorithm, PublicKey key, byte[] statement, byte[] bytes) {
    try {
      Signature signature = Signature.getInstance(algorithm, provider);
      signature.initVerify(key);
      signature.update(statement);
      return signature.verify(bytes);
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }
}
