package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.rules.EntryRule;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T3. A claims in its STOPDATA that it delivered instance 10^9, with a certificate
 * of noise or none at all, and takes care that its entry is the first that the new leader sees. The
 * leader must remove the entry whole and get along with those of B, C and itself; a leader that
 * lets it through sends a SYNC that nobody can use, in every regency again.
 */
class PoisonedStopDataTest {
  private static final int A = 0;
  private static final int LEADER = 1;
  private static final long FAR = 1_000_000_000;
  private static final Digest NOISE = new Digest(1, 2, 3, 4);

  private SimCluster cluster;
  private Call call;

  private void play(SimClusterBuilder builder, List<Certificate> proofs) {
    cluster = builder.puppet(A).start();
    Puppet a = cluster.puppet(A);
    a.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    a.lets(any -> false);
    a.send(LEADER, poison(1, proofs));
    a.send(2, poison(2, proofs));
    a.send(3, poison(3, proofs));
    call = alice.submit(KvOperation.put(1, 5));
    a.send(List.of(1, 2, 3), new Message.Stop(1));
  }

  private Message.StopData poison(long regency, List<Certificate> proofs) {
    return Scenario.claim(
        cluster, A, regency, FAR, List.of(new Testimony.Decided(FAR, NOISE)), List.of(), proofs);
  }

  @Test
  void newLeaderRemovesAnEntryWithACertificateOfNoise() {
    Certificate noise =
        new Certificate(
            FAR,
            0,
            NOISE,
            List.of(
                new Certificate.Vote(0, new Bytes(new byte[32])),
                new Certificate.Vote(1, new Bytes(new byte[32])),
                new Certificate.Vote(2, new Bytes(new byte[32]))));
    play(SimCluster.withReplicas(4), List.of(noise));
    assertThatTheGroupWorksInRegencyOne();
  }

  @Test
  void newLeaderRemovesAnEntryWithoutTheCertificateOfItsPrefix() {
    play(SimCluster.withReplicas(4), List.of());
    assertThatTheGroupWorksInRegencyOne();
  }

  private void assertThatTheGroupWorksInRegencyOne() {
    cluster.runUntil(call::hasResult, SECOND);
    assertThat(cluster.replica(LEADER).count(Event.BAD_STOPDATA)).isPositive();
    for (int replica : List.of(1, 2, 3)) {
      assertThat(cluster.replica(replica).regency()).isEqualTo(1);
    }
    cluster.finish();
  }

  @Test
  void theGroupIsStuckIfTheLeaderLetsTheEntryThrough() {
    EntryRule fallThrough =
        new EntryRule() {
          @Override
          public boolean isValid(Testimony entry, long regency, int window, Proofs proofs) {
            return true;
          }
        };
    Variant poisoned = Variant.standard().with(EntryRule.class, fallThrough);
    play(SimCluster.withReplicas(4).variant(poisoned).unchecked(), List.of());
    cluster.runFor(5 * Scenario.TIMEOUT);
    assertThat(call.hasResult()).isFalse();
  }
}
