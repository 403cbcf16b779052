package dev.lockstep.fabric.msp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.TestAuthority;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.hyperledger.fabric.protos.common.CombinedPrincipal;
import org.hyperledger.fabric.protos.common.MSPIdentityAnonymity;
import org.hyperledger.fabric.protos.common.MSPPrincipal;
import org.hyperledger.fabric.protos.common.MSPRole;
import org.hyperledger.fabric.protos.common.OrganizationUnit;
import org.junit.jupiter.api.Test;

class MspManagerTest {
  private final MspManager msps = Samples.config("raftsig10crl").msps();
  private final SigningIdentity orderer = Samples.orderer(1);
  private final SigningIdentity admin = Samples.ordererAdmin();

  @Test
  void theMembersOfTheRealOrganizations() {
    assertRole(orderer, Role.ORDERER);
    assertRole(admin, Role.ADMIN);
    assertRole(Samples.user("User1", 1), Role.CLIENT);
    assertRole(Samples.user("Admin", 2), Role.ADMIN);
    assertRole(
        Samples.signer(
            "peerOrganizations/org1.example.com/peers/peer0.org1.example.com", "Org1MSP"),
        Role.PEER);
    assertRole(Samples.signer("extra/expired-user.org1", "Org1MSP"), Role.CLIENT);
  }

  private void assertRole(SigningIdentity signer, Role role) {
    Identity member = msps.memberOrNull(signer.serialized());
    assertThat(member.mspId()).isEqualTo(signer.mspId());
    for (Role other : Role.values()) {
      assertThat(member.has(other)).as("%s %s", member, other).isEqualTo(other == role);
    }
    assertThat(msps.memberOrNull(signer.serialized())).isSameAs(member);
  }

  @Test
  void strangersAndTheRevokedAreNoMembers() {
    assertThat(memberOrNull("extra/outsider-user1.org1", "Org1MSP")).isNull();
    assertThat(memberOrNull("extra/outsider-orderer1.ord", "OrdererMSP")).isNull();
    assertThat(memberOrNull("extra/revoked-user.org1", "Org1MSP")).isNull();
    assertThat(Samples.config("raftsig10").msps())
        .satisfies(
            without ->
                assertThat(
                        without.memberOrNull(
                            Samples.signer("extra/revoked-user.org1", "Org1MSP").serialized()))
                    .isNotNull());
    ByteString pem = TestAuthority.pem(orderer.certificate());
    assertThat(msps.memberOrNull(TestAuthority.serialized("Org1MSP", pem))).isNull();
    assertThat(msps.memberOrNull(TestAuthority.serialized("NoSuchMSP", pem))).isNull();
  }

  private Identity memberOrNull(String folder, String mspId) {
    return msps.memberOrNull(Samples.signer(folder, mspId).serialized());
  }

  @Test
  void bytesThatNameNobody() {
    assertThat(msps.memberOrNull(ByteString.EMPTY)).isNull();
    assertThat(msps.memberOrNull(ByteString.copyFromUtf8("garbage"))).isNull();
    assertThat(msps.memberOrNull(named(ByteString.copyFromUtf8("no PEM")))).isNull();
    assertThat(msps.memberOrNull(named(TestAuthority.pem("CERTIFICATE", new byte[] {1, 2}))))
        .isNull();
    ByteString padding = ByteString.copyFrom(new byte[MspManager.MAX_SERIALIZED_BYTES]);
    ByteString padded = named(padding.concat(TestAuthority.pem(orderer.certificate())));
    assertThat(msps.memberOrNull(padded)).isNull();
    assertThat(msps.expiryOrNull(padded)).isNull();
  }

  private static ByteString named(ByteString pem) {
    return TestAuthority.serialized("OrdererMSP", pem);
  }

  @Test
  void anotherSpellingOfACertificateIsTheSameSigner() throws Exception {
    Identity member = msps.memberOrNull(orderer.serialized());
    ByteString pem = TestAuthority.pem(orderer.certificate());
    Identity spaced = msps.memberOrNull(named(ByteString.copyFromUtf8("hello\n").concat(pem)));
    assertThat(spaced.key()).isEqualTo(member.key());
    // Anybody can compute the twin of the authority's signature.
    X509Certificate twin = twin(orderer.certificate());
    assertThat(twin).isNotEqualTo(orderer.certificate());
    Identity other = msps.memberOrNull(named(TestAuthority.pem(twin)));
    assertThat(other).isNotNull();
    assertThat(other.key()).isEqualTo(member.key());
    assertThat(msps.memberOrNull(Samples.orderer(2).serialized()).key()).isNotEqualTo(member.key());
  }

