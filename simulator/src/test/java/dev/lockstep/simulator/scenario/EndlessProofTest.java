package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A laggard proves the state that it took by the checkpoints of others further on. One liar says
 * that it has checkpoints at each of the next instances. What it says there is wrong, which the
 * laggard sees at the first of them; it must not take a checkpoint of its own at all others.
 */
class EndlessProofTest {
  private static final int B = 1;
  private static final int D = 3;

  /** Offers to D what D delivers next, with hashes of nothing. */
  private static final class OffersAllThatComes implements Adversary {
    private long known;

    @Override
    public String name() {
      return "offers-all-that-comes";
    }

    @Override
    public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (to != D || !(message instanceof Message.Offers)) {
        context.send(to, message);
      }
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (from == D && message instanceof Message.Status m) {
        known = m.lastDelivered();
        offer(context);
      } else if (from == D && message instanceof Message.FetchDecisions m) {
        // Its first questions after it took up a state; later ones are far ahead of it.
        known = m.from() > known + 512 ? m.from() - 1 : known;
        offer(context);
      }
      return true;
    }

    /** Sixteen claims of each are remembered, eight are in a message. */
    private void offer(AdversaryContext context) {
      for (long first : new long[] {known + 1, known + 9}) {
        List<Message.Offer> offers = new ArrayList<>();
        for (long t = first; t < first + 8; t++) {
          offers.add(new Message.Offer(t, new Digest(t, 6, 6, 6), 5_000));
        }
        context.send(D, new Message.Offers(offers, 1, context.lastDelivered()));
      }
    }
  }

  /**
   * A checkpoint takes a third of a second, as that of some hundred megabytes does; the group
   * decides 100 instances a second. Until one of the next honest checkpoint is reached, 500
   * instances later, the group has forgotten what leads there.
   */
  private static SimCluster laggard(SimClusterBuilder builder, int seconds) {
    Budgets some = Budgets.defaults();
    SimCluster cluster =
        builder
            .inMemory()
            .fsync(300_000)
            .checkpoints(PERIOD, 64)
            .budgets(
                new Budgets(
                    some.clientRequests(),
                    some.clientBytes(),
                    some.peerRequests(),
                    some.peerBytes(),
                    1,
                    some.transferBytes()))
            .start();
    ScriptedClient alice = Scenario.client(cluster, "alice");
    MessageRule cut = cluster.isolate(D);
    serve(cluster, alice, 2 * PERIOD);
    cut.stop();
    returned = cluster.now();
    most = 0;
    while (cluster.now() < returned + seconds * SECOND
        && cluster.replica(D).count(Event.TRANSFER_DONE) == 0) {
      serve(cluster, alice, 10);
      most = Math.max(most, ownCheckpoints(cluster));
    }
    return cluster;
  }

  private static final int PERIOD = 800;

  private static long returned;

  /** Provisional checkpoints that D had at the same time. */
  private static int most;

  private static int ownCheckpoints(SimCluster cluster) {
    String described = cluster.replica(D).describe();
    int from = described.indexOf(" with [");
    return from < 0 ? 0 : described.substring(from, described.indexOf(']', from)).split(",").length;
  }

  private static void serve(SimCluster cluster, ScriptedClient client, int operations) {
    for (int i = 0; i < operations; i++) {
      Call call = client.submit(KvOperation.add(i % 40, 1));
      cluster.runUntil(call::hasResult, 10 * SECOND);
      cluster.runFor(8_000);
    }
  }

  @Test
  void aLiarDoesNotPutOffTheProofForEver() {
    SimCluster cluster =
        laggard(SimCluster.withReplicas(4).window(2).behaves(B, new OffersAllThatComes()), 60);
    assertThat(cluster.replica(D).count(Event.TRANSFER_DONE)).isEqualTo(1);
    cluster.finish();
  }

  @Test
  void whatDiffersIsNotKept() {
    laggard(SimCluster.withReplicas(4).window(2).behaves(B, new OffersAllThatComes()), 10);
    assertThat(most).as("provisional checkpoints at the same time").isLessThanOrEqualTo(4);
  }

  /** The same without one. */
  @Test
  void withoutALiarItIsProved() {
    SimCluster cluster = laggard(SimCluster.withReplicas(4).window(2), 60);
    assertThat(cluster.replica(D).count(Event.TRANSFER_DONE)).isEqualTo(1);
    assertThat(most).isLessThanOrEqualTo(4);
    cluster.finish();
  }
}
