package dev.lockstep.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SignatureProviderTest {
  private static final byte[] STATEMENT = {3, 1, 4, 1, 5};
  private static final BigInteger ORDER =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
  private static final BigInteger P256_ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  private final KeyPair signing = KeyPairs.ed25519();
  private final SigningPublicKey signingKey =
      SigningPublicKey.of((EdECPrivateKey) signing.getPrivate());
  private final KeyPair client = KeyPairs.p256();

  static List<SignatureProvider> providers() {
    return SignatureProvider.all();
  }

  @Test
  void theJdkAndBouncyCastleAlwaysWork() {
    assertThat(providers())
        .extracting(SignatureProvider::describe)
        .anyMatch(name -> name.startsWith("BC "))
        .anyMatch(name -> name.startsWith("SunEC "));
    assertThat(SignatureProvider.best().describe()).isEqualTo(providers().get(0).describe());
  }

  /** The jar of the native provider is for this platform. */
  @Test
  void nativeCodeIsUsedWhereThereIsSome() {
    if (System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64")) {
      assertThat(SignatureProvider.best().describe()).startsWith("AmazonCorrettoCryptoProvider ");
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void eachChecksWhatEachSigns(SignatureProvider provider) throws Exception {
    for (SignatureProvider other : providers()) {
      byte[] byReplica = sign(provider.ed25519Signer(signing.getPrivate()));
      byte[] byClient = sign(provider.p256Signer(client.getPrivate()));
      assertThat(byReplica).hasSize(64);
      assertThat(byClient).hasSize(64);
      assertThat(other.verifyEd25519(signingKey.toPublicKey(), STATEMENT, byReplica)).isTrue();
      assertThat(other.verifyP256(client.getPublic(), STATEMENT, byClient)).isTrue();
      assertThat(other.verifyEd25519(signingKey.toPublicKey(), new byte[5], byReplica)).isFalse();
      assertThat(other.verifyP256(client.getPublic(), new byte[5], byClient)).isFalse();
    }
  }

  /** RFC 8032, section 7.1, test 3. */
  @ParameterizedTest
  @MethodSource("providers")
  void knowsTheVectorOfTheStandard(SignatureProvider provider) {
    HexFormat hex = HexFormat.of();
    SigningPublicKey key =
        SigningPublicKey.parse("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    byte[] signature =
        hex.parseHex(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    assertThat(provider.verifyEd25519(key.toPublicKey(), hex.parseHex("af82"), signature)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void everyBitCounts(SignatureProvider provider) throws Exception {
    byte[] byReplica = sign(provider.ed25519Signer(signing.getPrivate()));
    byte[] byClient = sign(provider.p256Signer(client.getPrivate()));
    for (int bit = 0; bit < 8 * 64; bit += 7) {
      assertThat(provider.verifyEd25519(signing.getPublic(), STATEMENT, flipped(byReplica, bit)))
          .isFalse();
      assertThat(provider.verifyP256(client.getPublic(), STATEMENT, flipped(byClient, bit)))
          .isFalse();
    }
  }

  private static byte[] flipped(byte[] signature, int bit) {
    byte[] changed = signature.clone();
    changed[bit / 8] ^= (byte) (1 << bit % 8);
    return changed;
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesOtherLengthsAndNoiseWithoutThrowing(SignatureProvider provider) throws Exception {
    byte[] byReplica = sign(provider.ed25519Signer(signing.getPrivate()));
    byte[] byClient = sign(provider.p256Signer(client.getPrivate()));
    Random random = new Random(1);
    for (int length = 0; length < 130; length++) {
      byte[] noise = new byte[length];
      random.nextBytes(noise);
      byte[] ones = new byte[length];
      Arrays.fill(ones, (byte) 0xff);
      for (byte[] bad : List.of(noise, ones, new byte[length])) {
        assertThat(provider.verifyEd25519(signing.getPublic(), STATEMENT, bad)).isFalse();
        assertThat(provider.verifyP256(client.getPublic(), STATEMENT, bad)).isFalse();
      }
      if (length != 64) {
        assertThat(
                provider.verifyEd25519(
                    signing.getPublic(), STATEMENT, Arrays.copyOf(byReplica, length)))
            .isFalse();
        assertThat(
                provider.verifyP256(client.getPublic(), STATEMENT, Arrays.copyOf(byClient, length)))
            .isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void refusesNumbersOutOfRange(SignatureProvider provider) throws Exception {
    byte[] byReplica = sign(provider.ed25519Signer(signing.getPrivate()));
    BigInteger s = littleEndian(Arrays.copyOfRange(byReplica, 32, 64));
    byte[] malleated = byReplica.clone();
    System.arraycopy(littleEndian(s.add(ORDER)), 0, malleated, 32, 32);
    assertThat(provider.verifyEd25519(signing.getPublic(), STATEMENT, malleated)).isFalse();

    byte[] order = new byte[32];
    System.arraycopy(P256_ORDER.toByteArray(), 1, order, 0, 32);
    byte[] byClient = sign(provider.p256Signer(client.getPrivate()));
    for (byte[] number : List.of(new byte[32], order)) {
      for (int at : new int[] {0, 32}) {
        byte[] changed = byClient.clone();
        System.arraycopy(number, 0, changed, at, 32);
        assertThat(provider.verifyP256(client.getPublic(), STATEMENT, changed)).isFalse();
      }
      byte[] both = new byte[64];
      System.arraycopy(number, 0, both, 0, 32);
      System.arraycopy(number, 0, both, 32, 32);
      assertThat(provider.verifyP256(client.getPublic(), STATEMENT, both)).isFalse();
    }
  }

  /**
   * Whoever has the key can make signatures on which implementations are known to differ: with a
   * first half that is neutral, or has a part of small order. All must give one verdict.
   */
  @ParameterizedTest
  @MethodSource("providers")
  void allRefuseSignaturesWithPointsOfSmallOrder(SignatureProvider provider) throws Exception {
    byte[] neutral = new byte[32];
    neutral[0] = 1;
    assertThat(
            provider.verifyEd25519(
                signing.getPublic(), STATEMENT, crafted(BigInteger.ZERO, neutral)))
        .isFalse();
    // The point of order 2, (0, -1): its sum with r B is the point with both coordinates negated.
    for (int r = 1; r < 20; r++) {
      byte[] first = negated(multiple(BigInteger.valueOf(r)));
      assertThat(Ed25519.validatePublicKeyFull(first, 0)).isFalse();
      assertThat(Ed25519.validatePublicKeyPartial(first, 0)).isTrue();
      byte[] signature = crafted(BigInteger.valueOf(r), first);
      assertThat(provider.verifyEd25519(signing.getPublic(), STATEMENT, signature)).isFalse();
    }
  }

  /** A signature with this first half that holds but for what is of small order in it. */
  private byte[] crafted(BigInteger r, byte[] first) throws GeneralSecurityException {
    byte[] seed = ((EdECPrivateKey) signing.getPrivate()).getBytes().orElseThrow();
    byte[] secret = Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(seed), 32);
    secret[0] &= (byte) 0xf8;
    secret[31] &= 0x7f;
    secret[31] |= 0x40;
    MessageDigest hash = MessageDigest.getInstance("SHA-512");
    hash.update(first);
    hash.update(signingKey.raw().array());
    hash.update(STATEMENT);
    BigInteger h = littleEndian(hash.digest());
    BigInteger s = r.add(h.multiply(littleEndian(secret))).mod(ORDER);
    byte[] signature = Arrays.copyOf(first, 64);
    System.arraycopy(littleEndian(s), 0, signature, 32, 32);
    return signature;
  }

  /** The crafted signatures are good ones where the first half is an honest one. */
  @ParameterizedTest
  @MethodSource("providers")
  void craftingWorks(SignatureProvider provider) throws Exception {
    byte[] signature = crafted(BigInteger.valueOf(7), multiple(BigInteger.valueOf(7)));
    assertThat(provider.verifyEd25519(signing.getPublic(), STATEMENT, signature)).isTrue();
  }

  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);
  private static final BigInteger BASE_X =
      new BigInteger(
          "15112221349535400772501151409588531511454012693041857206046113283949847762202");
  private static final BigInteger BASE_Y =
      BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P);

  private static byte[] multiple(BigInteger times) {
    BigInteger x = BigInteger.ZERO;
    BigInteger y = BigInteger.ONE;
    for (int i = 0; i < times.intValueExact(); i++) {
      BigInteger product = D.multiply(x).multiply(y).multiply(BASE_X).multiply(BASE_Y).mod(P);
      BigInteger newX =
          x.multiply(BASE_Y)
              .add(y.multiply(BASE_X))
              .multiply(BigInteger.ONE.add(product).modInverse(P))
              .mod(P);
      y =
          y.multiply(BASE_Y)
              .add(x.multiply(BASE_X))
              .multiply(BigInteger.ONE.subtract(product).modInverse(P))
              .mod(P);
      x = newX;
    }
    return encoded(x, y);
  }

  private static byte[] encoded(BigInteger x, BigInteger y) {
    byte[] encoded = littleEndian(y);
    if (x.testBit(0)) {
      encoded[31] |= (byte) 0x80;
    }
    return encoded;
  }

  private static byte[] negated(byte[] encoded) {
    boolean odd = (encoded[31] & 0x80) != 0;
    byte[] bytes = encoded.clone();
    bytes[31] &= 0x7f;
    BigInteger y = P.subtract(littleEndian(bytes));
    // Of x and -x modulo an odd prime, one is odd.
    return encoded(odd ? BigInteger.ZERO : BigInteger.ONE, y);
  }

  private static BigInteger littleEndian(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static byte[] littleEndian(BigInteger number) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < 32; i++) {
      bytes[i] = number.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  private static byte[] sign(Signature signature) throws GeneralSecurityException {
    signature.update(STATEMENT);
    return signature.sign();
  }

  @Test
  void refusesPublicKeysThatAreNone() {
    byte[] neutral = new byte[32];
    neutral[0] = 1;
    Stream.of(new byte[31], new byte[33], neutral, new byte[32], negated(multiple(BigInteger.ONE)))
        .forEach(
            bytes ->
                assertThatThrownBy(() -> new SigningPublicKey(new Bytes(bytes)))
                    .isInstanceOf(IllegalArgumentException.class));
    assertThat(SigningPublicKey.parse(signingKey.toString())).isEqualTo(signingKey);
    assertThat(signingKey.toPublicKey()).isEqualTo(signing.getPublic());
  }
}
