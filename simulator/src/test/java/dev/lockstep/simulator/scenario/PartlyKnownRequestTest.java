package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.RawClient;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests without signatures that a faulty client sends to some replicas only. Nobody may execute
 * one on the word of a single replica, and nobody can tell whose fault it is that it is not
 * ordered. Other clients are served meanwhile, and the client can cost the group a bounded number
 * of leaders at most.
 */
class PartlyKnownRequestTest {
  private static final long KEY = KvOperation.FIRST_BYZANTINE_KEY;
  private static final int OPERATIONS = 40;

  private SimCluster cluster;
  private ScriptedClient alice;
  private RawClient client;

  @BeforeEach
  void start() {
    start(SimCluster.withReplicas(4));
  }

  private void start(SimClusterBuilder builder) {
    cluster = builder.unsigned().start();
    alice = Scenario.client(cluster, "alice");
    client = cluster.rawClient();
    client.open();
    Scenario.settle(cluster);
  }

  /** Alice's operations, over more than forty timeouts; none may take longer than a few. */
  private void serveAlice() {
    for (int i = 0; i < OPERATIONS; i++) {
      Call call = alice.submit(KvOperation.add(7, 1));
      cluster.runUntil(call::hasResult, 10 * TIMEOUT);
      assertThat(call.result()).isEqualTo(i + 1);
      cluster.runFor(TIMEOUT);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aRequestThatOneFollowerKnowsCostsNoLeader(int follower) {
    Request request = client.request(1, KvOperation.put(KEY, 1));
    client.send(follower, request);
    serveAlice();
    assertThat(Scenario.regency(cluster)).isZero();
    assertThat(client.answeredBy(request)).isEmpty();

    // It is not lost: once the client sends it to one more, it is executed.
    client.send((follower + 1) % 4, request);
    cluster.runUntil(() -> client.answeredBy(request).size() == 4, SECOND);
    cluster.finish();
  }

  @Test
  void twoVariantsThatAreKnownToOneHalfEachCostNoLeader() {
    Request x = client.request(1, KvOperation.put(KEY, 1));
    Request y = client.request(1, KvOperation.put(KEY, 2));
    client.send(List.of(0, 1), x);
    client.send(List.of(2, 3), y);
    serveAlice();
    assertThat(Scenario.regency(cluster)).isZero();
    assertThat(client.answeredBy(x)).hasSize(4);
    assertThat(client.answeredBy(y)).containsExactly(2, 3);
    for (int replica = 0; replica < 4; replica++) {
      assertThat(cluster.replica(replica).pendingRequests()).isZero();
    }
    cluster.finish();
  }

  @Test
  void aRequestThatOnlyTheLeaderKnowsCostsABoundedNumberOfLeaders() {
    Request request = client.request(1, KvOperation.put(KEY, 1));
    client.send(0, request);
    serveAlice();
    assertThat(Scenario.regency(cluster)).isLessThanOrEqualTo(2);
    assertThat(client.answeredBy(request)).isEmpty();
    cluster.finish();
  }

  @Test
  void aClientThatGivesEachLeaderARequestOfItsOwnCostsABoundedNumberOfLeaders() {
    long sequence = 1;
    long shown = -1;
    for (int i = 0; i < OPERATIONS; i++) {
      if (Scenario.regency(cluster) > shown) {
        shown = Scenario.regency(cluster);
        Request request = client.request(sequence, KvOperation.put(KEY, 100 + i));
        client.send(cluster.view().leader(shown), request);
      }
      Call call = alice.submit(KvOperation.add(7, 1));
      cluster.runUntil(call::hasResult, 20 * TIMEOUT);
      cluster.runFor(TIMEOUT);
    }
    assertThat(Scenario.regency(cluster)).isLessThanOrEqualTo(4);
    cluster.finish();
  }

  @Test
  void theWordOfTheLeaderAloneIsEnoughIfAFetchedBodyCountsAsAuthentic() {
    start(SimCluster.withReplicas(4).variant(Broken.mutant("fetched-body-vouches")).unchecked());
    Request request = client.request(1, KvOperation.put(KEY, 1));
    client.send(0, request);
    serveAlice();
    assertThat(client.answeredBy(request)).isNotEmpty();
  }
}
