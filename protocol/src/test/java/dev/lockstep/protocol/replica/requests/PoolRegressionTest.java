package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BUDGETS;
import static dev.lockstep.protocol.replica.requests.PoolFixture.TIMEOUT;
import static dev.lockstep.protocol.replica.requests.PoolFixture.limits;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bugs that a hostile reading found: each of these tests failed once. */
class PoolRegressionTest {
  private static final RequestBudgets LARGE = new RequestBudgets(100_000, 1L << 40, 4096, 1L << 40);

  /** A proposal may hold one that travels alone, but the leader never chose it. */
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
    assertThat(fixture.pool.bodyOrNull(one.digest())).isNull();
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
    assertThat(fixture.pool.takeAskers(wanted)).containsExactly(1);
  }
}
