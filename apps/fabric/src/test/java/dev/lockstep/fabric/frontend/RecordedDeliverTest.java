package dev.lockstep.fabric.frontend;

import static dev.lockstep.fabric.frontend.Clients.at;
import static dev.lockstep.fabric.frontend.Clients.newest;
import static dev.lockstep.fabric.frontend.Clients.nextCommit;
import static dev.lockstep.fabric.frontend.Clients.oldest;
import static dev.lockstep.fabric.frontend.Clients.seek;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.msp.SigningIdentity;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;
import org.hyperledger.fabric.protos.orderer.DeliverResponse;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every recorded Deliver case, in the recorded order on one chain, by official stubs. */
class RecordedDeliverTest {
  private static final String CHANNEL = "raftany10";
  private static final int SEEK_INFO = 5;
  private static final long MAX = -1L;

  @TempDir static Path folder;
  private static TestNetwork network;
  private static Frontend frontend;
  private static ManagedChannel client;
  private static final SigningIdentity USER = Samples.user("User1", 1);

  @BeforeAll
  static void start() throws Exception {
    network = new TestNetwork(folder, CHANNEL);
    frontend = network.frontend("frontend", false);
    client = Clients.connect(frontend.port(), null, null);
    for (int i = 0; i < 3; i++) {
      submit();
    }
  }

  @AfterAll
  static void stop() {
    client.shutdownNow();
    network.close();
  }

  /** One envelope, and waits for its block. */
  private static void submit() throws Exception {
    Ledger ledger = frontend.ledgerOrNull(CHANNEL);
    long height = ledger.height();
    Clients.Stream<Envelope, BroadcastResponse> stream = Clients.broadcast(client);
    stream.requests.onNext(Clients.envelope(USER, CHANNEL, 0, Instant.now(), new byte[10]));
    assertThat(stream.word()).isEqualTo("SUCCESS");
    stream.requests.onCompleted();
    Waiting.until("the block is there", () -> ledger.height() > height);
  }

  private static Envelope signed(SeekInfo seek) {
    return Clients.envelope(USER, CHANNEL, SEEK_INFO, Instant.now(), seek.toByteArray());
  }

  private static Envelope signedFor(String channel) {
    return Clients.envelope(
        USER, channel, SEEK_INFO, Instant.now(), seek(at(0), at(0), false).toByteArray());
  }

  private static Envelope signedAt(Instant timeOrNull) {
    return Clients.envelope(
        USER, CHANNEL, SEEK_INFO, timeOrNull, seek(at(0), at(0), false).toByteArray());
  }

