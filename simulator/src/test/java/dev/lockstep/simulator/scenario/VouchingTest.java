package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Trace F14, requests without signatures. One that the leader did not get from its client needs the
 * word of f+1 others, so each of these words counts: they are given again with every timeout, and
 * nobody asks for another leader before 2f+1 replicas vouch. A replica that falsely complains that
 * a request is missing can have its client greylisted, together with one that a slow link keeps
 * waiting; the client is served all the same.
 */
class VouchingTest {
  private static final int SILENT = 3;

  @Test
  void oneLostForwardWhileTheByzantineReplicaIsSilentCostsNoLeader() {
    SimCluster cluster = SimCluster.withReplicas(4).unsigned().puppet(SILENT).start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    cluster.runFor(50_000);

    // The correct leader hears of the request from replicas 1 and 2 only, and of one too late.
    alice.cannotReach(0, SILENT);
    MessageRule lost = cluster.drop(m -> m.isFrom(1) && m.isTo(0) && m.is(Message.Forwarded.class));
    Call call = alice.submit(KvOperation.put(1, 10));
    cluster.runUntil(() -> !lost.taken().isEmpty());
    lost.stop();
    cluster.runUntil(call::isDone, 2_000_000);
    assertThat(lost.taken()).hasSize(1);
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).as("changes of regency").isZero();
    cluster.finish();
  }

  @Test
  void aSlowLinkAndAFalseComplaintDoNotKeepAClientFromBeingServed() {
    SimCluster cluster = SimCluster.withReplicas(4).unsigned().puppet(SILENT).start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    cluster.runFor(50_000);
    final long last = cluster.replica(0).lastDelivered();

    // Replica 2 hears of the request late, both from the client and from the others.
    MessageRule slow =
        cluster.hold(
            m -> m.isTo(2) && (m.isFrom(alice.endpoint()) || m.is(Message.Forwarded.class)));
    Call call = alice.submit(KvOperation.put(1, 10));
    cluster.runUntil(() -> !cluster.sent(m -> m.instance() == last + 1).isEmpty());
    Message.Propose propose =
        (Message.Propose)
            cluster
                .sent(m -> m.is(Message.Propose.class) && m.instance() == last + 1)
                .get(0)
                .message();
    Digest request = propose.batch().references().get(0).digest();
    cluster
        .puppet(SILENT)
        .send(List.of(0, 1, 2), new Message.Missing(last + 1, 0, List.of(request), true));
    cluster.runUntil(() -> cluster.replica(0).count(Event.GREYLISTED_CLIENT) > 0);
    slow.release();
    cluster.runUntil(call::isDone, 2_000_000);

    Call next = alice.submit(KvOperation.put(1, 20));
    cluster.runUntil(next::isDone, 1_000_000);
    assertThat(next.result()).isEqualTo(10);
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).as("changes of regency").isZero();
    cluster.finish();
  }
}
