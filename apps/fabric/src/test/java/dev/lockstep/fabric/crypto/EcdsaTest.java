package dev.lockstep.fabric.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.fabric.TestAuthority;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EcdsaTest {
  private static final KeyPair KEYS = TestAuthority.keys();
  private static final BigInteger ORDER = ((ECPublicKey) KEYS.getPublic()).getParams().getOrder();
  private static final byte[] DATA = {1, 2, 3};

  private static boolean verify(byte[] signature) {
    return Ecdsa.verify(KEYS.getPublic(), DATA, signature);
  }

  private static byte[] signature(BigInteger r, BigInteger s) {
    return Der.sequence(Der.integer(r), Der.integer(s));
  }

  @Test
  void signaturesHaveTheLowerOfTheTwoNumbersAndOthersVerifyThem() throws GeneralSecurityException {
    for (int i = 0; i < 32; i++) {
      byte[] signature = Ecdsa.sign(KEYS.getPrivate(), DATA);
      BigInteger s = Der.twoIntegersOrNull(signature, 33)[1];
      assertThat(s).isLessThanOrEqualTo(ORDER.shiftRight(1));
      Signature other = Signature.getInstance("SHA256withECDSA", "SunEC");
      other.initVerify(KEYS.getPublic());
      other.update(DATA);
      assertThat(other.verify(signature)).isTrue();
      assertThat(verify(signature)).isTrue();
    }
  }

  @Test
  void theTwinOfASignatureIsRefused() {
    BigInteger[] numbers = Der.twoIntegersOrNull(Ecdsa.sign(KEYS.getPrivate(), DATA), 33);
    assertThat(verify(signature(numbers[0], numbers[1]))).isTrue();
    assertThat(verify(signature(numbers[0], ORDER.subtract(numbers[1])))).isFalse();
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    BigInteger[] numbers = Der.twoIntegersOrNull(Ecdsa.sign(KEYS.getPrivate(), DATA), 33);
    BigInteger r = numbers[0];
    BigInteger s = numbers[1];
    for (BigInteger[] bad :
        new BigInteger[][] {
          {BigInteger.ZERO, BigInteger.ZERO},
          {BigInteger.ZERO, s},
          {r, BigInteger.ZERO},
          {r.negate(), s},
          {r, s.negate()},
          {r.add(ORDER), s},
          {ORDER, s},
          {r, ORDER}
        }) {
      assertThat(verify(signature(bad[0], bad[1]))).as(Arrays.toString(bad)).isFalse();
    }
  }

  @Test
  void bytesBehindTheSignatureAreIgnoredAsThePeersDo() {
    byte[] signature = Ecdsa.sign(KEYS.getPrivate(), DATA);
    assertThat(verify(Arrays.copyOf(signature, signature.length + 3))).isTrue();
    assertThat(verify(Arrays.copyOf(signature, signature.length - 1))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp384r1", "secp521r1"})
  void otherCurves(String curve) {
    KeyPair keys = TestAuthority.keys(curve);
    byte[] signature = Ecdsa.sign(keys.getPrivate(), DATA);
    assertThat(Ecdsa.verify(keys.getPublic(), DATA, signature)).isTrue();
    assertThat(Ecdsa.verify(keys.getPublic(), new byte[1], signature)).isFalse();
    assertThat(verify(signature)).isFalse();
  }

  @Test
  void otherKindsOfKeys() throws GeneralSecurityException {
    KeyPair keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    assertThat(Ecdsa.verify(keys.getPublic(), DATA, Ecdsa.sign(KEYS.getPrivate(), DATA))).isFalse();
    assertThatThrownBy(() -> Ecdsa.sign(keys.getPrivate(), DATA))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "30",
        "3000",
        "30060201010201", // cut off
        "310602010102010130", // no sequence
        "3080020101020101", // indefinite length
        "308106020101020101", // a long form where the short one does
        "30820006020101020101", // a long form with a zero
        "308800000000000000060201010201", // a length of eight bytes
        "300702020001020101", // a number that is not minimal
        "3007020101020300ff", // cut off inside
        "30050200020101", // an empty number
      })
  void whatIsNoDerIsRefused(String hex) {
    assertThat(Der.twoIntegersOrNull(HexFormat.of().parseHex(hex), 33)).isNull();
  }

  @Test
  void numbersOfMoreBytesThanAnySignatureHasAreNotRead() {
    assertThat(Der.twoIntegersOrNull(signature(BigInteger.ONE.shiftLeft(600), ORDER), 67)).isNull();
  }

  @Property(tries = 500)
  void garbageIsRefusedAndNeverThrows(@ForAll @Size(max = 90) byte[] garbage) {
    assertThat(verify(garbage)).isFalse();
  }
}