  private static X509Certificate twin(X509Certificate certificate) throws Exception {
    BigInteger order = ((ECPublicKey) certificate.getPublicKey()).getParams().getOrder();
    ASN1Sequence whole = ASN1Sequence.getInstance(certificate.getEncoded());
    ASN1Sequence numbers =
        ASN1Sequence.getInstance(DERBitString.getInstance(whole.getObjectAt(2)).getOctets());
    ASN1EncodableVector twisted = new ASN1EncodableVector();
    twisted.add(numbers.getObjectAt(0));
    twisted.add(
        new ASN1Integer(
            order.subtract(ASN1Integer.getInstance(numbers.getObjectAt(1)).getValue())));
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(whole.getObjectAt(0));
    parts.add(whole.getObjectAt(1));
    parts.add(new DERBitString(new DERSequence(twisted).getEncoded()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(new DERSequence(parts).getEncoded()));
  }

  @Test
  void bytesBehindACertificateAreRefused() throws Exception {
    byte[] der = orderer.certificate().getEncoded();
    byte[] longer = Arrays.copyOf(der, der.length + 1);
    assertThat(msps.memberOrNull(named(TestAuthority.pem("CERTIFICATE", longer)))).isNull();
  }

  @Test
  void principals() {
    Identity member = msps.memberOrNull(orderer.serialized());
    MSPPrincipal ordererRole = role("OrdererMSP", MSPRole.MSPRoleType.ORDERER);
    MSPPrincipal adminRole = role("OrdererMSP", MSPRole.MSPRoleType.ADMIN);
    assertThat(msps.satisfies(member, ordererRole)).isTrue();
    assertThat(msps.satisfies(member, adminRole)).isFalse();
    assertThat(msps.satisfies(member, role("OrdererMSP", MSPRole.MSPRoleType.MEMBER))).isTrue();
    assertThat(msps.satisfies(member, role("Org1MSP", MSPRole.MSPRoleType.MEMBER))).isFalse();
    assertThat(msps.satisfies(member, identity(orderer))).isTrue();
    assertThat(msps.satisfies(member, identity(Samples.orderer(2)))).isFalse();
    assertThat(msps.satisfies(member, combined(ordererRole, identity(orderer)))).isTrue();
    assertThat(msps.satisfies(member, combined(ordererRole, adminRole))).isFalse();
    assertThat(msps.satisfies(member, combined())).isFalse();
    assertThat(msps.satisfies(member, anonymity(0))).isTrue();
    assertThat(msps.satisfies(member, anonymity(1))).isFalse();
    assertThat(
            msps.satisfies(
                member,
                principal(MSPPrincipal.Classification.ROLE, ByteString.copyFromUtf8("garbage"))))
        .isFalse();
    MSPPrincipal deep = ordererRole;
    for (int i = 0; i < 20; i++) {
      deep = combined(deep);
    }
    assertThat(msps.satisfies(member, deep)).isFalse();
  }

  @Test
  void theUnitOfAPrincipalIsCertifiedByTheSameAuthorities() throws RefusedException {
    Identity member = msps.memberOrNull(orderer.serialized());
    OrganizationUnit.Builder unit =
        OrganizationUnit.newBuilder()
            .setMspIdentifier("OrdererMSP")
            .setOrganizationalUnitIdentifier("orderer")
            .setCertifiersIdentifier(member.units().get(0).certifiers());
    assertThat(msps.satisfies(member, unit(unit))).isTrue();
    assertThat(msps.satisfies(member, unit(unit.setOrganizationalUnitIdentifier("peer"))))
        .isFalse();
    unit.setOrganizationalUnitIdentifier("orderer").clearCertifiersIdentifier();
    assertThat(msps.satisfies(member, unit(unit))).isFalse();
  }

  private static MSPPrincipal unit(OrganizationUnit.Builder unit) {
    return principal(MSPPrincipal.Classification.ORGANIZATION_UNIT, unit.build().toByteString());
  }

  private static MSPPrincipal role(String mspId, MSPRole.MSPRoleType role) {
    return principal(
        MSPPrincipal.Classification.ROLE,
        MSPRole.newBuilder().setMspIdentifier(mspId).setRole(role).build());
  }

  private static MSPPrincipal identity(SigningIdentity signer) {
    return principal(MSPPrincipal.Classification.IDENTITY, signer.serialized());
  }

  private static MSPPrincipal combined(MSPPrincipal... parts) {
    return principal(
        MSPPrincipal.Classification.COMBINED,
        CombinedPrincipal.newBuilder().addAllPrincipals(Arrays.asList(parts)).build());
  }

  private static MSPPrincipal anonymity(int type) {
    return principal(
        MSPPrincipal.Classification.ANONYMITY,
        MSPIdentityAnonymity.newBuilder().setAnonymityTypeValue(type).build());
  }

  private static MSPPrincipal principal(MSPPrincipal.Classification kind, Message principal) {
    return principal(kind, principal.toByteString());
  }

  private static MSPPrincipal principal(MSPPrincipal.Classification kind, ByteString principal) {
    return MSPPrincipal.newBuilder()
        .setPrincipalClassification(kind)
        .setPrincipal(principal)
        .build();
  }
}
