package dev.lockstep.fabric.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.msp.MspManager;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.ConfigPolicy;
import org.hyperledger.fabric.protos.common.ImplicitMetaPolicy;
import org.hyperledger.fabric.protos.common.MSPPrincipal;
import org.hyperledger.fabric.protos.common.MSPRole;
import org.hyperledger.fabric.protos.common.Policy.PolicyType;
import org.hyperledger.fabric.protos.common.SignaturePolicy;
import org.hyperledger.fabric.protos.common.SignaturePolicyEnvelope;
import org.junit.jupiter.api.Test;

class PolicyTreeTest {
  private static final String POLICY = "/Channel/P";

  private final ChannelConfig config = Samples.config("raftsig10");
  private final MspManager msps = config.msps();
  private final SigningIdentity admin = Samples.ordererAdmin();
  private final SigningIdentity orderer1 = Samples.orderer(1);
  private final SigningIdentity orderer2 = Samples.orderer(2);
  private final SigningIdentity user1 = Samples.user("User1", 1);

  private String refusalOrNull(PolicyTree tree, SigningIdentity... signers) {
    return tree.refusalOrNull(POLICY, Signers.of(signed(signers), msps));
  }

  private static List<SignedData> signed(SigningIdentity... signers) {
    List<SignedData> signatures = new ArrayList<>();
    for (SigningIdentity signer : signers) {
      byte[] data = {1, 2, 3};
      signatures.add(new SignedData(data, signer.serialized(), signer.sign(data)));
    }
    return signatures;
  }

  private PolicyTree signature(SignaturePolicy rule, MSPPrincipal... principals)
      throws RefusedException {
    return tree(policy(PolicyType.SIGNATURE_VALUE, envelope(rule, principals)));
  }

  private static ByteString envelope(SignaturePolicy rule, MSPPrincipal... principals) {
    return SignaturePolicyEnvelope.newBuilder()
        .setRule(rule)
        .addAllIdentities(Arrays.asList(principals))
        .build()
        .toByteString();
  }

  private PolicyTree tree(ConfigPolicy policy) throws RefusedException {
    return PolicyTree.of(
        "Channel", ConfigGroup.newBuilder().putPolicies("P", policy).build(), msps);
  }

  private static ConfigPolicy policy(int type, ByteString value) {
    return ConfigPolicy.newBuilder()
        .setPolicy(
            org.hyperledger.fabric.protos.common.Policy.newBuilder().setType(type).setValue(value))
        .build();
  }

  private static SignaturePolicy by(int principal) {
    return SignaturePolicy.newBuilder().setSignedBy(principal).build();
  }

  private static SignaturePolicy outOf(int n, SignaturePolicy... rules) {
    return SignaturePolicy.newBuilder()
        .setNOutOf(SignaturePolicy.NOutOf.newBuilder().setN(n).addAllRules(Arrays.asList(rules)))
        .build();
  }

  private static MSPPrincipal role(String mspId, MSPRole.MSPRoleType role) {
    return MSPPrincipal.newBuilder()
        .setPrincipalClassification(MSPPrincipal.Classification.ROLE)
        .setPrincipal(
            MSPRole.newBuilder().setMspIdentifier(mspId).setRole(role).build().toByteString())
        .build();
  }

  private static MSPPrincipal member() {
    return role("OrdererMSP", MSPRole.MSPRoleType.MEMBER);
  }

  private static MSPPrincipal ordererAdmin() {
    return role("OrdererMSP", MSPRole.MSPRoleType.ADMIN);
  }

  @Test
  void soManyDifferentSigners() throws RefusedException {
    PolicyTree two = signature(outOf(2, by(0), by(0), by(0)), member());
    assertThat(refusalOrNull(two)).isEqualTo("signature set did not satisfy policy");
    assertThat(refusalOrNull(two, orderer1)).isNotNull();
    assertThat(refusalOrNull(two, orderer1, orderer1, orderer1)).isNotNull();
    assertThat(refusalOrNull(two, orderer1, user1)).isNotNull();
    assertThat(refusalOrNull(two, orderer1, orderer2)).isNull();
    assertThat(refusalOrNull(two, user1, orderer1, orderer1, orderer2)).isNull();
  }

  /** The first signer that fits is taken, even where another choice would satisfy the policy. */
  @Test
  void theOrderOfSignersMattersAsItDoesAtThePeers() throws RefusedException {
    PolicyTree both = signature(outOf(2, by(0), by(1)), member(), ordererAdmin());
    assertThat(refusalOrNull(both, orderer1, admin)).isNull();
    assertThat(refusalOrNull(both, admin, orderer1)).isNotNull();
  }

  @Test
  void aPartThatFailsLeavesItsSignersToOthers() throws RefusedException {
    SignaturePolicy failing = outOf(2, by(0), by(1));
    PolicyTree tree = signature(outOf(1, failing, by(0)), member(), ordererAdmin());
    assertThat(refusalOrNull(tree, orderer1)).isNull();
  }

  @Test
  void aBadSignatureDoesNotHideAGoodOneOfTheSameSigner() {
    List<SignedData> signatures = new ArrayList<>(signed(orderer1));
    SignedData good = signatures.get(0);
    signatures.add(0, new SignedData(new byte[] {9}, good.identity(), good.signature()));
    assertThat(Signers.of(signatures, msps)).hasSize(1);
  }

  @Test
  void noMoreSignaturesAreLookedAtThanTheLimit() {
    List<SignedData> signatures = new ArrayList<>();
    SignedData good = signed(orderer1).get(0);
    SignedData bad = new SignedData(new byte[] {9}, good.identity(), good.signature());
    signatures.addAll(Collections.nCopies(Signers.MAX_SIGNATURES - 1, bad));
    signatures.add(good);
    assertThat(Signers.of(signatures, msps)).hasSize(1);
    signatures.add(0, bad);
    assertThat(Signers.of(signatures, msps)).isEmpty();
  }

