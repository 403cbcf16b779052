package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.RawClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Trace F9. With a window of two, the leader proposes sequence 5 at one instance and 6 at the next;
 * only the second gets locks before the leader goes. The new regency fills the hole with NOOP and
 * binds [6], whose turn has not come when it is delivered. So 6 is proposed again, after 5: a
 * request that stands in a delivered value is no duplicate unless it was executed there, and the
 * leader that proposes [5, 6] is not suspected.
 */
class DuplicateOfBoundValueTest {
  @Test
  void aRequestThatWasDeliveredOutOfTurnIsProposedAgain() {
    bindTheSecondOnly(Variant.standard());
  }

  @Test
  void theLeaderIsSuspectedIfWhatWasDeliveredOutOfTurnCountsAsDuplicate() {
    assertThatThrownBy(() -> bindTheSecondOnly(Broken.with(ValidityRule.class, new NeverTwice())))
        .isInstanceOf(AssertionError.class);
  }

  /** Refuses a request that stood in a value that this rule object has seen before. */
  private static final class NeverTwice implements ValidityRule {
    private final List<Reference> sixes = new ArrayList<>();

    @Override
    public Verdict fresh(Batch batch, long regency, Circumstances now) {
      Verdict verdict = STANDARD.fresh(batch, regency, now);
      for (Reference reference : batch.references()) {
        if (reference.sequence() == 6 && regency == 0) {
          sixes.add(reference);
        } else if (verdict == Verdict.VALID && sixes.contains(reference)) {
          return Verdict.WAIT;
        }
      }
      return verdict;
    }
  }

  private static void bindTheSecondOnly(Variant variant) {
    SimCluster cluster = SimCluster.withReplicas(4).window(2).variant(variant).start();
    RawClient client = cluster.rawClient();
    client.open();
    for (int sequence = 1; sequence <= 4; sequence++) {
      Request request = client.request(sequence, KvOperation.add(1_000, 1));
      client.sendToAll(request);
      cluster.runUntil(() -> client.answeredBy(request).size() == 4);
    }
    long last = cluster.replica(0).lastDelivered();

    // Nobody hears the proposal of 5, and nobody hears that 6 is accepted.
    MessageRule noFive = cluster.drop(m -> m.is(Message.Propose.class) && m.instance() == last + 1);
    MessageRule noAccept =
        cluster.drop(m -> m.is(Message.Accept.class) && m.instance() == last + 2);
    Request five = client.request(5, KvOperation.add(1_000, 1));
    Request six = client.request(6, KvOperation.add(1_000, 1));
    client.sendToAll(five);
    cluster.runUntil(() -> !noFive.taken().isEmpty());
    client.sendToAll(six);
    cluster.runUntil(() -> !noAccept.taken().isEmpty());
    cluster.runFor(5_000);
    cluster.replica(0).crash();
    cluster.runUntilRegency(1);
    noFive.stop();
    noAccept.stop();
    assertThat(cluster.count(Event.SYNC_NOOP)).isPositive();
    assertThat(cluster.count(Event.SYNC_BOUND)).isPositive();

    cluster.runUntil(() -> client.answeredBy(six).size() == 3, 1_000_000);
    assertThat(client.answeredBy(five)).hasSize(3);
    cluster.runFor(500_000);
    assertThat(cluster.replica(1).regency()).isEqualTo(1);
    assertThat(cluster.replica(1).delivered().stream().filter(d -> d.instance() > last))
        .flatExtracting(d -> d.commands())
        .extracting(c -> c.sequence())
        .containsExactly(5L, 6L);
    assertThat(cluster.replica(1).delivered().get((int) last).commands()).isEmpty();
    assertThat(cluster.replica(1).delivered().get((int) last + 1).commands()).isEmpty();
    cluster.finish();
  }
}
