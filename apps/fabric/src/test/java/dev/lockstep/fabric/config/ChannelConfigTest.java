package dev.lockstep.fabric.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import java.util.function.Consumer;
import org.hyperledger.fabric.protos.common.BlockDataHashingStructure;
import org.hyperledger.fabric.protos.common.Capabilities;
import org.hyperledger.fabric.protos.common.Capability;
import org.hyperledger.fabric.protos.common.Config;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.ConfigValue;
import org.hyperledger.fabric.protos.common.Consenter;
import org.hyperledger.fabric.protos.common.HashingAlgorithm;
import org.hyperledger.fabric.protos.common.Orderers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelConfigTest {
  private final Config real = Samples.config("bft10").config();

  @Test
  void theRealFirstBlocks() {
    for (JsonNode entry : Samples.json("genesis/genesis.json")) {
      ChannelConfig config = Samples.config(entry.get("channel").asText());
      assertThat(config.channelId()).isEqualTo(entry.get("channel").asText());
      assertThat(config.sequence()).isZero();
      assertThat(config.kind().typeName()).isEqualTo(entry.get("consensus_type").asText());
      assertThat(config.batch())
          .isEqualTo(
              new BatchLimits(
                  entry.get("max_message_count").asLong(),
                  entry.get("absolute_max_bytes").asLong(),
                  entry.get("preferred_max_bytes").asLong(),
                  500_000));
      assertThat(config.endpoints())
          .containsExactly("127.0.0.1:7050", "127.0.0.1:7060", "127.0.0.1:7070", "127.0.0.1:7080");
      assertThat(config.consenters()).hasSize(config.kind() == ConsensusKind.BFT ? 4 : 0);
      assertThat(config.isInMaintenance()).isFalse();
    }
  }

  @Test
  void consentersByTheirNumber() {
    ChannelConfig config = Samples.config("bft10");
    for (int number = 1; number <= 4; number++) {
      assertThat(config.msps().memberOrNull(config.consenterIdentityOrNull(number)).certificate())
          .isEqualTo(Samples.orderer(number).certificate());
    }
    assertThat(config.consenterIdentityOrNull(0)).isNull();
    assertThat(config.consenterIdentityOrNull(5)).isNull();
  }

  @Test
  void aBlockWithoutConfiguration() {
    assertThatThrownBy(() -> ChannelConfig.ofBlock(Samples.block("blocks/bft10/0001.pb")))
        .isInstanceOf(RefusedException.class)
        .hasMessage("the block holds no channel configuration");
  }

  @ParameterizedTest
  @CsvSource({"''", "Upper", "1st", "a_b", "a/b"})
  void namesThatAreNone(String name) {
    assertThatThrownBy(() -> ChannelConfig.of(name, real))
        .hasMessageContaining("'" + name + "' is none");
    assertThatThrownBy(() -> ChannelConfig.of("a".repeat(250), real))
        .isInstanceOf(RefusedException.class);
  }

  private void assertRefused(Consumer<ConfigGroup.Builder> change, String reason) {
    ConfigGroup.Builder root = real.getChannelGroup().toBuilder();
    change.accept(root);
    Config changed = real.toBuilder().setChannelGroup(root).build();
    assertThatThrownBy(() -> ChannelConfig.of("bft10", changed))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith("initializing channelconfig failed: ")
        .hasMessageContaining(reason);
  }

  private static ConfigValue value(Message message) {
    return ConfigValue.newBuilder().setValue(message.toByteString()).build();
  }

  private static ConfigValue capability(String name) {
    return value(
        Capabilities.newBuilder().putCapabilities(name, Capability.getDefaultInstance()).build());
  }

  private static void changeOrderer(
      ConfigGroup.Builder root, Consumer<ConfigGroup.Builder> change) {
    ConfigGroup.Builder orderer = root.getGroupsOrThrow("Orderer").toBuilder();
    change.accept(orderer);
    root.putGroups("Orderer", orderer.build());
  }

  @Test
  void whatPeersOrThisServiceCannotDo() {
    assertRefused(
        root ->
            root.putValues(
                "HashingAlgorithm",
                value(HashingAlgorithm.newBuilder().setName("SHA3_256").build())),
        "Unknown hashing algorithm type: SHA3_256");
    assertRefused(root -> root.removeValues("HashingAlgorithm"), "HashingAlgorithm is missing");
    assertRefused(
        root ->
            root.putValues(
                "BlockDataHashingStructure",
                value(BlockDataHashingStructure.newBuilder().setWidth(2).build())),
        "width only supported at MaxUint32");
    assertRefused(
        root -> root.putValues("Capabilities", capability("V9_9")),
        "Channel capability V9_9 is required but not supported");
    assertRefused(root -> root.removeValues("Capabilities"), "Channel has no capabilities");
    assertRefused(
        root -> changeOrderer(root, orderer -> orderer.putValues("Capabilities", capability("V9"))),
        "Orderer capability V9 is required but not supported");
    assertRefused(root -> root.removeGroups("Orderer"), "no Orderer group");
    assertRefused(
        root -> root.putGroups("Consortiums", ConfigGroup.getDefaultInstance()),
        "Disallowed channel group: Consortiums");
    assertRefused(root -> root.putValues("X", capability("X")), "Unexpected key X in /Channel");
  }

  @Test
  void consentersThatDoNotWork() {
    assertRefused(
        root -> changeOrderer(root, orderer -> orderer.removeValues("Orderers")),
        "the value Orderers is missing");
    assertRefused(
        root ->
            changeOrderer(
                root,
                orderer -> orderer.putValues("Orderers", value(Orderers.getDefaultInstance()))),
        "a channel of type BFT has consenters");
    Orderers twice =
        Orderers.newBuilder()
            .addConsenterMapping(Consenter.newBuilder().setId(3))
            .addConsenterMapping(Consenter.newBuilder().setId(3))
            .build();
    assertRefused(
        root -> changeOrderer(root, orderer -> orderer.putValues("Orderers", value(twice))),
        "two consenters have the number 3");
  }

  @Test
  void organizationsThatAreNone() {
    ConfigGroup application = real.getChannelGroup().getGroupsOrThrow("Application");
    ConfigGroup org2 = application.getGroupsOrThrow("Org2");
    ConfigGroup.Builder withoutMsp = org2.toBuilder();
    assertRefused(
        root ->
            root.putGroups(
                "Application",
                application.toBuilder()
                    .putGroups("Org3", withoutMsp.removeValues("MSP").build())
                    .build()),
        "the value MSP is missing in /Channel/Application/Org3");
    ConfigValue garbage =
        ConfigValue.newBuilder().setValue(ByteString.copyFromUtf8("garbage")).build();
    assertRefused(
        root ->
            root.putGroups(
                "Application",
                application.toBuilder()
                    .putGroups("Org2", org2.toBuilder().putValues("MSP", garbage).build())
                    .build()),
        "the value MSP in /Channel/Application/Org2 is malformed");
    for (String name : new String[] {"Endpoints", "AnchorPeers"}) {
      ConfigValue value = name.equals("Endpoints") ? value(Orderers.getDefaultInstance()) : garbage;
      assertRefused(
          root ->
              root.putGroups(
                  "Application",
                  application.toBuilder()
                      .putGroups("Org2", org2.toBuilder().putValues(name, value).build())
                      .build()),
          name.equals("Endpoints")
              ? "Unexpected key Endpoints in /Channel/Application/Org2"
              : "the value AnchorPeers in /Channel/Application/Org2 is malformed");
    }
    assertRefused(
        root ->
            root.putGroups(
                "Application",
                application.toBuilder()
                    .putGroups(
                        "Org2",
                        org2.toBuilder()
                            .putGroups("below", ConfigGroup.getDefaultInstance())
                            .build())
                    .build()),
        "the organisation Application/Org2 has groups, and may have none");
    // An organisation may be there twice if both times say the same.
    Config twice =
        real.toBuilder()
            .setChannelGroup(
                real.getChannelGroup().toBuilder()
                    .putGroups(
                        "Application", application.toBuilder().putGroups("Org3", org2).build()))
            .build();
    assertThat(twice).isNotEqualTo(real);
    assertThatCode(() -> ChannelConfig.of("bft10", twice)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "500ms, 500000",
    "2s, 2000000",
    "1m30s, 90000000",
    "1h, 3600000000",
    "1.5s, 1500000",
    "100us, 100",
    "1ns, 1",
    "0s, -1",
    "-1s, -1",
    "1, -1",
    "s, -1",
    "1 s, -1",
    "'', -1",
    "9223372037s, -1",
    "1x, -1"
  })
  void durations(String text, long micros) {
    assertThat(Durations.microsOrMinusOne(text)).isEqualTo(micros);
  }
}
