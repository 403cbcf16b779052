package dev.lockstep.fabric.frontend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.msp.SigningIdentity;
import io.grpc.ManagedChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;
import org.hyperledger.fabric.protos.orderer.DeliverResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Official stubs against frontends of four nodes. */
class FrontendTest {
  private static final String CHANNEL = "raftsig10";

  @TempDir Path folder;

  private static Envelope deliverRequest(
      SigningIdentity reader, org.hyperledger.fabric.protos.orderer.SeekInfo seek) {
    return Clients.envelope(reader, CHANNEL, 5, Instant.now(), seek.toByteArray());
  }

  @Test
  void whatIsBroadcastIsDelivered() throws Exception {
    try (TestNetwork network = new TestNetwork(folder, CHANNEL)) {
      Frontend frontend = network.frontend("frontend-0", false);
      ManagedChannel client = Clients.connect(frontend.port(), null, null);
      SigningIdentity user = Samples.user("User1", 1);
      Clients.Stream<Envelope, BroadcastResponse> broadcast = Clients.broadcast(client);
      for (int i = 0; i < 25; i++) {
        broadcast.requests.onNext(
            Clients.envelope(
                user, CHANNEL, 0, Instant.now(), ("m" + i).getBytes(StandardCharsets.UTF_8)));
      }
      for (int i = 0; i < 25; i++) {
        assertThat(broadcast.word()).isEqualTo("SUCCESS");
      }
      broadcast.requests.onCompleted();
      assertThat(broadcast.word()).isEqualTo("EOF");

      Clients.Stream<Envelope, DeliverResponse> deliver = Clients.deliver(client);
      deliver.requests.onNext(
          deliverRequest(user, Clients.seek(Clients.oldest(), Clients.at(3), true)));
      byte[] genesis = Samples.bytes("genesis/raftsig10.block").toByteArray();
      Block first = ((DeliverResponse) deliver.next()).getBlock();
      assertThat(first.toByteArray()).isEqualTo(genesis);
      int messages = 0;
      for (int number = 1; number <= 3; number++) {
        messages += ((DeliverResponse) deliver.next()).getBlock().getData().getDataCount();
      }
      assertThat(messages).isEqualTo(25);
      assertThat(deliver.word()).isEqualTo("SUCCESS");
      client.shutdownNow();
    }
  }
}
