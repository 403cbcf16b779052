package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimCluster.Call;
import dev.lockstep.simulator.script.SimCluster.Rule;
import dev.lockstep.simulator.script.SimCluster.SimulatedClient;
import org.junit.jupiter.api.Test;

/**
 * Trace F6, crash mode with three replicas, in which nobody lies. A writer that took one reply for
 * an answer could be told "done" while the two other replicas have not delivered the write yet; a
 * reader that hears those two then reads the old value. So where reads go to a majority without
 * being ordered, a writer waits for a majority too.
 */
class OneReplyIsNotEnoughTest {
  @Test
  void theWriterWaitsForAMajorityWhileTwoOldAnswersServeAReader() {
    writeAtOneAndReadAtTwo(Rules.standard());
  }

  @Test
  void theReaderContradictsTheWriterIfOneReplyIsEnough() {
    Rules s = Rules.standard();
    QuorumRule one =
        new QuorumRule() {
          @Override
          public long vote(View view, long totalWeight, long heaviestWeight) {
            return 1;
          }
        };
    Rules mutant =
        new Rules(
            one,
            s.voting(),
            s.selection(),
            s.entries(),
            s.validity(),
            s.delivery(),
            s.requests(),
            s.regency(),
            s.restart(),
            s.transfer());
    assertThatThrownBy(() -> writeAtOneAndReadAtTwo(mutant)).isInstanceOf(AssertionError.class);
  }

  private static void writeAtOneAndReadAtTwo(Rules rules) {
    SimCluster cluster = SimCluster.withReplicas(3).crashMode().rules(rules).start();
    SimulatedClient writer = cluster.client("writer");
    SimulatedClient reader = cluster.client("reader");
    writer.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("writer");
    cluster.runUntil(reader::hasSession);
    cluster.runFor(50_000);
    long before = cluster.replica(0).lastDelivered();

    Rule behind =
        cluster.drop(
            m ->
                !m.isTo(0)
                    && m.instance() > before
                    && (m.is(Message.Accept.class) || m.is(Message.Decision.class)));
    Rule notAsked = cluster.drop(m -> m.isTo(0) && m.isFrom(reader.endpoint()));
    Call write = writer.submit(KvOperation.put(1, 20));
    cluster.runUntil(() -> cluster.replica(0).lastDelivered() == before + 1);
    cluster.runFor(5_000);
    boolean told = write.isDone();
    Call read = reader.read(1);
    cluster.runUntil(read::isDone);
    assertThat(read.result()).isEqualTo(10);
    assertThat(told).isFalse();

    behind.stop();
    notAsked.stop();
    cluster.runUntil(write::isDone);
    assertThat(write.result()).isEqualTo(10);
    Call again = reader.read(1);
    cluster.runUntil(again::isDone);
    assertThat(again.result()).isEqualTo(20);
    cluster.finish();
  }
}
