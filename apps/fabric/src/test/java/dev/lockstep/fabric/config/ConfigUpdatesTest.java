package dev.lockstep.fabric.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.block.Blocks;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.Config;
import org.hyperledger.fabric.protos.common.ConfigEnvelope;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Payload;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigUpdatesTest {

  @ParameterizedTest
  @ValueSource(strings = {"raftsig10", "bft10"})
  void everyRecordedUpdateHasItsFate(String channel)
      throws RefusedException, InvalidProtocolBufferException {
    ChannelConfig current = Samples.config(channel);
    List<String> accepted = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (JsonNode entry : Samples.envelopes(channel)) {
      String file = entry.get("file").asText();
      if (!file.matches(".*/7[0-9]-.*") || file.contains("expired-outer")) {
        continue;
      }
      Envelope update = Samples.envelope(file);
      JsonNode answer = answer(entry);
      if (!answer.get("status").asText().equals("SUCCESS")) {
        ChannelConfig now = current;
        assertThatThrownBy(() -> ConfigUpdates.propose(now, update))
            .as(file)
            .isInstanceOf(RefusedException.class)
            .message()
            .isEqualTo(
                answer
                    .get("info")
                    .asText()
                    .replace(
                        "error applying config update to existing channel '" + channel + "': ",
                        ""));
        refused.add(file);
        continue;
      }
      ConfigUpdates.Proposal proposal = ConfigUpdates.propose(current, update);
      Block block = configBlock(channel, entry.get("config_block").get("block").asInt());
      ConfigEnvelope real = configOf(block);
      assertThat(proposal.envelope()).as(file).isEqualTo(real);
      assertThat(proposal.envelope().getLastUpdate()).isEqualTo(update);
      assertThat(proposal.next().sequence())
          .isEqualTo(entry.get("config_block").get("config_sequence").asInt());
      current = ConfigEnvelopes.check(current, Blocks.configEnvelopeOrNull(block));
      assertThat(current.config()).isEqualTo(proposal.next().config());
      accepted.add(file.replaceAll(".*/|-.*", ""));
    }
    assertThat(accepted).containsExactly("72", "75", "76", "78");
    assertThat(refused).hasSize(12);
  }

  private static JsonNode answer(JsonNode entry) {
    return entry.get("recorded").elements().next().get("answer");
  }

  static Block configBlock(String channel, int number) {
    return Samples.block(String.format("blocks/%s/%04d.pb", channel, number));
  }

  private static ConfigEnvelope configOf(Block block) throws InvalidProtocolBufferException {
    return ConfigEnvelope.parseFrom(
        Payload.parseFrom(Blocks.configEnvelopeOrNull(block).getPayload()).getData());
  }

  private final ChannelConfig genesis = Samples.config("raftsig10");
  private final Envelope update = Samples.envelope("raftsig10/72-batchsize20.pb");

  private Envelope wrapped() throws RefusedException {
    return ConfigEnvelopes.wrap(
        ConfigUpdates.propose(genesis, update), Samples.orderer(2), Samples.NOW);
  }

  @Test
  void whatANodeWrapsTheOthersAccept() throws RefusedException {
    ChannelConfig next = ConfigEnvelopes.check(genesis, wrapped());
    assertThat(next.sequence()).isEqualTo(1);
    assertThat(next.batch().maxMessages()).isEqualTo(20);
    assertThat(genesis.batch().maxMessages()).isEqualTo(10);
  }

  @Test
  void aNewConfigurationIsOrderedOnce() throws RefusedException {
    Envelope wrapped = wrapped();
    ChannelConfig next = ConfigEnvelopes.check(genesis, wrapped);
    assertThatThrownBy(() -> ConfigEnvelopes.check(next, wrapped))
        .isInstanceOf(RefusedException.class)
        .hasMessage("config currently at sequence 1, cannot validate config at sequence 1");
  }

  @Test
  void aConfigurationThatTheUpdateDoesNotMakeIsRefused() throws RefusedException {
    ConfigUpdates.Proposal good = ConfigUpdates.propose(genesis, update);
    Config forged =
        good.envelope().getConfig().toBuilder()
            .setChannelGroup(genesis.config().getChannelGroup())
            .build();
    ConfigUpdates.Proposal bad =
        new ConfigUpdates.Proposal(
            good.envelope().toBuilder().setConfig(forged).build(), good.next());
    Envelope envelope = ConfigEnvelopes.wrap(bad, Samples.orderer(2), Samples.NOW);
    assertThatThrownBy(() -> ConfigEnvelopes.check(genesis, envelope))
        .hasMessage("ConfigEnvelope LastUpdate did not produce the supplied config result");
  }

  @Test
  void fieldsThatNobodyKnowsAreNotSmuggledIn() throws RefusedException {
    ConfigUpdates.Proposal good = ConfigUpdates.propose(genesis, update);
    ConfigUpdates.Proposal bad;
    try {
      bad =
          new ConfigUpdates.Proposal(
              ConfigEnvelope.parseFrom(
                  good.envelope()
                      .toByteString()
                      .concat(ByteString.copyFrom(new byte[] {0x7a, 1, 1}))),
              good.next());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
    Envelope envelope = ConfigEnvelopes.wrap(bad, Samples.orderer(2), Samples.NOW);
    assertThatThrownBy(() -> ConfigEnvelopes.check(genesis, envelope))
        .hasMessage("ConfigEnvelope LastUpdate did not produce the supplied config result");
  }

  @Test
  void anEnvelopeSignedByAStrangerIsRefused() throws RefusedException {
    Envelope byStranger =
        ConfigEnvelopes.wrap(
            ConfigUpdates.propose(genesis, update),
            Samples.signer("extra/outsider-orderer1.ord", "OrdererMSP"),
            Samples.NOW);
    assertThatThrownBy(() -> ConfigEnvelopes.check(genesis, byStranger))
        .hasMessageStartingWith("the new configuration is not signed by one who may broadcast");
    Envelope changed = wrapped().toBuilder().setSignature(byStranger.getSignature()).build();
    assertThatThrownBy(() -> ConfigEnvelopes.check(genesis, changed))
        .hasMessageStartingWith("the new configuration is not signed by one who may broadcast");
  }

  @Test
  void anEnvelopeForAnotherChannelIsRefused() throws RefusedException {
    Envelope wrapped = wrapped();
    assertThatThrownBy(() -> ConfigEnvelopes.check(Samples.config("bft10"), wrapped))
        .hasMessage("the envelope holds no configuration of the channel bft10");
    assertThatThrownBy(() -> ConfigEnvelopes.check(genesis, update))
        .hasMessage("the envelope holds no configuration of the channel raftsig10");
    Envelope nonsense = update.toBuilder().setPayload(ByteString.copyFromUtf8("x")).build();
    assertThatThrownBy(() -> ConfigEnvelopes.check(genesis, nonsense))
        .hasMessage("the envelope of the new configuration is malformed");
  }
}
