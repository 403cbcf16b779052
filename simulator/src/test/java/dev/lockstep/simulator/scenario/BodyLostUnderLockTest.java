package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.RawClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A request too large to travel with the proposal reaches all but replica 3. A WRITE quorum locks
 * the value, replica 3 too, which may lock what it does not hold; then the leader dies and the
 * client is gone. The value is bound, and the group needs replica 3: it must find the body at those
 * who wrote, be it authentic for it or not.
 */
class BodyLostUnderLockTest {
  private static final int LACKING = 3;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theBodyIsFoundAtTheWriters(boolean signed) {
    SimClusterBuilder builder = SimCluster.withReplicas(4);
    SimCluster cluster = (signed ? builder : builder.unsigned()).start();
    RawClient client = cluster.rawClient();
    client.open();
    Scenario.settle(cluster);
    long i = Scenario.last(cluster) + 1;
    cluster.drop(Scenario.accept(i, 0));
    cluster.drop(
        said ->
            said.isTo(LACKING)
                && said.isFrom(0)
                && (said.is(Message.Forwarded.class) || said.is(Message.RequestBodies.class)));
    var unasked =
        cluster.drop(said -> said.isFrom(LACKING) && said.is(Message.FetchRequests.class));
    KvOperation large = KvOperation.put(KvOperation.FIRST_BYZANTINE_KEY, 5).padded(500, 0);
    Request request = client.request(1, large);
    client.send(List.of(0, 1, 2), request);
    for (int replica : List.of(1, 2, LACKING)) {
      cluster.runUntil(() -> Scenario.hasLocked(cluster, replica, i, 0));
    }
    assertThat(cluster.sent(Scenario.write(i, 0)))
        .extracting(Envelope::from)
        .doesNotContain(LACKING);
    cluster.replica(0).crash();
    unasked.stop();

    cluster.runUntilDelivered(i);
    cluster.runFor(SECOND / 10);
    for (int replica : List.of(1, 2, LACKING)) {
      var decided = Scenario.decided(cluster, replica, i);
      assertThat(decided.bodies()).containsExactly(request);
      assertThat(decided.certificate().regency()).isEqualTo(1);
      assertThat(decided.batch().header().proposedInRegency()).isZero();
    }
    assertThat(client.answeredBy(request)).containsExactly(1, 2, LACKING);
    cluster.finish();
  }
}
