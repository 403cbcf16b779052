package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.simulator.check.AgreementChecker;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Trace F18. Replicas cut their logs at different points. R returns to one that has what R lacks
 * (Y) and to one that has not (X). It begins to take the state of X, and meanwhile is brought up to
 * date by Y, and votes. What it has delivered by then must not be undone by the state that comes
 * late.
 */
class OvertakenTransferTest {
  private static final int X = 0;
  private static final int Y = 1;
  private static final int R = 2;

  private SimCluster cluster;
  private ScriptedClient alice;
  private ScriptedClient bob;
  private MessageRule pieces;
  private long overtaken;
  private long released;

  /** What alice's last call answered. */
  private long told;

  private void start(UnaryOperator<SimClusterBuilder> variant) {
    Budgets some = Budgets.defaults();
    cluster =
        variant
            .apply(SimCluster.withReplicas(3))
            .crashMode()
            .checkpoints(20, 64)
            .budgets(
                new Budgets(
                    some.clientRequests(),
                    some.clientBytes(),
                    some.peerRequests(),
                    some.peerBytes(),
                    1,
                    some.transferBytes()))
            .start();
  }

  /** R takes a checkpoint of X, slowly; meanwhile it is one like all again, and votes. */
  private void overtakeATransfer() {
    alice = Scenario.client(cluster, "alice");
    bob = Scenario.client(cluster, "bob");
    // Checkpoints of X: 6 + 20k, of Y: 13 + 20k. At 50, X has cut below 27 and Y below 14.
    Scenario.serve(cluster, alice, 15 - (int) Scenario.last(cluster));
    MessageRule cut = cluster.isolate(R);
    Scenario.serve(cluster, alice, 50 - (int) Scenario.last(cluster));
    cut.stop();

    pieces = cluster.hold(said -> said.is(Message.Piece.class) && said.isTo(R));
    MessageRule notYet = cluster.hold(said -> said.isFrom(Y) && said.isTo(R));
    cluster.runUntil(() -> !pieces.taken().isEmpty(), SECOND);
    notYet.release();
    cluster.runUntil(() -> cluster.replica(R).lastDelivered() >= 50, SECOND);

    // Y is slow now: R's vote counts, and what X and R decide is answered.
    cluster.isolate(Y);
    Scenario.serve(cluster, alice, 4);
    Call last = alice.submit(KvOperation.add(7, 1));
    cluster.runUntil(last::hasResult, SECOND);
    told = last.result();
    cluster.runFor(5_000);
    overtaken = cluster.replica(R).lastDelivered();
    assertThat(overtaken).isGreaterThanOrEqualTo(54);
  }

  @Test
  void whatWasDeliveredStays() {
    start(builder -> builder);
    overtakeATransfer();
    release();
    cluster.runUntil(this::isInstalledOrRefused, SECOND);
    assertThat(cluster.replica(R).lastDelivered()).isGreaterThanOrEqualTo(overtaken);
    cluster.finish();
  }

  /** No fault but one crash, and what five calls were told is not so. */
  @Test
  void votesStay() {
    start(builder -> builder);
    overtakeATransfer();
    release();
    cluster.runUntil(this::isInstalledOrRefused, SECOND);
    cluster.replica(X).crash();
    cluster.heal();
    Call call = bob.submit(KvOperation.get(7));
    cluster.runUntil(call::hasResult, 10 * SECOND);
    cluster.finish();
  }

  @Test
  void whatWasAcknowledgedIsNotDecidedAgain() {
    // The others find the votes that R conceals (I4) before that.
    start(builder -> builder.unchecked().observer(new AgreementChecker()));
    overtakeATransfer();
    release();
    cluster.runUntil(this::isInstalledOrRefused, SECOND);
    cluster.replica(X).crash();
    cluster.heal();
    Call call = bob.submit(KvOperation.get(7));
    cluster.runUntil(call::hasResult, 10 * SECOND);
    cluster.finish();
    assertThat(call.result()).isEqualTo(told);
  }

  private void release() {
    released = cluster.now();
    pieces.release();
  }

  private boolean isInstalledOrRefused() {
    return cluster.replica(R).count(Event.TRANSFER_INSTALLED) > 0
        || cluster.now() > released + SECOND / 10;
  }
}