  @Test
  void implicitPoliciesCountTheGroupsBelow() throws RefusedException {
    SigningIdentity admin1 = Samples.user("Admin", 1);
    SigningIdentity admin2 = Samples.user("Admin", 2);
    assertThat(refusal("/Channel/Application/Admins", admin1))
        .isEqualTo(
            "implicit policy evaluation failed - 1 sub-policies were satisfied, but this policy"
                + " requires 2 of the 'Admins' sub-policies to be satisfied");
    assertThat(refusal("/Channel/Application/Admins", admin1, admin2)).isNull();
    assertThat(refusal("/Channel/Application/Readers", admin2)).isNull();
    assertThat(refusal("/Channel/Readers", admin2)).isNull();
    assertThat(refusal("/Channel/Orderer/Readers", admin2)).isNotNull();
    assertThat(refusal("/Channel/NoSuch", admin2)).isEqualTo("there is no policy /Channel/NoSuch");
    assertThat(refusal("/Other/Readers", admin2)).isNotNull();
    assertThat(config.policies().policyOrNull("Orderer/Readers"))
        .isSameAs(config.policies().policyOrNull("/Channel/Orderer/Readers"));
    assertThat(config.policies().policyOrNull("NoSuch/Readers")).isNull();
    assertThat(config.policies().policyOrNull("")).isNull();
  }

  private String refusal(String policy, SigningIdentity... signers) {
    return config.refusalOrNull(policy, signed(signers));
  }

  @Test
  void implicitRulesOverGroupsThatLackThePolicy() throws RefusedException {
    List<Identity> nobody = List.of();
    assertThat(implicit(ImplicitMetaPolicy.Rule.ANY, 0, 0).refusalOrNull(POLICY, nobody)).isNull();
    assertThat(implicit(ImplicitMetaPolicy.Rule.ALL, 0, 0).refusalOrNull(POLICY, nobody)).isNull();
    assertThat(implicit(ImplicitMetaPolicy.Rule.MAJORITY, 0, 0).refusalOrNull(POLICY, nobody))
        .isNull();
    assertThat(implicit(ImplicitMetaPolicy.Rule.ANY, 1, 3).refusalOrNull(POLICY, nobody)).isNull();
    assertThat(implicit(ImplicitMetaPolicy.Rule.ALL, 3, 1).refusalOrNull(POLICY, nobody))
        .contains("requires 4 of the 'Q'");
    assertThat(implicit(ImplicitMetaPolicy.Rule.MAJORITY, 2, 2).refusalOrNull(POLICY, nobody))
        .contains("2 sub-policies were satisfied, but this policy requires 3");
    assertThat(implicit(ImplicitMetaPolicy.Rule.MAJORITY, 3, 2).refusalOrNull(POLICY, nobody))
        .isNull();
  }

  /** So many groups that nobody is needed for, and so many that have no such policy. */
  private PolicyTree implicit(ImplicitMetaPolicy.Rule rule, int open, int lacking)
      throws RefusedException {
    ConfigGroup.Builder group =
        ConfigGroup.newBuilder()
            .putPolicies(
                "P",
                policy(
                    PolicyType.IMPLICIT_META_VALUE,
                    ImplicitMetaPolicy.newBuilder()
                        .setRule(rule)
                        .setSubPolicy("Q")
                        .build()
                        .toByteString()));
    ConfigPolicy nobodyNeeded = policy(PolicyType.SIGNATURE_VALUE, envelope(outOf(0)));
    for (int i = 0; i < open; i++) {
      group.putGroups("open" + i, ConfigGroup.newBuilder().putPolicies("Q", nobodyNeeded).build());
    }
    for (int i = 0; i < lacking; i++) {
      group.putGroups("lacking" + i, ConfigGroup.getDefaultInstance());
    }
    return PolicyTree.of("Channel", group.build(), msps);
  }

  @Test
  void policiesThatCannotBeUsed() {
    ByteString garbage = ByteString.copyFromUtf8("garbage");
    assertUnusable(policy(PolicyType.SIGNATURE_VALUE, garbage), "malformed");
    assertUnusable(policy(PolicyType.IMPLICIT_META_VALUE, garbage), "malformed");
    assertUnusable(policy(PolicyType.MSP_VALUE, garbage), "its type 2 is unknown");
    assertUnusable(policy(PolicyType.SIGNATURE_VALUE, ByteString.EMPTY), "an empty rule");
    assertUnusable(
        policy(PolicyType.SIGNATURE_VALUE, envelope(by(1), member())),
        "a principal that it does not have");
    assertUnusable(
        policy(PolicyType.SIGNATURE_VALUE, envelope(by(-1), member())),
        "a principal that it does not have");
    assertUnusable(
        policy(
            PolicyType.SIGNATURE_VALUE,
            SignaturePolicyEnvelope.newBuilder().setVersion(1).build().toByteString()),
        "have version 0 and not 1");
    SignaturePolicy deep = by(0);
    for (int i = 0; i < 33; i++) {
      deep = outOf(1, deep);
    }
    assertUnusable(policy(PolicyType.SIGNATURE_VALUE, envelope(deep, member())), "too many rules");
    SignaturePolicy[] many = new SignaturePolicy[4096];
    Arrays.fill(many, by(0));
    assertUnusable(
        policy(PolicyType.SIGNATURE_VALUE, envelope(outOf(1, many), member())), "too many rules");
  }

  private void assertUnusable(ConfigPolicy policy, String reason) {
    assertThatThrownBy(() -> tree(policy))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("policy P at path /Channel")
        .hasMessageContaining(reason);
  }
}
