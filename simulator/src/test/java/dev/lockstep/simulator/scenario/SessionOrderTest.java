package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Message.Reply;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.RawClient;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Trace F8. Within a session requests run in the order of their sequence, so a client can send one
 * whose turn never comes, or two different ones for the same place. Neither can be held against the
 * leader: a request has a deadline only while it is its session's next, and two variants are
 * evidence against the client.
 */
class SessionOrderTest {
  /** Ten request timeouts: enough for every timer that could run. */
  private static final long LONG = 1_000_000;

  @Test
  void aRequestWhoseTurnHasNotComeDeposesNobody() {
    leaveOutTheFirst(Variant.standard());
  }

  @Test
  void aRequestWhoseTurnHasNotComeDeposesLeadersIfItHasADeadline() {
    assertThatThrownBy(() -> leaveOutTheFirst(Broken.mutant("deadline-before-turn")))
        .hasMessageContaining("regency");
  }

  private static void leaveOutTheFirst(Variant variant) {
    SimCluster cluster = SimCluster.withReplicas(4).variant(variant).start();
    RawClient mallory = cluster.rawClient();
    mallory.open();
    Request second = mallory.request(2, KvOperation.put(1_000, 2));
    mallory.sendToAll(second);
    cluster.runFor(LONG);
    assertNobodyWasDeposed(cluster);
    assertThat(mallory.answeredBy(second)).isEmpty();

    // It is still held, and runs as soon as its predecessor did.
    Request first = mallory.request(1, KvOperation.put(1_000, 1));
    mallory.sendToAll(first);
    cluster.runUntil(() -> mallory.answeredBy(second).size() == 4);
    assertThat(mallory.answeredBy(first)).hasSize(4);
    assertNobodyWasDeposed(cluster);
    cluster.finish();
  }

  @Test
  void twoVariantsOfOneSequenceDeposeNobody() {
    sendTwoVariants(Variant.standard());
  }

  @Test
  void twoVariantsOfOneSequenceDeposeLeadersIfTheyAreBlamed() {
    assertThatThrownBy(() -> sendTwoVariants(Broken.mutant("equivocating-client-blames-leader")))
        .hasMessageContaining("regency");
  }

  private static void sendTwoVariants(Variant variant) {
    SimCluster cluster = SimCluster.withReplicas(4).variant(variant).start();
    RawClient mallory = cluster.rawClient();
    mallory.open();
    Request one = mallory.request(1, KvOperation.put(1_000, 1));
    Request other = mallory.request(1, KvOperation.put(1_000, 2));
    mallory.send(List.of(1, 3), other);
    cluster.runFor(5_000);
    mallory.send(List.of(0, 2), one);
    cluster.runFor(20_000);
    mallory.sendToAll(one);
    mallory.sendToAll(other);
    cluster.runFor(LONG);
    assertNobodyWasDeposed(cluster);

    for (int replica = 0; replica < 4; replica++) {
      Set<Outcome> outcomes =
          mallory.repliesOf(replica).stream()
              .filter(reply -> reply.sequence() == 1)
              .map(Reply::outcome)
              .collect(Collectors.toSet());
      assertThat(outcomes).containsExactlyInAnyOrder(Outcome.EXECUTED, Outcome.CONFLICT);
    }
    ScriptedClient alice = cluster.client("alice");
    Call call = alice.submit(KvOperation.put(1, 1));
    cluster.runUntil(call::isDone);
    assertNobodyWasDeposed(cluster);
    cluster.finish();
  }

  private static void assertNobodyWasDeposed(SimCluster cluster) {
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).as("changes of regency").isZero();
  }
}