  /** The requests of a case, by the name under which it was recorded. */
  private static List<Envelope> requests(String name) {
    SeekInfo zero = seek(at(0), at(0), false);
    return switch (name) {
      case "oldest..oldest FAIL" -> List.of(signed(seek(oldest(), oldest(), false)));
      case "newest..newest FAIL" -> List.of(signed(seek(newest(), newest(), false)));
      case "0..0 FAIL" -> List.of(signed(zero));
      case "1..2 FAIL" -> List.of(signed(seek(at(1), at(2), false)));
      case "1..newest FAIL" -> List.of(signed(seek(at(1), newest(), false)));
      case "oldest..newest FAIL" -> List.of(signed(seek(oldest(), newest(), false)));
      case "1..1 FAIL" -> List.of(signed(seek(at(1), at(1), false)));
      case "newest..oldest FAIL" -> List.of(signed(seek(newest(), oldest(), false)));
      case "1..0 FAIL (stop<start)" -> List.of(signed(seek(at(1), at(0), false)));
      case "99999..99999 FAIL" -> List.of(signed(seek(at(99999), at(99999), false)));
      case "newest..max FAIL" -> List.of(signed(seek(newest(), at(MAX), false)));
      case "oldest..max FAIL" -> List.of(signed(seek(oldest(), at(MAX), false)));
      case "99999..max UNTIL (client times out)" -> List.of(signed(seek(at(99999), at(MAX), true)));
      case "newest..max UNTIL + a submit" -> List.of(signed(seek(newest(), at(MAX), true)));
      case "next..max UNTIL + a submit" -> List.of(signed(seek(nextCommit(), at(MAX), true)));
      case "next..next UNTIL + a submit" -> List.of(signed(seek(nextCommit(), nextCommit(), true)));
      case "next..newest UNTIL + a submit" -> List.of(signed(seek(nextCommit(), newest(), true)));
      case "next..max FAIL" -> List.of(signed(seek(nextCommit(), at(MAX), false)));
      case "no start" -> List.of(signed(SeekInfo.newBuilder().setStop(at(0)).build()));
      case "no stop" -> List.of(signed(SeekInfo.newBuilder().setStart(at(0)).build()));
      case "0..2 HEADER_WITH_SIG" ->
          List.of(
              signed(
                  seek(at(0), at(2), false).toBuilder()
                      .setContentType(SeekInfo.SeekContentType.HEADER_WITH_SIG)
                      .build()));
      case "0..0 BEST_EFFORT" ->
          List.of(
              signed(
                  zero.toBuilder()
                      .setErrorResponse(SeekInfo.SeekErrorResponse.BEST_EFFORT)
                      .build()));
      case "two seeks on one stream" ->
          List.of(signed(seek(at(0), at(1), false)), signed(seek(newest(), newest(), false)));
      case "unknown channel" -> List.of(signedFor("nosuchchannel"));
      case "empty channel id" -> List.of(signedFor(""));
      case "no timestamp" -> List.of(signedAt(null));
      case "timestamp 20 min old" -> List.of(signedAt(Instant.now().minus(Duration.ofMinutes(20))));
      case "unsigned" -> List.of(signed(zero).toBuilder().clearSignature().build());
      case "bad signature" -> {
        byte[] signature = signed(zero).getSignature().toByteArray();
        signature[signature.length - 1] ^= 1;
        yield List.of(
            signed(zero).toBuilder().setSignature(ByteString.copyFrom(signature)).build());
      }
      case "header type MESSAGE instead of SEEK_INFO" ->
          List.of(Clients.envelope(USER, CHANNEL, 0, Instant.now(), zero.toByteArray()));
      case "malformed payload" ->
          List.of(Envelope.newBuilder().setPayload(ByteString.copyFromUtf8("garbage")).build());
      case "empty envelope" -> List.of(Envelope.getDefaultInstance());
      case "malformed SeekInfo" ->
          List.of(
              Clients.envelope(USER, CHANNEL, SEEK_INFO, Instant.now(), new byte[] {(byte) 0xff}));
      case "no header" ->
          List.of(
              Envelope.newBuilder()
                  .setPayload(
                      Payload.newBuilder().setData(zero.toByteString()).build().toByteString())
                  .build());
      case "outsider (other CA, same MSP id)" ->
          List.of(
              Clients.envelope(
                  Samples.signer("extra/outsider-user1.org1", "Org1MSP"),
                  CHANNEL,
                  SEEK_INFO,
                  Instant.now(),
                  zero.toByteArray()));
      default -> throw new IllegalArgumentException(name);
    };
  }

  @TestFactory
  List<DynamicTest> everyCaseIsAnsweredAsRecorded() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode entry : Samples.json("answers.json").get("cases")) {
      if (entry.get("op").asText().equals("Deliver")) {
        String name = entry.get("case").asText();
        tests.add(DynamicTest.dynamicTest(name, () -> replay(name, entry)));
      }
    }
    assertThat(tests).hasSizeGreaterThan(30);
    return tests;
  }

  private static void replay(String name, JsonNode entry) throws Exception {
    Clients.Stream<Envelope, DeliverResponse> stream = Clients.deliver(client);
    requests(name).forEach(stream.requests::onNext);
    boolean submitted = !name.contains("+ a submit");
    boolean open = entry.get("recorded").asText().contains("ERR(");
    if (!open) {
      stream.requests.onCompleted();
    }
    for (JsonNode expected : entry.get("expected")) {
      if (expected.has("block")) {
        long number = expected.get("block").asLong();
        if (!submitted && number >= frontend.ledgerOrNull(CHANNEL).height()) {
          submit();
          submitted = true;
        }
        String data = expected.get("data").asText();
        assertThat(stream.word())
            .isEqualTo("B" + number + (data.equals("present") ? "" : "(nodata)"));
      } else if (expected.has("status")) {
        assertThat(stream.word()).isEqualTo(expected.get("status").asText());
      } else if (!open) {
        assertThat(stream.word()).isEqualTo("EOF");
      } else {
        assertThat(stream.received).isEmpty();
        stream.requests.onCompleted();
      }
    }
  }
}
