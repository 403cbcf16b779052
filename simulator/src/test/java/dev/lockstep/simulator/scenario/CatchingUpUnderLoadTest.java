package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A replica is thousands of instances behind a group that goes on deciding as fast as it can. It
 * must gain on the group, whatever some of its sources do.
 */
class CatchingUpUnderLoadTest {
  private static final int D = 3;

  private SimCluster cluster;
  private final List<ScriptedClient> clients = new ArrayList<>();
  private final List<List<Call>> calls = new ArrayList<>();

  private void start(SimClusterBuilder builder) {
    cluster = builder.batchOf(2).start();
    for (String name : new String[] {"alice", "bob", "carol"}) {
      clients.add(Scenario.client(cluster, name));
      calls.add(new ArrayList<>());
    }
  }

  /** Lets the group decide under full load for a while. */
  private void load(long micros) {
    for (long until = cluster.now() + micros; cluster.now() < until; cluster.runFor(500)) {
      for (int i = 0; i < clients.size(); i++) {
        calls.get(i).removeIf(Call::isDone);
        while (calls.get(i).size() < 8) {
          calls.get(i).add(clients.get(i).submit(KvOperation.add(i, 1)));
        }
      }
    }
  }

  private long lag() {
    return Scenario.last(cluster) - cluster.replica(D).lastDelivered();
  }

  /** Returns how many instances the group decided until the laggard was level with it. */
  private long catchUp(long within) {
    long before = Scenario.last(cluster);
    long until = cluster.now() + within;
    while (lag() > 2L * cluster.view().window() + 4) {
      assertThat(cluster.now()).as(() -> "still behind:\n" + cluster.describe()).isLessThan(until);
      load(5_000);
    }
    return Scenario.last(cluster) - before;
  }

  private void fallBehind(long instances) {
    MessageRule cut = cluster.isolate(D);
    while (lag() < instances) {
      load(50_000);
    }
    cut.stop();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aLaggardGainsOnAGroupAtFullSpeed(int window) {
    start(SimCluster.withReplicas(4).window(window).withoutCodec());
    fallBehind(3_000);
    long meanwhile = catchUp(SECOND);
    assertThat(meanwhile).as("decided meanwhile").isPositive();
    // And it takes part again: its votes are needed now.
    cluster.isolate(2);
    Call call = clients.get(0).submit(KvOperation.add(9, 1));
    cluster.runUntil(call::hasResult, SECOND);
    cluster.finish();
  }

  /** What does not fit in memory any more is read from the disks of the others. */
  @Test
  void oldDecisionsComeFromTheDisk() {
    Budgets defaults = Budgets.defaults();
    start(
        SimCluster.withReplicas(4)
            .window(4)
            .withoutCodec()
            .budgets(
                new Budgets(
                    defaults.clientRequests(),
                    defaults.clientBytes(),
                    defaults.peerRequests(),
                    defaults.peerBytes(),
                    64 << 10,
                    defaults.transferBytes())));
    fallBehind(2_000);
    catchUp(2 * SECOND);
    cluster.finish();
  }

  /** One source claims a million instances and never answers; it costs little. */
  @Test
  void aSilentLiarIsReplaced() {
    start(SimCluster.withReplicas(4).window(4).withoutCodec().puppet(1));
    Puppet liar = cluster.puppet(1);
    liar.lets(said -> !said.is(Message.Decision.class) && !said.is(Message.Fetched.class));
    fallBehind(2_000);
    long until = cluster.now() + 2 * SECOND;
    while (lag() > 12) {
      assertThat(cluster.now()).as(() -> "still behind:\n" + cluster.describe()).isLessThan(until);
      liar.send(D, new Message.Status(0, 0, 0, true, 1_000_000, 0));
      load(5_000);
    }
    assertThat(cluster.replica(D).count(Event.SOURCE_REPLACED)).isPositive();
    cluster.finish();
  }

  /** One source answers with decisions whose certificates are too small. */
  @Test
  void aSourceOfFalseDecisionsIsReplaced() {
    start(SimCluster.withReplicas(4).window(4).withoutCodec().behaves(1, new Shortening()));
    fallBehind(2_000);
    catchUp(2 * SECOND);
    assertThat(cluster.replica(D).count(Event.BAD_CERTIFICATE)).isPositive();
    cluster.finish();
  }

  /** Honest but for the certificates of the decisions that it hands out. */
  private static final class Shortening implements Adversary {
    @Override
    public String name() {
      return "shortening";
    }

    @Override
    public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
      context.send(
          to,
          message instanceof Message.Decision decision
              ? new Message.Decision(
                  decision.batch(),
                  Scenario.shortened(decision.certificate(), 2),
                  decision.bodies())
              : message);
    }
  }
}
