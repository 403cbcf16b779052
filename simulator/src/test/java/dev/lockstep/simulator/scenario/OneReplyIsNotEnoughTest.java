package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
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
    writeAtOneAndReadAtTwo(Variant.standard());
  }

  @Test
  void theReaderContradictsTheWriterIfOneReplyIsEnough() {
    QuorumRule one =
        new QuorumRule() {
          @Override
          public long vote(View view, long totalWeight, long heaviestWeight) {
            return 1;
          }
        };
    Variant mutant = Variant.standard().with(QuorumRule.class, one);
    assertThatThrownBy(() -> writeAtOneAndReadAtTwo(mutant)).isInstanceOf(AssertionError.class);
  }

  private static void writeAtOneAndReadAtTwo(Variant variant) {
    SimCluster cluster = SimCluster.withReplicas(3).crashMode().variant(variant).start();
    ScriptedClient writer = cluster.client("writer");
    ScriptedClient reader = cluster.client("reader");
    writer.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("writer");
    cluster.runUntil(reader::hasSession);
    cluster.runFor(50_000);
    long before = cluster.replica(0).lastDelivered();

    MessageRule behind =
        cluster.drop(
            m ->
                !m.isTo(0)
                    && m.instance() > before
                    && (m.is(Message.Accept.class) || m.is(Message.Decision.class)));
    MessageRule notAsked = cluster.drop(m -> m.isTo(0) && m.isFrom(reader.endpoint()));
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
