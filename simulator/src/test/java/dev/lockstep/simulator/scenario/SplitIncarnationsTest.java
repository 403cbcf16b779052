package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.stopdata.SplitIncarnations;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.api.Test;

/**
 * F19. B leads regency 0 and is silent. In each regency change it tells the next leader that it
 * never voted, before anybody else does, and tells only the others that it lost its votes since. If
 * they refused each SYNC of which B's word is a part, although its leader cannot know better, no
 * regency would begin any more. Whether a SYNC is valid must not depend on what its receiver alone
 * knows.
 */
class SplitIncarnationsTest {
  private static final int B = 0;

  /** Says nothing but what it splits. */
  private record Silent(SplitIncarnations splits) implements Adversary {
    @Override
    public String name() {
      return splits.name();
    }

    @Override
    public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {}

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      return splits.onReceive(context, from, message);
    }
  }

  @Test
  void aLiarDoesNotVoidEverySync() {
    changeTheLeader(false);
  }

  /** The same number of claims, to all. */
  @Test
  void claimsThatAllHearOfVoidNothing() {
    changeTheLeader(true);
  }

  private static void changeTheLeader(boolean tellsTheLeader) {
    SimCluster cluster =
        SimCluster.withReplicas(4)
            .behaves(B, new Silent(new SplitIncarnations(tellsTheLeader)))
            .start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runFor(60 * SECOND);
    assertThat(alice.hasSession())
        .as(
            "after a minute, in regency %d, with %d SYNCs refused and %d taken",
            Scenario.regency(cluster),
            cluster.count(Event.BAD_SYNC),
            cluster.count(Event.SYNC_PROCESSED))
        .isTrue();
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    cluster.finish();
  }
}
