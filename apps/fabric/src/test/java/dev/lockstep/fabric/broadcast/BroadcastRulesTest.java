package dev.lockstep.fabric.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.TestEnvelope;
import dev.lockstep.fabric.block.EnvelopeForm;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hyperledger.fabric.protos.common.Envelope;
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

  /** The cases that are not stored as files. */
  @Test
  void everyAnswerOfTheMatrixIsGivenAgain() {
    channels.put("raftsig10", Samples.config("raftsig10"));
    SigningIdentity user = Samples.user("User1", 1);
    TestEnvelope valid = TestEnvelope.message("raftsig10", 10);
    Map<String, Envelope> cases = new HashMap<>();
    cases.put("valid", valid.signedBy(user));
    cases.put(
        "outsider (other CA, same MSP id)",
        valid.signedBy(Samples.signer("extra/outsider-user1.org1", "Org1MSP")));
    cases.put("unknown channel, then valid", TestEnvelope.message("nosuch", 1).signedBy(user));
    cases.put("empty channel id", TestEnvelope.message("", 1).signedBy(user));
    cases.put(
        "bad signature",
        valid.signedBy(user).toBuilder().setSignature(user.sign(new byte[1])).build());
    cases.put("no signature", valid.signedBy(user).toBuilder().clearSignature().build());
    cases.put("no creator, no signature", valid.unsigned());
    cases.put("empty envelope", Envelope.getDefaultInstance());
    cases.put("malformed payload", Samples.envelope("raftsig10/44-garbage-payload.pb"));
    cases.put("no header", Samples.envelope("raftsig10/40-no-header.pb"));
    cases.put("no timestamp", TestEnvelope.message("raftsig10", 1).withoutTime().signedBy(user));
    cases.put(
        "timestamp 20 min old",
        TestEnvelope.message("raftsig10", 1)
            .at(Samples.NOW.minus(Duration.ofMinutes(20)))
            .signedBy(user));
    cases.put("11 MB (> AbsoluteMaxBytes 10 MB)", sized(11_535_366, user));
    cases.put(
        "9 MB (> PreferredMaxBytes 2 MB)",
        TestEnvelope.message("raftsig10", 9 << 20).signedBy(user));
    cases.put("type CONFIG", valid.type(1).signedBy(user));
    cases.put("type CONFIG_UPDATE garbage", Samples.envelope("raftsig10/60-type-2.pb"));
    cases.put("type CONFIG_UPDATE empty", Samples.envelope("raftsig10/60-type-2-empty.pb"));
    cases.put("type ORDERER_TRANSACTION", valid.type(4).signedBy(user));
    cases.put("type MESSAGE", valid.type(0).signedBy(user));
    cases.put("type DELIVER_SEEK_INFO", valid.type(5).signedBy(user));
    cases.put("type 77", valid.type(77).signedBy(user));
    for (JsonNode entry : Samples.json("answers.json").get("cases")) {
      String name = entry.get("case").asText();
      if (!entry.get("op").asText().equals("Broadcast") || !cases.containsKey(name)) {
        continue;
      }
      BroadcastVerdict verdict =
          BroadcastRules.judge(cases.remove(name), channels::get, Samples.NOW);
      JsonNode expected = entry.get("expected").get(0);
      assertThat(verdict.status().name()).as(name).isEqualTo(expected.get("status").asText());
      String info = expected.hasNonNull("info") ? expected.get("info").asText() : "";
      // Some were cut off when they were recorded.
      assertThat(verdict.info()).as(name).startsWith(info.replace("chraft1", "raftsig10"));
    }
    assertThat(cases).isEmpty();
  }

  /** An envelope of so many bytes of payload and signature. */
  private static Envelope sized(int bytes, SigningIdentity user) {
    Envelope large = TestEnvelope.message("raftsig10", bytes - 2000).signedBy(user);
    int missing = (int) (bytes - EnvelopeForm.sizeBytes(large));
    return large.toBuilder()
        .setSignature(large.getSignature().concat(ByteString.copyFrom(new byte[missing])))
        .build();
  }

  @Test
  void nodesDoNotAskForExpiry() {
    channels.put("raftsig10", Samples.config("raftsig10"));
    BroadcastVerdict verdict =
        BroadcastRules.judge(Samples.envelope("raftsig10/39-expired-cert.pb"), channels::get, null);
    assertThat(verdict.status()).isEqualTo(Status.SUCCESS);
  }
}
