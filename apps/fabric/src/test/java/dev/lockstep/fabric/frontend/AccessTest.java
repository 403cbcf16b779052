package dev.lockstep.fabric.frontend;

import static dev.lockstep.fabric.frontend.Clients.at;
import static dev.lockstep.fabric.frontend.Clients.newest;
import static dev.lockstep.fabric.frontend.Clients.seek;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.msp.SigningIdentity;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;
import org.hyperledger.fabric.protos.orderer.DeliverResponse;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may read, under which configuration, and over which connection. */
class AccessTest {
  private static final int SEEK_INFO = 5;
  private static final Map<String, SigningIdentity> READERS =
      Map.of(
          "User1@org1", Samples.user("User1", 1),
          "User1@org2", Samples.user("User1", 2),
          "outsider User1@org1", Samples.signer("extra/outsider-user1.org1", "Org1MSP"),
          "outsider orderer1", Samples.signer("extra/outsider-orderer1.ord", "OrdererMSP"),
          "Expired@org1", Samples.signer("extra/expired-user.org1", "Org1MSP"),
          "Revoked@org1", Samples.signer("extra/revoked-user.org1", "Org1MSP"),
          "Expired@ord", Samples.signer("extra/expired-orderer.ord", "OrdererMSP"),
          "Admin@ord", Samples.ordererAdmin());

  @TempDir static Path folder;
  private static TestNetwork network;
  private static Frontend frontend;
  private static Frontend mutual;
  private static ManagedChannel client;

  @BeforeAll
  static void start() throws Exception {
    network = new TestNetwork(folder, "raftsig10", "raftsig10crl", "bft10");
    frontend = network.frontend("frontend", false);
    mutual = network.frontend("mutual", true);
    client = Clients.connect(frontend.port(), null, null);
  }

  @AfterAll
  static void stop() {
    client.shutdownNow();
    network.close();
  }

  private static Envelope request(SigningIdentity reader, String channel, SeekInfo seek) {
    return Clients.envelope(reader, channel, SEEK_INFO, Instant.now(), seek.toByteArray());
  }

  private static String lastStatus(SigningIdentity reader, String channel) throws Exception {
    Clients.Stream<Envelope, DeliverResponse> stream = Clients.deliver(client);
    stream.requests.onNext(request(reader, channel, seek(at(0), newest(), false)));
    String word = stream.word();
    while (word.startsWith("B") && !word.startsWith("BAD")) {
      word = stream.word();
    }
    stream.requests.onCompleted();
    return word;
  }

  private static void checkAccess(String channel, String when) throws Exception {
    int checked = 0;
    for (JsonNode each : Samples.json("answers.json").get("deliver_access").get("cases")) {
      if (each.get("channel").asText().equals(channel) && each.get("when").asText().equals(when)) {
        String reader = each.get("reader").asText();
        assertThat(READERS).containsKey(reader);
        assertThat(lastStatus(READERS.get(reader), channel))
            .as(reader)
            .isEqualTo(each.get("status").asText());
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(2);
  }

  private static void update(String file) throws Exception {
    Clients.Stream<Envelope, BroadcastResponse> stream = Clients.broadcast(client);
    stream.requests.onNext(Samples.envelope(file));
    assertThat(stream.word()).isEqualTo("SUCCESS");
    stream.requests.onCompleted();
  }

  @Test
  void readersAreJudgedByTheConfigurationInForce() throws Exception {
    checkAccess("raftsig10crl", "genesis config with CRL");
    checkAccess("bft10", "before config updates");
    Ledger ledger = frontend.ledgerOrNull("bft10");
    update("bft10/78-remove-org2.pb");
    Waiting.until("Org2 is removed", () -> ledger.height() == 2);
    checkAccess("bft10", "after 78-remove-org2");
  }

  @Test
  void whoIsShutOutDoesNotGetTheBlockThatSaysSo() throws Exception {
    List<Clients.Stream<Envelope, DeliverResponse>> streams = new ArrayList<>();
    for (int org = 1; org <= 2; org++) {
      Clients.Stream<Envelope, DeliverResponse> stream = Clients.deliver(client);
      stream.requests.onNext(
          request(Samples.user("User1", org), "raftsig10", seek(at(0), at(-1L), true)));
      assertThat(stream.word()).isEqualTo("B0");
      streams.add(stream);
    }
    update("raftsig10/78-remove-org2.pb");
    assertThat(streams.get(1).word()).isEqualTo("FORBIDDEN");
    assertThat(streams.get(1).word()).isEqualTo("EOF");
    assertThat(streams.get(0).word()).isEqualTo("B1");
    streams.get(0).requests.onCompleted();
    checkAccess("raftsig10", "after 78-remove-org2");
  }

  @Test
  void withMutualTlsTheRequestNamesTheConnectionsCertificate() throws Exception {
    Path tls =
        Samples.path("crypto/peerOrganizations/org1.example.com/users/User1@org1.example.com/tls");
    ManagedChannel channel =
        Clients.connect(mutual.port(), tls.resolve("client.crt"), tls.resolve("client.key"));
    var certificate =
        java.security.cert.CertificateFactory.getInstance("X.509")
            .generateCertificate(
                Samples.bytes(
                        "crypto/peerOrganizations/org1.example.com/users/User1@org1.example.com/tls/client.crt")
                    .newInput());
    ByteString right =
        ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    for (ByteString hash : List.of(right, ByteString.EMPTY, ByteString.copyFrom(new byte[32]))) {
      Clients.Stream<Envelope, DeliverResponse> stream = Clients.deliver(channel);
      stream.requests.onNext(
          Clients.envelope(
              Samples.user("User1", 1),
              "raftsig10crl",
              SEEK_INFO,
              Instant.now(),
              seek(at(0), at(0), false).toByteArray(),
              hash));
      assertThat(stream.word()).isEqualTo(hash == right ? "B0" : "BAD_REQUEST");
      stream.requests.onCompleted();
    }
    Clients.Stream<Envelope, BroadcastResponse> broadcast = Clients.broadcast(channel);
    broadcast.requests.onNext(
        Clients.envelope(Samples.user("User1", 1), "raftsig10crl", 0, Instant.now(), new byte[10]));
    assertThat(broadcast.word()).as("Broadcast does not ask for it").isEqualTo("SUCCESS");
    broadcast.requests.onCompleted();
    channel.shutdownNow();

    ManagedChannel nobody = Clients.connect(mutual.port(), null, null);
    Clients.Stream<Envelope, DeliverResponse> refused = Clients.deliver(nobody);
    refused.requests.onNext(
        request(Samples.user("User1", 1), "raftsig10crl", seek(at(0), at(0), false)));
    assertThat(refused.word()).isEqualTo("ERR(UNAVAILABLE)");
    nobody.shutdownNow();
  }
}
