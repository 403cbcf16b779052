package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T6. Every replica holds alice's next request. The leader proposes another
 * operation under the same session and sequence, with a signature that does not fit. That the
 * sequence was received before says nothing of the operation: nobody may WRITE it, the timers
 * replace the leader, and alice's own operation is executed.
 */
class ForgedOperationTest {
  private static final int LEADER = 0;
  private static final List<Integer> OTHERS = List.of(1, 2, 3);
  private static final long I = 2;

  private SimCluster cluster;
  private Call call;
  private Batch forgery;

  private void play(Variant variant) {
    cluster = SimCluster.withReplicas(4).puppet(LEADER).variant(variant).start();
    Puppet leader = cluster.puppet(LEADER);
    leader.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    leader.lets(any -> false);
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runFor(5_000);
    Message.Propose honest = Scenario.proposal(leader.swallowed(), I, 0);
    Request own = honest.inlined().get(0);
    Bytes other = KvOperation.put(1, 666).encode();
    Request forged =
        new Request(
            own.kind(), own.client(), own.session(), own.sequence(), other, own.signature());
    forgery = new Batch(honest.batch().header(), List.of(forged.reference()));
    leader.send(OTHERS, new Message.Propose(I, 0, forgery, List.of(forged)));
    leader.send(OTHERS, new Message.Write(I, 0, forgery.digest()));
    leader.send(OTHERS, leader.accept(0, I, 0, forgery.digest()));
  }

  @Test
  void nobodyWritesAnOperationThatTheClientDidNotSign() {
    play(Variant.standard());
    cluster.runUntil(call::hasResult, SECOND);
    assertThat(call.result()).isZero();
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    assertThat(
            cluster.sent(
                said ->
                    !said.isFrom(LEADER)
                        && said.message() instanceof Message.Write write
                        && write.digest().equals(forgery.digest())))
        .isEmpty();
    cluster.runUntilDelivered(I);
    for (int replica : OTHERS) {
      assertThat(cluster.replica(replica).delivered())
          .flatExtracting(delivery -> delivery.commands())
          .noneMatch(
              command -> command.request().operation().equals(KvOperation.put(1, 666).encode()));
    }
    cluster.finish();
  }

  @Test
  void theForgeryIsExecutedIfReceivedSequencesAreNotAskedForTheirSignature() {
    assertThatThrownBy(
            () -> {
              play(Broken.mutant("valid-at-decide"));
              cluster.runUntil(call::hasResult, SECOND);
              cluster.finish();
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I3"));
  }
}
