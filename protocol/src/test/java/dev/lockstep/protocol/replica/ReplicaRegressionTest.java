package dev.lockstep.protocol.replica;

import static dev.lockstep.protocol.replica.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.PoolFixture.BUDGETS;
import static dev.lockstep.protocol.replica.PoolFixture.TIMEOUT;
import static dev.lockstep.protocol.replica.PoolFixture.limits;
import static dev.lockstep.protocol.replica.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.StopData;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bugs that a hostile reading found: each of these tests failed once. */
class ReplicaRegressionTest {
  private static final ReplicaConfig.Budgets LARGE =
      new ReplicaConfig.Budgets(100_000, 1L << 40, 4096, 1L << 40);

  /** Look.bodiesFit lets one travel alone, but choose() clears it from the batch. */
  @Test
  void aRequestLargerThanABatchTravelsAlone() {
    PoolFixture fixture =
        new PoolFixture(Views.with(Views.byzantine(4, 1, 2), limits(10, 100, 1000)), BUDGETS);
    Request large = request(ALICE, fixture.session(ALICE), 1, "x".repeat(500));
    fixture.offer(large, 0);
    assertThat(fixture.propose()).containsExactly(large);
  }

  /**
   * forwardable() breaks at it, so it is never marked as forwarded, and the head never moves on.
   */
  @Test
  void aRequestHeavierThanAForwardIsForwardedAndMaySuspect() {
    PoolFixture fixture =
        new PoolFixture(Views.with(Views.crash(3, 1, 1), limits(10, 1 << 20, 1 << 20)), LARGE);
    Request large = request(ALICE, fixture.session(ALICE), 1, "x".repeat(300 << 10));
    fixture.offer(large, 0);
    assertThat(fixture.pool.onDeadline(TIMEOUT, TIMEOUT).forward()).containsExactly(large);
    assertThat(fixture.pool.onDeadline(2 * TIMEOUT, TIMEOUT).suspect()).isTrue();
  }

  /** The same: it shields all behind it, and the deadline stays in the past. */
  @Test
  void aHeavyRequestDoesNotShieldThoseBehindIt() {
    PoolFixture fixture =
        new PoolFixture(Views.with(Views.crash(3, 1, 1), limits(10, 1 << 20, 1 << 20)), LARGE);
    fixture.offer(request(ALICE, fixture.session(ALICE), 1, "x".repeat(300 << 10)), 0);
    fixture.offer(request(BOB, fixture.session(BOB), 1), 0);
    boolean suspected = false;
    for (int i = 1; i < 10; i++) {
      suspected |= fixture.pool.onDeadline(i * TIMEOUT, TIMEOUT).suspect();
    }
    assertThat(suspected).isTrue();
    assertThat(fixture.pool.nextDeadline(TIMEOUT)).isGreaterThan(9 * TIMEOUT);
  }

  /**
   * restartTimers resets pending ones only; a pinned body that becomes pending later keeps the
   * mark.
   */
  @Test
  void whatBecomesPendingAfterAChangeIsNotInFlight() {
    PoolFixture fixture = PoolFixture.vouched();
    Request one = request(ALICE, fixture.session(ALICE), 1);
    Batch bound = fixture.batch(one);
    fixture.pool.pin(bound);
    fixture.pool.supply(one, false);
    fixture.pool.markInFlight(bound);
    fixture.pool.restartTimers(0);
    fixture.offer(one, 0);
    assertThat(fixture.propose()).containsExactly(one);
  }

