package dev.lockstep.fabric.msp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.TestAuthority;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.hyperledger.fabric.protos.msp.FabricMSPConfig;
import org.hyperledger.fabric.protos.msp.FabricNodeOUs;
import org.hyperledger.fabric.protos.msp.FabricOUIdentifier;
import org.junit.jupiter.api.Test;

/** Organisations that are made for the test, with what the real ones do not have. */
class MspTest {
  private static final String ID = "AMSP";

  private final TestAuthority root = TestAuthority.root("root");

  private FabricMSPConfig.Builder organization() {
    return FabricMSPConfig.newBuilder()
        .setName(ID)
        .addRootCerts(root.pem())
        .setFabricNodeOus(
            FabricNodeOUs.newBuilder()
                .setEnable(true)
                .setClientOuIdentifier(unit("client", ByteString.EMPTY))
                .setPeerOuIdentifier(unit("peer", ByteString.EMPTY))
                .setAdminOuIdentifier(unit("admin", ByteString.EMPTY))
                .setOrdererOuIdentifier(unit("orderer", ByteString.EMPTY)));
  }

  private static FabricOUIdentifier unit(String name, ByteString certificate) {
    return FabricOUIdentifier.newBuilder()
        .setOrganizationalUnitIdentifier(name)
        .setCertificate(certificate)
        .build();
  }

  private static Identity member(FabricMSPConfig.Builder config, SigningIdentity of)
      throws RefusedException {
    return Msp.of(config.build()).identity(of.certificate());
  }

