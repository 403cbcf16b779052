package dev.lockstep.fabric.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.fabric.policy.Signers;
import java.util.List;
import java.util.function.UnaryOperator;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.ConfigPolicy;
import org.hyperledger.fabric.protos.common.ConfigValue;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.orderer.BatchSize;
import org.hyperledger.fabric.protos.orderer.BatchTimeout;
import org.hyperledger.fabric.protos.orderer.ConsensusType;
import org.junit.jupiter.api.Test;

/** Updates that no real orderer was asked to apply. */
class UpdateRulesTest {
  private static final String CHANNEL = "raftsig10";

  private final ChannelConfig config = Samples.config(CHANNEL);
  private final ConfigGroup root = config.config().getChannelGroup();
  private final SigningIdentity admin = Samples.ordererAdmin();
  private final SigningIdentity admin1 = Samples.user("Admin", 1);
  private final SigningIdentity admin2 = Samples.user("Admin", 2);

  private void assertRefused(TestUpdate update, String reason, SigningIdentity... signers) {
    Envelope envelope = update.signedBy(signers);
    assertThatThrownBy(() -> ConfigUpdates.propose(config, envelope))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(reason);
  }

  /** The channel's groups down to the orderer group, with nothing in them. */
  private static ConfigGroup orderer(ConfigGroup.Builder orderer) {
    return ConfigGroup.newBuilder().putGroups("Orderer", orderer.build()).build();
  }

  private TestUpdate ordererUpdate(UnaryOperator<ConfigGroup.Builder> change) {
    return new TestUpdate(CHANNEL)
        .read(orderer(ConfigGroup.newBuilder()))
        .write(orderer(change.apply(ConfigGroup.newBuilder())));
  }

  private static ConfigValue value(long version, Message message) {
    return ConfigValue.newBuilder()
        .setVersion(version)
        .setModPolicy("Admins")
        .setValue(message.toByteString())
        .build();
  }

  private TestUpdate ordererValue(String name, long version, Message message) {
    return ordererUpdate(group -> group.putValues(name, value(version, message)));
  }

  private static BatchSize batch(int messages, int absolute, int preferred) {
    return BatchSize.newBuilder()
        .setMaxMessageCount(messages)
        .setAbsoluteMaxBytes(absolute)
        .setPreferredMaxBytes(preferred)
        .build();
  }

  @Test
  void aValueThatIsNotInTheReadSetMayChange() throws RefusedException {
    ChannelConfig next =
        ConfigUpdates.propose(
                config, ordererValue("BatchSize", 1, batch(7, 100, 50)).signedBy(admin))
            .next();
    assertThat(next.batch()).isEqualTo(new BatchLimits(7, 100, 50, 500_000));
    assertThat(next.config().getChannelGroup().getGroupsOrThrow("Application"))
        .isEqualTo(root.getGroupsOrThrow("Application"));
  }

  @Test
  void configurationsThatDoNotWorkAreRefused() {
    assertRefused(
        ordererValue("BatchSize", 1, batch(7, 0, 50)), "absolute max bytes to an invalid", admin);
    assertRefused(
        ordererValue("BatchSize", 1, batch(7, 100, 0)), "preferred max bytes to an invalid", admin);
    assertRefused(
        ordererValue("BatchSize", 1, batch(7, 100, 101)),
        "preferred max bytes (101) greater than the absolute max bytes (100)",
        admin);
    for (String timeout :
        new String[] {"", "0s", "-1s", "1", "s", "1d", "1e9s", "9999999999999h"}) {
      assertRefused(
          ordererValue("BatchTimeout", 1, BatchTimeout.newBuilder().setTimeout(timeout).build()),
          "Attempted to set the batch timeout to a invalid value: " + timeout,
          admin);
    }
    assertRefused(
        ordererValue("ConsensusType", 1, ConsensusType.newBuilder().setType("solo").build()),
        "the consensus type is 'solo'",
        admin);
    assertRefused(
        ordererUpdate(
            group ->
                group.putValues(
                    "BatchSize",
                    ConfigValue.newBuilder()
                        .setVersion(1)
                        .setModPolicy("Admins")
                        .setValue(ByteString.copyFromUtf8("x"))
                        .build())),
        "the value BatchSize in /Channel/Orderer is malformed",
        admin);
  }

  @Test
  void theConsensusTypeStays() {
    // With consenters, so that it is a type that could work.
    ConfigGroup bft =
        Samples.config("bft10").config().getChannelGroup().getGroupsOrThrow("Orderer");
    ConfigGroup now = root.getGroupsOrThrow("Orderer");
    ConfigGroup.Builder next =
        now.toBuilder()
            .setVersion(now.getVersion() + 1)
            .putValues("ConsensusType", value(1, ConsensusType.newBuilder().setType("BFT").build()))
            .putValues(
                "Orderers", bft.getValuesOrThrow("Orderers").toBuilder().setVersion(0).build());
    TestUpdate update =
        new TestUpdate(CHANNEL)
            .read(ConfigGroup.newBuilder().putGroups("Orderer", now).build())
            .write(ConfigGroup.newBuilder().putGroups("Orderer", next.build()).build());
    assertRefused(update, "attempted to change consensus type from etcdraft to BFT, which", admin);
  }

  @Test
  void anOrganizationKeepsItsMspId() {
    ConfigGroup application = root.getGroupsOrThrow("Application");
    ConfigValue other =
        application.getGroupsOrThrow("Org2").getValuesOrThrow("MSP").toBuilder()
            .setVersion(1)
            .build();
    ConfigGroup write =
        ConfigGroup.newBuilder()
            .putGroups(
                "Application",
                ConfigGroup.newBuilder()
                    .putGroups("Org1", ConfigGroup.newBuilder().putValues("MSP", other).build())
                    .build())
            .build();
    ConfigGroup read =
        ConfigGroup.newBuilder()
            .putGroups(
                "Application",
                ConfigGroup.newBuilder()
                    .putGroups("Org1", ConfigGroup.getDefaultInstance())
                    .build())
            .build();
    assertRefused(
        new TestUpdate(CHANNEL).read(read).write(write),
        "the organisation Application/Org1 attempted to change MSP ID from Org1MSP to Org2MSP",
        admin1);
  }