  /** sponsor() calls itself for each entry that changes hands, and f colluders make that all. */
  @Test
  void colludingPeersCannotMakeTheStackOverflow() throws Exception {
    int colluders = 10;
    PoolFixture fixture = new PoolFixture(Views.byzantine(31, colluders, 2), LARGE);
    for (int round = 0; round < 2; round++) {
      for (int member = 1; member <= colluders; member++) {
        for (int i = 1; i <= LARGE.peerRequests(); i++) {
          int voucher = round == 0 ? member : member % colluders + 1;
          fixture.pool.vouch(voucher, request(ALICE, 5, i, "of " + member), 0);
        }
      }
    }
    Throwable[] thrown = new Throwable[1];
    Thread thread =
        new Thread(null, () -> fixture.pool.vouch(1, request(BOB, 5, 1), 0), "1 MB", 1 << 20);
    thread.setUncaughtExceptionHandler((any, error) -> thrown[0] = error);
    thread.start();
    thread.join();
    assertThat(thrown[0]).isNull();
  }

  /** A vouch that never sufficed stays in the budget when the request was delivered anyway. */
  @Test
  void aDeliveredRequestIsNotSponsoredAnyMore() {
    PoolFixture fixture = PoolFixture.vouched();
    Request one = request(ALICE, fixture.session(ALICE), 1);
    fixture.pool.vouch(2, one, 0);
    Batch batch = fixture.batch(one);
    fixture.pool.pin(batch);
    fixture.deliver(0, batch);
    fixture.pool.unpin(batch);
    assertThat(fixture.pool.sponsoredBy(2)).isZero();
    assertThat(fixture.pool.body(one.digest())).isNull();
  }

  /** F16 for OPENs: answered() does not count as progress of the head. */
  @Test
  void aLongQueueOfOpensIsNoReasonToSuspect() {
    PoolFixture fixture =
        new PoolFixture(
            Views.with(Views.byzantine(4, 1, 2), Views.limits(View.RequestAuthentication.SIGNED)),
            LARGE);
    List<Request> queue = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      queue.add(fixture.open(new ClientId(1, i), i));
      fixture.offer(queue.get(i), 0);
    }
    long now = 0;
    for (Request request : queue) {
      now += TIMEOUT * 3 / 4;
      assertThat(fixture.pool.onDeadline(now, TIMEOUT).suspect()).isFalse();
      fixture.deliver(now, request);
    }
  }

  /** F16: the head was the losing variant of a sequence that was executed. */
  @Test
  void theHeadThatLostItsPlaceCountsAsProgressToo() {
    PoolFixture fixture = PoolFixture.signed();
    long s = fixture.session(ALICE);
    fixture.offer(request(ALICE, s, 1, "loser"), 0);
    fixture.offer(request(BOB, fixture.session(BOB), 1), 1);
    fixture.deliver(90, request(ALICE, s, 1, "winner"));
    assertThat(fixture.pool.nextDeadline(TIMEOUT)).isEqualTo(90 + TIMEOUT);
  }

  /** The memory for questions is shared by all peers. */
  @Test
  void aFloodOfQuestionsDoesNotPushOutThoseOfOthers() {
    PoolFixture fixture = PoolFixture.vouched();
    Digest wanted = new Digest(1, 2, 3, 4);
    fixture.pool.rememberAsker(wanted, 1);
    for (int i = 0; i < 4096; i++) {
      fixture.pool.rememberAsker(new Digest(i, 9, 9, 9), 2);
    }
    assertThat(fixture.pool.takeAskers(wanted)).isEqualTo(0b10);
  }

  // ---- replica ------------------------------------------------------------------------------

  private static ReplicaHarness leaderWithOpenProposal() {
    ReplicaHarness harness = new ReplicaHarness(0, Views.byzantine(4, 1, 2), LARGE);
    Request open = PoolFixture.open(ALICE, 1, ReplicaHarness.WALL + 1_000_000, 0);
    harness.request(ALICE, new Message.ClientRequest(open, -1));
    harness.advance(300_000);
    harness.sent.clear();
    return harness;
  }

  /** CatchUp says that what one peer can make this replica send per STATUS period is bounded. */
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
    List<Message.SignedStopData> entries = new ArrayList<>();
    for (int sender = 1; sender < 4; sender++) {
      StopData core = new StopData(1, sender, 0, 0, List.of(), List.of());
      entries.add(
          new Message.SignedStopData(
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