  private static void assertRefused(
      FabricMSPConfig.Builder config, X509Certificate certificate, String reason)
      throws RefusedException {
    Msp msp = Msp.of(config.build());
    assertThatThrownBy(() -> msp.identity(certificate))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aMemberHasTheRoleOfItsUnit() throws RefusedException {
    for (Role role : Role.values()) {
      Identity member =
          member(
              organization(), root.member(ID, "m", "other", role.name().toLowerCase(Locale.ROOT)));
      for (Role other : Role.values()) {
        assertThat(member.has(other)).isEqualTo(other == role);
      }
    }
  }

  @Test
  void noRoleOrSeveralAreNone() throws RefusedException {
    assertRefused(organization(), root.member(ID, "m", "other").certificate(), "says 0 of them");
    assertRefused(
        organization(), root.member(ID, "m", "peer", "admin").certificate(), "says 2 of them");
    assertRefused(
        organization(), root.member(ID, "m", "peer", "peer").certificate(), "says 2 of them");
  }

  @Test
  void anAdminMayBeListed() throws RefusedException {
    SigningIdentity boss = root.member(ID, "boss", "client");
    Identity listed = member(organization().addAdmins(pem(boss)), boss);
    assertThat(listed.has(Role.ADMIN)).isTrue();
    assertThat(listed.has(Role.CLIENT)).isTrue();
    assertThatThrownBy(
            () -> Msp.of(organization().addAdmins(pem(root.member(ID, "p", "peer"))).build()))
        .hasMessageContaining("a listed admin is a peer or an orderer");
    assertThatThrownBy(() -> Msp.of(organization().addAdmins(pem(root.member(ID, "x"))).build()))
        .hasMessageContaining("says 0 of them");
    FabricMSPConfig.Builder withoutUnits = organization().clearFabricNodeOus();
    SigningIdentity plain = root.member(ID, "plain");
    assertThat(member(withoutUnits.addAdmins(pem(plain)), plain).has(Role.ADMIN)).isTrue();
    Identity other = member(withoutUnits, root.member(ID, "other", "admin"));
    assertThat(other.has(Role.ADMIN)).isFalse();
    assertThatThrownBy(() -> Msp.of(withoutUnits.clearAdmins().build()))
        .hasMessageContaining("neither certificates of admins nor an OU for them");
  }

  private static ByteString pem(SigningIdentity identity) {
    return TestAuthority.pem(identity.certificate());
  }

  @Test
  void theUnitIsVouchedForByItsAuthority() throws RefusedException {
    TestAuthority people = root.below("people");
    TestAuthority machines = root.below("machines");
    FabricMSPConfig.Builder config =
        organization().addIntermediateCerts(people.pem()).addIntermediateCerts(machines.pem());
    config.getFabricNodeOusBuilder().setPeerOuIdentifier(unit("peer", machines.pem()));
    assertThat(member(config, machines.member(ID, "p", "peer")).has(Role.PEER)).isTrue();
    assertRefused(
        config, people.member(ID, "p", "peer").certificate(), "another authority has to vouch");
    assertThat(member(config, people.member(ID, "c", "client")).has(Role.CLIENT)).isTrue();
    FabricMSPConfig.Builder stranger = organization();
    stranger
        .getFabricNodeOusBuilder()
        .setPeerOuIdentifier(unit("peer", TestAuthority.root("other").pem()));
    assertThatThrownBy(() -> Msp.of(stranger.build()))
        .hasMessageContaining("the certificate of an OU is of no authority of the MSP");
  }

  @Test
  void membersAreOfTheUnitsThatTheOrganizationWants() throws RefusedException {
    SigningIdentity admin = root.member(ID, "a", "sales");
    FabricMSPConfig.Builder config =
        organization().addOrganizationalUnitIdentifiers(unit("sales", root.pem()));
    // Node OUs make the others void.
    assertThat(member(config, root.member(ID, "m", "client", "law"))).isNotNull();
    config.clearFabricNodeOus().addAdmins(pem(admin));
    assertThat(member(config, root.member(ID, "m", "sales"))).isNotNull();
    assertRefused(
        config, root.member(ID, "m", "law").certificate(), "of none of the organisation's units");
    config.addOrganizationalUnitIdentifiers(unit("law", ByteString.EMPTY));
    assertThatThrownBy(() -> Msp.of(config.build()))
        .hasMessageContaining("a unit of the organisation names no authority");
  }

  @Test
  void chainsOverIntermediateAuthorities() throws RefusedException {
    TestAuthority middle = root.below("middle");
    TestAuthority low = middle.below("low");
    FabricMSPConfig.Builder config =
        organization().addIntermediateCerts(middle.pem()).addIntermediateCerts(low.pem());
    assertThat(member(config, low.member(ID, "m", "peer"))).isNotNull();
    // An authority that vouches for authorities does not vouch for members.
    assertRefused(config, middle.member(ID, "m", "peer").certificate(), "may not for members");
    assertRefused(config, root.member(ID, "m", "peer").certificate(), "may not for members");
    assertRefused(config, low.certificate(), "one of an authority");
    assertRefused(config, root.certificate(), "one of an authority");
    assertThatThrownBy(() -> Msp.of(organization().addIntermediateCerts(low.pem()).build()))
        .hasMessageContaining("no authority of the organisation issued the certificate");
  }

  @Test
  void aStrangerWithTheSameNamesIsNoMember() throws RefusedException {
    TestAuthority twin = TestAuthority.root("root");
    assertRefused(
        organization(),
        twin.member(ID, "m", "peer").certificate(),
        "no authority of the organisation issued the certificate");
  }

  @Test
  void aMemberMayHaveExpiredButNotBecomeOneBeforeItsAuthority() throws RefusedException {
    SigningIdentity expired =
        root.member(ID, "m", Instant.parse("2026-02-01T00:00:00Z"), 1, "peer");
    assertThat(member(organization(), expired).expiresAt())
        .isEqualTo(Instant.parse("2026-02-02T00:00:00Z"));
    SigningIdentity early =
        root.member(ID, "m", Instant.parse("2025-02-01T00:00:00Z"), 999, "peer");
    assertRefused(organization(), early.certificate(), "chain is not valid");
  }

  @Test
  void whoIsRevokedIsNoMember() throws RefusedException {
    SigningIdentity member = root.member(ID, "m", "peer");
    SigningIdentity other = root.member(ID, "o", "peer");
    FabricMSPConfig.Builder config =
        organization().addRevocationList(root.revocationList(member.certificate()));
    assertRefused(config, member.certificate(), "has been revoked");
    assertThat(member(config, other)).isNotNull();
    ByteString forged = root.forgedRevocationList(other.certificate());
    assertThat(member(config.addRevocationList(forged), other)).isNotNull();
  }

  @Test
  void aRevokedAuthorityMakesTheOrganizationInvalid() {
    TestAuthority middle = root.below("middle");
    FabricMSPConfig.Builder config =
        organization()
            .addIntermediateCerts(middle.pem())
            .addRevocationList(root.revocationList(middle.certificate()));
    assertThatThrownBy(() -> Msp.of(config.build()))
        .hasMessage("the MSP AMSP is not valid: the certificate has been revoked");
  }

  @Test
  void organizationsThatAreNone() {
    assertThatThrownBy(() -> Msp.of(organization().clearName().build()))
        .hasMessage("the MSP has no id");
    assertThatThrownBy(() -> Msp.of(organization().clearRootCerts().build()))
        .hasMessageContaining("no root certificate");
    assertThatThrownBy(() -> Msp.of(organization().addRootCerts(ByteString.EMPTY).build()))
        .hasMessageContaining("is no PEM text");
    ByteString leaf = pem(root.member(ID, "m", "peer"));
    assertThatThrownBy(() -> Msp.of(organization().addRootCerts(leaf).build()))
        .hasMessageContaining("is not one of an authority");
    assertThatThrownBy(() -> Msp.of(organization().addTlsRootCerts(leaf).build()))
        .hasMessageContaining("is not one of an authority");
    ByteString stranger = TestAuthority.root("other").below("below").pem();
    assertThatThrownBy(
            () ->
                Msp.of(
                    organization()
                        .addTlsRootCerts(root.pem())
                        .addTlsIntermediateCerts(stranger)
                        .build()))
        .hasMessageContaining("no authority of the organisation issued the certificate");
    FabricMSPConfig.Builder otherHash = organization();
    otherHash.getCryptoConfigBuilder().setSignatureHashFamily("SHA3");
    assertThatThrownBy(() -> Msp.of(otherHash.build()))
        .hasMessageContaining("another hash than SHA-256");
    FabricMSPConfig.Builder nameless = organization();
    nameless.getFabricNodeOusBuilder().getPeerOuIdentifierBuilder().clear();
    assertThatThrownBy(() -> Msp.of(nameless.build())).hasMessageContaining("OU has no name");
    List<ByteString> many = Collections.nCopies(1001, root.pem());
    assertThatThrownBy(() -> Msp.of(organization().addAllRootCerts(many).build()))
        .hasMessageContaining("more than 1000 entries");
  }
}
