package dev.lockstep.fabric.frontend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.verify.ChainVerifier;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every envelope that was sent to real orderers, sent to a frontend of four nodes. */
class RecordedBroadcastTest {
  @TempDir static Path folder;
  private static TestNetwork network;
  private static Frontend frontend;
  private static ManagedChannel client;

  @BeforeAll
  static void start() throws Exception {
    network = new TestNetwork(folder, "raftsig10", "bft10", "raftsig10crl", "raftany10");
    frontend = network.frontend("frontend", false);
    client = Clients.connect(frontend.port(), null, null);
  }

  @AfterAll
  static void stop() {
    client.shutdownNow();
    network.close();
  }

  /** Sends one envelope on a stream of its own; how it was answered, and how the stream ended. */
  private static List<String> send(ByteString bytes) throws Exception {
    return send(client, bytes);
  }

  private static List<String> send(ManagedChannel to, ByteString bytes) throws Exception {
    Clients.Stream<byte[], byte[]> stream = Clients.rawBroadcast(to);
    stream.requests.onNext(bytes.toByteArray());
    stream.requests.onCompleted();
    List<String> words = new ArrayList<>();
    while (true) {
      Object next = stream.next();
      if (next instanceof String end) {
        words.add(end);
        return words;
      }
      BroadcastResponse response = BroadcastResponse.parseFrom((byte[]) next);
      words.add((response.getStatus() + " " + response.getInfo()).strip());
    }
  }

  private static List<String> expected(JsonNode answer) {
    String status = answer.get("status").asText();
    return status.isEmpty()
        ? List.of("ERR(INTERNAL)")
        : List.of(
            (status + " " + (answer.hasNonNull("info") ? answer.get("info").asText() : "")).strip(),
            "EOF");
  }

  private static Map<String, Integer> envelopesInChain(Ledger ledger) throws Exception {
    Map<String, Integer> count = new HashMap<>();
    for (long number = 0; number < ledger.height(); number++) {
      for (ByteString envelope :
          Block.parseFrom(ledger.block(number).bytes()).getData().getDataList()) {
        count.merge(sha256(envelope), 1, Integer::sum);
      }
    }
    return count;
  }

  private static String sha256(ByteString bytes) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"raftsig10", "bft10", "raftsig10crl"})
  void everyEnvelopeIsAnsweredAsRecorded(String channel) throws Exception {
    List<String> inBlocks = new ArrayList<>();
    int sent = 0;
    for (JsonNode entry : Samples.envelopes(channel)) {
      JsonNode recorded = entry.get("recorded");
      if (!recorded.isObject()) {
        continue;
      }
      String file = entry.get("file").asText();
      List<String> answer = send(Samples.bytes("envelopes/" + file));
      assertThat(answer).as(file).isEqualTo(expected(recorded.elements().next().get("answer")));
      if (entry.hasNonNull("in_block")) {
        inBlocks.add(entry.get("in_block").get("sha256").asText());
      }
      sent++;
    }
    assertThat(sent).isGreaterThanOrEqualTo(channel.equals("raftsig10crl") ? 5 : 60);
    for (JsonNode entry : Samples.envelopes(channel)) {
      if (entry.hasNonNull("recorded_after_78")) {
        assertThat(send(Samples.bytes("envelopes/" + entry.get("file").asText())))
            .isEqualTo(expected(entry.get("recorded_after_78")));
      }
    }
    String ordered = inBlocks.isEmpty() ? "10-message-200" : "52-no-timestamp";
    assertThat(send(Samples.bytes("envelopes/" + channel + "/" + ordered + ".pb")))
        .as("a duplicate")
        .isEqualTo(List.of("SUCCESS", "EOF"));
    Ledger ledger = frontend.ledgerOrNull(channel);
    Waiting.until(
        "all envelopes are in the chain",
        () -> envelopesInChain(ledger).keySet().containsAll(inBlocks));
    Map<String, Integer> count = envelopesInChain(ledger);
    assertThat(count.values()).as("each once").allMatch(times -> times == 1);
    verifyChain(channel, ledger);
  }

  /** By rules of their own, which know nothing of how blocks are made. */
  private static void verifyChain(String channel, Ledger ledger) throws Exception {
    ChainVerifier verifier = new ChainVerifier(Samples.genesis(channel));
    for (long number = 1; number < ledger.height(); number++) {
      Block block = Block.parseFrom(ledger.block(number).bytes());
      assertThat(verifier.append(block)).as("block " + number).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raftsig10", "bft10", "raftany10"})
  void realEndorserTransactionsAreOrdered(String channel) throws Exception {
    ByteString envelope = Samples.bytes("envelopes/endorser/approve-" + channel + ".pb");
    assertThat(send(envelope)).isEqualTo(List.of("SUCCESS", "EOF"));
    Ledger ledger = frontend.ledgerOrNull(channel);
    Waiting.until("it is in a block", () -> envelopesInChain(ledger).containsKey(sha256(envelope)));
    verifyChain(channel, ledger);
  }

  @Test
  void aLateFrontendServesTheSameAndWhatGoesThroughBothIsOrderedOnce() throws Exception {
    Frontend late = network.frontend("late", false);
    ManagedChannel other = Clients.connect(late.port(), null, null);
    var envelope =
        Clients.envelope(Samples.user("User1", 1), "raftany10", 0, null, new byte[10])
            .toByteString();
    assertThat(send(envelope)).isEqualTo(List.of("SUCCESS", "EOF"));
    assertThat(send(other, envelope)).isEqualTo(List.of("SUCCESS", "EOF"));
    other.shutdownNow();
    for (String channel : List.of("raftsig10", "bft10", "raftsig10crl", "raftany10")) {
      Ledger one = frontend.ledgerOrNull(channel);
      Ledger two = late.ledgerOrNull(channel);
      Waiting.until("it has caught up", () -> two.height() >= one.height());
      for (long number = 0; number < one.height(); number++) {
        assertThat(withoutSignatures(two, number)).isEqualTo(withoutSignatures(one, number));
      }
    }
    Ledger ledger = late.ledgerOrNull("raftany10");
    Waiting.until(
        "it is in a block", () -> envelopesInChain(ledger).containsKey(sha256(envelope)));
    assertThat(envelopesInChain(ledger).get(sha256(envelope))).isEqualTo(1);
  }

  /** Which nodes' signatures a frontend has is the only thing that may differ. */
  private static Block withoutSignatures(Ledger ledger, long number) throws Exception {
    return Block.parseFrom(ledger.block(number).bytes()).toBuilder().clearMetadata().build();
  }

  @Test
  void sizesAreLimited() throws Exception {
    var user = Samples.user("User1", 1);
    var large = Clients.envelope(user, "raftany10", 0, null, new byte[11 << 20]);
    long counted = large.getPayload().size() + large.getSignature().size();
    assertThat(send(large.toByteString()))
        .isEqualTo(
            List.of(
                "BAD_REQUEST message payload is "
                    + counted
                    + " bytes and exceeds maximum allowed 10485760 bytes",
                "EOF"));
    var aboveOptimum = Clients.envelope(user, "raftany10", 0, null, new byte[3 << 20]);
    assertThat(send(aboveOptimum.toByteString())).isEqualTo(List.of("SUCCESS", "EOF"));
  }
}
