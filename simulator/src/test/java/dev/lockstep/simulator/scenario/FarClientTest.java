package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Message.Reply;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.RawClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A client is farther from one replica than the replicas are from each other, so all that it sends
 * there comes when it is delivered. What is late belongs to a session that is over (RULES 9): the
 * replica must neither hold it nor pass it on, or each session of the client leaves something there
 * for ever, until the client's budget is used up.
 */
class FarClientTest {
  private static final int FAR = 3;
  private static final long LONG = 1_000_000;

  private final SimCluster cluster = SimCluster.withReplicas(4).start();
  private final RawClient client = cluster.rawClient();

  private static boolean isForward(Envelope said) {
    return said.isFrom(FAR) && said.is(Message.Forwarded.class);
  }

  @Test
  void nothingOfASessionThatIsOverIsHeldOrForwarded() {
    client.open();
    MessageRule slow =
        cluster.hold(said -> said.isTo(FAR) && said.is(Message.ClientRequest.class));
    Request put = client.request(1, KvOperation.put(1_000, 1));
    Request close = client.request(Request.Kind.CLOSE, client.session(), 2, Bytes.EMPTY);
    client.sendToAll(put);
    client.sendToAll(close);
    cluster.runUntil(() -> client.answeredBy(close).size() == 4);
    int before = client.repliesOf(FAR).size();
    int forwards = cluster.sent(FarClientTest::isForward).size();

    slow.release();
    cluster.runFor(LONG);

    assertThat(cluster.replica(FAR).pendingRequests()).isZero();
    assertThat(cluster.sent(FarClientTest::isForward)).hasSize(forwards);
    List<Reply> late = client.repliesOf(FAR);
    assertThat(late.subList(before, late.size()))
        .as("it is told at once")
        .extracting(Reply::outcome)
        .containsExactly(Outcome.EXPIRED, Outcome.EXPIRED);
    cluster.finish();
  }
}
