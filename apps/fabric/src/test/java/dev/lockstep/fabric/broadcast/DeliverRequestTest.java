package dev.lockstep.fabric.broadcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.TestEnvelope;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeliverRequestTest {
  private static final SeekInfo ALL =
      SeekInfo.newBuilder()
          .setStart(SeekPlanTest.position("0"))
          .setStop(SeekPlanTest.position("newest"))
          .setBehavior(SeekInfo.SeekBehavior.FAIL_IF_NOT_READY)
          .build();

  private static final Map<String, SigningIdentity> READERS =
      Map.of(
          "User1@org1", Samples.user("User1", 1),
          "User1@org2", Samples.user("User1", 2),
          "outsider User1@org1", Samples.signer("extra/outsider-user1.org1", "Org1MSP"),
          "outsider orderer1", Samples.signer("extra/outsider-orderer1.ord", "OrdererMSP"),
          "Expired@org1", Samples.signer("extra/expired-user.org1", "Org1MSP"),
          "Expired@ord", Samples.signer("extra/expired-orderer.ord", "OrdererMSP"),
          "Revoked@org1", Samples.signer("extra/revoked-user.org1", "Org1MSP"),
          "Admin@ord", Samples.ordererAdmin());

  private final Map<String, ChannelConfig> channels = new HashMap<>();
  private final SigningIdentity user = READERS.get("User1@org1");

  @BeforeEach
  void oneChannel() {
    channels.put("raftsig10", Samples.config("raftsig10"));
  }

  private DeliverRequest.Parsed parse(Envelope envelope) {
    return DeliverRequest.parse(envelope, channels::get, Samples.NOW, null);
  }

  private static TestEnvelope all() {
    return TestEnvelope.seek("raftsig10", ALL);
  }

  @Test
  void everyRecordedReaderIsAnsweredAgain() throws RefusedException {
    int cases = 0;
    for (JsonNode entry : Samples.json("answers.json").get("deliver_access").get("cases")) {
      String channel = entry.get("channel").asText();
      ChannelConfig config =
          entry.get("when").asText().equals("after 78-remove-org2")
              ? ChannelConfig.ofBlock(
                  Samples.block(
                      "blocks/" + channel + (channel.equals("bft10") ? "/0031.pb" : "/0012.pb")))
              : Samples.config(channel);
      SigningIdentity reader = READERS.get(entry.get("reader").asText());
      DeliverRequest.Parsed parsed =
          DeliverRequest.parse(
              TestEnvelope.seek(channel, ALL).signedBy(reader), id -> config, Samples.NOW, null);
      assertThat(parsed.status().name()).as("%s", entry).isEqualTo(entry.get("status").asText());
      cases++;
    }
    assertThat(cases).isEqualTo(25);
  }

  @Test
  void everyRecordedMalformedRequestIsAnsweredAgain() {
    Map<String, Envelope> requests = new HashMap<>();
    requests.put(
        "no start",
        TestEnvelope.seek("raftsig10", ALL.toBuilder().clearStart().build()).signedBy(user));
    requests.put(
        "no stop",
        TestEnvelope.seek("raftsig10", ALL.toBuilder().clearStop().build()).signedBy(user));
    requests.put("unknown channel", TestEnvelope.seek("nosuch", ALL).signedBy(user));
    requests.put("empty channel id", TestEnvelope.seek("", ALL).signedBy(user));
    requests.put("no timestamp", all().withoutTime().signedBy(user));
    requests.put(
        "timestamp 20 min old", all().at(Samples.NOW.minus(Duration.ofMinutes(20))).signedBy(user));
    requests.put("unsigned", all().unsigned());
    requests.put(
        "bad signature",
        all().signedBy(user).toBuilder().setSignature(user.sign(new byte[] {1})).build());
    requests.put(
        "header type MESSAGE instead of SEEK_INFO",
        all().type(HeaderType.MESSAGE_VALUE).signedBy(user));
    requests.put("malformed payload", envelope("garbage"));
    requests.put("empty envelope", Envelope.getDefaultInstance());
    requests.put("malformed SeekInfo", all().data(ByteString.copyFromUtf8("x")).signedBy(user));
    requests.put("no header", Samples.envelope("raftsig10/40-no-header.pb"));
    requests.put(
        "outsider (other CA, same MSP id)", all().signedBy(READERS.get("outsider User1@org1")));
    for (JsonNode entry : Samples.json("answers.json").get("cases")) {
      Envelope request = requests.get(entry.get("case").asText());
      if (entry.get("op").asText().equals("Deliver") && request != null) {
        String status = entry.get("recorded").asText().replace("B0 ", "").replace(" EOF", "");
        assertThat(parse(request).status().name()).as(entry.get("case").asText()).isEqualTo(status);
        requests.remove(entry.get("case").asText());
      }
    }
    assertThat(requests).isEmpty();
  }

  private static Envelope envelope(String payload) {
    return Envelope.newBuilder().setPayload(ByteString.copyFromUtf8(payload)).build();
  }

  @Test
  void aReaderThatAConfigurationRemovesDoesNotGetItsBlock() throws RefusedException {
    DeliverRequest removed = parse(all().signedBy(READERS.get("User1@org2"))).requestOrNull();
    DeliverRequest kept = parse(all().signedBy(user)).requestOrNull();
    for (int block = 9; block <= 12; block++) {
      ChannelConfig after =
          ChannelConfig.ofBlock(Samples.block(String.format("blocks/raftsig10/%04d.pb", block)));
      assertThat(removed.refusalOrNull(after, Samples.NOW) != null).isEqualTo(block == 12);
      assertThat(kept.refusalOrNull(after, Samples.NOW)).isNull();
    }
  }

  @Test
  void aCertificateThatExpiresEndsAnOpenStream() {
    ChannelConfig config = channels.get("raftsig10");
    DeliverRequest request = parse(all().signedBy(user)).requestOrNull();
    assertThat(request.refusalOrNull(config, Samples.NOW)).isNull();
    assertThat(request.refusalOrNull(config, user.certificate().getNotAfter().toInstant()))
        .isEqualTo("deliver client identity expired");
  }

  @Test
  void withMutualTlsTheRequestNamesTheCertificate() {
    ByteString hash = ByteString.copyFrom(new byte[32]);
    ByteString other = ByteString.copyFrom(new byte[] {1});
    assertThat(bound(all().signedBy(user), hash)).isEqualTo(Status.BAD_REQUEST);
    assertThat(bound(all().tlsCertificateHash(other).signedBy(user), hash))
        .isEqualTo(Status.BAD_REQUEST);
    assertThat(bound(all().tlsCertificateHash(hash).signedBy(user), hash))
        .isEqualTo(Status.SUCCESS);
    assertThat(bound(all().tlsCertificateHash(other).signedBy(user), null))
        .isEqualTo(Status.SUCCESS);
  }

  private Status bound(Envelope envelope, ByteString hashOrNull) {
    return DeliverRequest.parse(envelope, channels::get, Samples.NOW, hashOrNull).status();
  }

  @Test
  void timesThatAreNoneAreRefused() {
    Envelope farAway = all().at(Instant.ofEpochSecond(253_402_300_799L)).signedBy(user);
    assertThat(parse(farAway).status()).isEqualTo(Status.BAD_REQUEST);
    assertThat(parse(all().at(Instant.MAX).signedBy(user)).status()).isEqualTo(Status.BAD_REQUEST);
    assertThat(parse(all().at(Samples.NOW.plus(Duration.ofMinutes(14))).signedBy(user)).status())
        .isEqualTo(Status.SUCCESS);
  }
}
