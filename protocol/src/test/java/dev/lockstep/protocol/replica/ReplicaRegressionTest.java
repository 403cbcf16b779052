package dev.lockstep.protocol.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bugs that a hostile reading found: each of these tests failed once. */
class ReplicaRegressionTest {
  private static final ReplicaConfig.Budgets LARGE =
      new ReplicaConfig.Budgets(100_000, 1L << 40, 4096, 1L << 40);

  private static ReplicaHarness leaderWithOpenProposal() {
    ReplicaHarness harness = new ReplicaHarness(0, Views.byzantine(4, 1, 2), LARGE);
    ClientId client = new ClientId(0, 1);
    Bytes operation = new OpenSession(1, ReplicaHarness.WALL + 1_000_000, 0).encode();
    Request open = new Request(Request.Kind.OPEN, client, 0, 0, operation, Bytes.EMPTY);
    harness.request(client, new Message.ClientRequest(open, -1));
    harness.advance(300_000);
    harness.sent.clear();
    return harness;
  }

  /** What one peer can make this replica send per STATUS period is bounded. */
  @Test
  void aFloodOfStatusIsNotAnsweredEachTime() {
    ReplicaHarness harness = leaderWithOpenProposal();
    assertThat(harness.replica.openInstances()).isEqualTo(1);
    for (int i = 0; i < 1000; i++) {
      harness.receive(3, new Message.Status(0, 0, 0, true, 0, 0));
    }
    assertThat(harness.sent).hasSizeLessThan(100);
  }

  /** Slot.early has one place for all leaders to come: a later regency's takes the next one's. */
  @Test
  void anEarlyProposalIsNotPushedOutByOneOfALaterRegency() {
    View view = Views.byzantine(4, 1, 2);
    ReplicaHarness harness = new ReplicaHarness(0, view, LARGE);
    Batch batch = empty(1);
    harness.receive(1, new Message.Propose(1, 1, batch, List.of()));
    harness.receive(2, new Message.Propose(1, 2, empty(2), List.of()));
    for (int sender = 1; sender < 4; sender++) {
      harness.receive(sender, new Message.Stop(1));
    }
    assertThat(harness.replica.regency()).isEqualTo(1);
    harness.receive(1, sync(harness));
    assertThat(harness.replica.isSynced()).isTrue();
    assertThat(harness.sent.stream().map(ReplicaHarness.Sent::message))
        .contains(new Message.Write(1, 1, batch.digest()));
  }

  private static Batch empty(long regency) {
    return new Batch(
        new Batch.Header(0, 1, ReplicaHarness.WALL, Digest.ZERO, regency, Digest.ZERO), List.of());
  }

  private static Message.Sync sync(ReplicaHarness harness) {
    List<Message.SignedTestimony> entries = new ArrayList<>();
    for (int sender = 1; sender < 4; sender++) {
      Testimony core = new Testimony(1, sender, 0, 0, List.of(), List.of());
      entries.add(
          new Message.SignedTestimony(
              core,
              harness
                  .crypto
                  .signer(sender)
                  .sign(Statements.stopData(ReplicaHarness.CLUSTER, core))));
    }
    Bytes signature =
        harness.crypto.signer(1).sign(Statements.sync(ReplicaHarness.CLUSTER, 1, 1, entries));
    return new Message.Sync(1, entries, List.of(), List.of(), signature);
  }

  /** The control of the one above. */
  @Test
  void controlAnEarlyProposalIsVotedForAfterSync() {
    ReplicaHarness harness = new ReplicaHarness(0, Views.byzantine(4, 1, 2), LARGE);
    harness.receive(1, new Message.Propose(1, 1, empty(1), List.of()));
    for (int sender = 1; sender < 4; sender++) {
      harness.receive(sender, new Message.Stop(1));
    }
    harness.receive(1, sync(harness));
    assertThat(harness.sent.stream().map(ReplicaHarness.Sent::message))
        .contains(new Message.Write(1, 1, empty(1).digest()));
  }
}
