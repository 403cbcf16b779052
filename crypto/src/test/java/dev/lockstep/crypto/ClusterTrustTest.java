package dev.lockstep.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Digest;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterTrustTest {
  private static final Digest CLUSTER = new Digest(1, 2, 3, 4);

  private final ReplicaCredentials zero = ReplicaCredentials.generate("replica-0");
  private final ReplicaCredentials three = ReplicaCredentials.generate("replica-3");
  private final ClientAuthority authority = ClientAuthority.generate("authority");
  private final Map<Integer, Digest> pins = Map.of(0, zero.tlsPin(), 3, three.tlsPin());
  private final ClusterTrust trust = new ClusterTrust(pins, Optional.of(authority.certificate()));

  @Test
  void knowsReplicasByTheirKeys() {
    assertThat(trust.replicaOf(spki(zero.tlsCertificate()))).isZero();
    assertThat(trust.replicaOf(spki(three.tlsCertificate()))).isEqualTo(3);
    assertThat(trust.replicaOf(spki(authority.certificate()))).isEqualTo(-1);
    assertThat(trust.replicaOf(new byte[0])).isEqualTo(-1);
  }

  @Test
  void clientsAreWhomTheAuthorityCertified() {
    ClientCredentials alice = authority.issue(CLUSTER, "alice");
    assertThat(isClient(alice.certificate())).isTrue();
    assertThat(isClient(alice.certificate(), authority.certificate())).isTrue();
    assertThat(isClient(ClientCredentials.selfSigned("alice").certificate())).isFalse();
    assertThat(isClient(ClientAuthority.generate("authority").issue(CLUSTER, "a").certificate()))
        .isFalse();
    assertThat(isClient(authority.certificate())).isFalse();
    assertThat(isClient(zero.tlsCertificate())).isFalse();
    assertThat(isClient(zero.tlsCertificate(), alice.certificate())).isFalse();
    assertThat(isClient()).isFalse();
    assertThat(trust.isClient(null)).isFalse();
  }

  @Test
  void anOpenClusterTakesAnyP256Key() {
    ClusterTrust open = new ClusterTrust(pins, Optional.empty());
    X509Certificate stranger = ClientCredentials.selfSigned("stranger").certificate();
    assertThat(open.isClient(new X509Certificate[] {stranger})).isTrue();
    assertThat(open.isClient(new X509Certificate[] {})).isFalse();
  }

  @Test
  void anIdentityNeedsAP256Key() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(384);
    KeyPair other = generator.generateKeyPair();
    assertThatThrownBy(() -> ClientKey.of(other.getPublic()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ClientKey.of(KeyPairs.ed25519().getPublic()))
        .isInstanceOf(IllegalArgumentException.class);
    X509Certificate certificate = X509Issuer.selfSigned("p384", other);
    assertThat(
            new ClusterTrust(pins, Optional.empty()).isClient(new X509Certificate[] {certificate}))
        .isFalse();
  }

  private boolean isClient(X509Certificate... chain) {
    return trust.isClient(chain);
  }

  private static byte[] spki(X509Certificate certificate) {
    return certificate.getPublicKey().getEncoded();
  }
}
