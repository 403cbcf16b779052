package dev.lockstep.fabric.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.config.ChannelConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hyperledger.fabric.protos.common.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Envelopes that were sent to real orderers, and what these answered. */
class BroadcastRulesTest {
  private final Map<String, ChannelConfig> channels = new HashMap<>();

  private BroadcastVerdict judge(String file) {
    return BroadcastRules.judge(Samples.envelope(file), channels::get, Samples.NOW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"raftsig10", "bft10", "raftsig10crl"})
  void everyRecordedAnswerIsGivenAgain(String channel) {
    channels.put(channel, Samples.config(channel));
    List<String> seen = new ArrayList<>();
    for (JsonNode entry : Samples.envelopes(channel)) {
      String file = entry.get("file").asText();
      JsonNode recorded = entry.get("recorded");
      // What is not a protocol buffer never gets so far.
      if (file.contains("25-trailing-garbage") || !recorded.isObject()) {
        continue;
      }
      JsonNode answer = recorded.elements().next().get("answer");
      BroadcastVerdict verdict = judge(file);
      assertThat(verdict.status().name()).as(file).isEqualTo(answer.get("status").asText());
      assertThat(verdict.info())
          .as(file)
          .isEqualTo(answer.hasNonNull("info") ? answer.get("info").asText() : "");
      assertThat(verdict.proposalOrNull() != null).as(file).isEqualTo(entry.has("config_block"));
      if (entry.has("config_block")) {
        channels.put(channel, verdict.proposalOrNull().next());
      }
      seen.add(file);
    }
    assertThat(seen).hasSizeGreaterThanOrEqualTo(channel.equals("raftsig10crl") ? 5 : 60);
    for (JsonNode entry : Samples.envelopes(channel)) {
      if (entry.hasNonNull("recorded_after_78")) {
        JsonNode answer = entry.get("recorded_after_78");
        BroadcastVerdict verdict = judge(entry.get("file").asText());
        assertThat(verdict.status().name()).isEqualTo(answer.get("status").asText());
        assertThat(verdict.info()).isEqualTo(answer.get("info").asText());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raftsig10", "bft10", "raftany10"})
  void realEndorserTransactionsAreTaken(String channel) {
    channels.put(channel, Samples.config(channel));
    assertThat(judge("endorser/approve-" + channel + ".pb").status()).isEqualTo(Status.SUCCESS);
  }

  @Test
  void nodesDoNotAskForExpiry() {
    channels.put("raftsig10", Samples.config("raftsig10"));
    BroadcastVerdict verdict =
        BroadcastRules.judge(Samples.envelope("raftsig10/39-expired-cert.pb"), channels::get, null);
    assertThat(verdict.status()).isEqualTo(Status.SUCCESS);
  }
}