  @Test
  void aPeerWouldNotLoadAValueThatItDoesNotKnow() {
    ConfigGroup now = root.getGroupsOrThrow("Orderer");
    ConfigGroup.Builder next =
        now.toBuilder()
            .setVersion(now.getVersion() + 1)
            .putValues("Surprise", value(0, batch(1, 1, 1)));
    TestUpdate update =
        new TestUpdate(CHANNEL)
            .read(ConfigGroup.newBuilder().putGroups("Orderer", now).build())
            .write(ConfigGroup.newBuilder().putGroups("Orderer", next.build()).build());
    assertRefused(update, "Unexpected key Surprise in /Channel/Orderer", admin);
  }

  @Test
  void aNewElementWithoutItsGroupHasNoPlace() {
    // Nobody has to sign for a new element, so nobody does.
    assertRefused(
        ordererValue("Surprise", 0, batch(1, 1, 1)),
        "writeset contained key [Value]  /Channel/Orderer/Surprise which did not appear");
    assertRefused(
        ordererValue("Surprise", 3, batch(1, 1, 1)),
        "attempted to set key [Value]  /Channel/Orderer/Surprise to version 3, but key does not"
            + " exist",
        admin);
  }

  @Test
  void elementsHaveAModPolicyThatIsOne() {
    for (String policy : new String[] {"", "/", "a//b", "a b", ".", "/Channel/Ad*mins"}) {
      assertRefused(
          ordererUpdate(
              group ->
                  group.putValues(
                      "BatchSize",
                      value(1, batch(1, 2, 2)).toBuilder().setModPolicy(policy).build())),
          "invalid mod_policy for element [Value]  /Channel/Orderer/BatchSize",
          admin);
    }
  }

  @Test
  void namesAreWithoutStrangeSigns() {
    for (String name : new String[] {"", "a/b", "..", "a b", "ä"}) {
      assertRefused(
          ordererValue(name, 0, batch(1, 1, 1)),
          "error mapping WriteSet: Illegal characters",
          admin);
    }
  }

  @Test
  void theReadSetHasToBeThere() {
    assertRefused(
        new TestUpdate(CHANNEL)
            .read(ConfigGroup.newBuilder().putGroups("NoSuch", root).build())
            .write(ConfigGroup.getDefaultInstance()),
        "existing config does not contain element for",
        admin);
    assertRefused(new TestUpdate(CHANNEL), "delta set was empty", admin);
    assertRefused(
        new TestUpdate(CHANNEL).write(ConfigGroup.getDefaultInstance()),
        "invalid mod_policy for element [Group]  /Channel: mod_policy not set",
        admin);
  }

  @Test
  void groupsAreNotTooDeep() {
    ConfigGroup deep = ConfigGroup.getDefaultInstance();
    for (int i = 0; i < 40; i++) {
      deep = ConfigGroup.newBuilder().putGroups("g", deep).build();
    }
    assertRefused(new TestUpdate(CHANNEL).write(deep), "the groups are too deep", admin);
  }

  @Test
  void aPolicyIsChangedByThoseWhoItsModPolicyNames() throws RefusedException {
    ConfigPolicy writers =
        root.getGroupsOrThrow("Application").getPoliciesOrThrow("Writers").toBuilder()
            .setVersion(1)
            .setPolicy(
                root.getGroupsOrThrow("Application").getPoliciesOrThrow("Admins").getPolicy())
            .build();
    ConfigGroup write =
        ConfigGroup.newBuilder()
            .putGroups(
                "Application", ConfigGroup.newBuilder().putPolicies("Writers", writers).build())
            .build();
    ConfigGroup read =
        ConfigGroup.newBuilder().putGroups("Application", ConfigGroup.getDefaultInstance()).build();
    TestUpdate update = new TestUpdate(CHANNEL).read(read).write(write);
    assertRefused(
        update, "policy for [Policy] /Channel/Application/Writers not satisfied", admin1, admin);
    ChannelConfig next = ConfigUpdates.propose(config, update.signedBy(admin2, admin1)).next();
    assertThat(
            next.policies()
                .policyOrNull("/Channel/Application/Writers")
                .refusalOrNull(Signers.of(List.of(), next.msps())))
        .contains("requires 2 of the 'Admins'");
  }

  @Test
  void inMaintenanceOnlyOrdererOrganizationsUseTheChannel() throws RefusedException {
    ConsensusType now = consensusType();
    ConsensusType maintenance =
        now.toBuilder().setState(ConsensusType.State.STATE_MAINTENANCE).build();
    ChannelConfig next =
        ConfigUpdates.propose(config, ordererValue("ConsensusType", 1, maintenance).signedBy(admin))
            .next();
    assertThat(config.isInMaintenance()).isFalse();
    assertThat(config.writersPolicy()).isEqualTo("/Channel/Writers");
    assertThat(next.isInMaintenance()).isTrue();
    assertThat(next.writersPolicy()).isEqualTo("/Channel/Orderer/Writers");
    assertThat(next.readersPolicy()).isEqualTo("/Channel/Orderer/Readers");
  }

  private ConsensusType consensusType() {
    try {
      return ConsensusType.parseFrom(
          root.getGroupsOrThrow("Orderer").getValuesOrThrow("ConsensusType").getValue());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
