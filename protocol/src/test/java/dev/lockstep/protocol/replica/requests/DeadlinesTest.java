package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BUDGETS;
import static dev.lockstep.protocol.replica.requests.PoolFixture.TIMEOUT;
import static dev.lockstep.protocol.replica.requests.PoolFixture.open;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.requests.RequestPool.Admitted;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a request waits, and what for (RULES 10, 13, 36), at replica 0 of four. */
class DeadlinesTest {
  private static final Overdue NOTHING = new Overdue(List.of(), false);

  private PoolFixture fixture = PoolFixture.vouched();
  private RequestPool pool = fixture.pool;

  private void use(PoolFixture other) {
    fixture = other;
    pool = other.pool;
  }

  private Overdue deadline(long now) {
    return pool.onDeadline(now, TIMEOUT);
  }

  @Test
  void forwardsFirstAndSuspectsThen() {
    use(PoolFixture.signed());
    Request one = request(ALICE, fixture.session(ALICE), 1);
    fixture.offer(one, 0);
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(TIMEOUT);
    assertThat(deadline(TIMEOUT - 1)).isEqualTo(NOTHING);

    assertThat(deadline(TIMEOUT)).isEqualTo(new Overdue(List.of(one), false));
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(2 * TIMEOUT);
    assertThat(deadline(2 * TIMEOUT - 1)).isEqualTo(NOTHING);
    assertThat(deadline(2 * TIMEOUT)).isEqualTo(new Overdue(List.of(one), true));
    // Forwarded again with each timeout until it is delivered.
    assertThat(deadline(3 * TIMEOUT)).isEqualTo(new Overdue(List.of(one), true));
  }

  /** F8: a client that leaves out a sequence cannot depose anybody. */
  @Test
  void onlyTheNextOfASessionHasADeadline() {
    long s = fixture.session(ALICE);
    fixture.offer(request(ALICE, s, 2), 0);
    fixture.offer(request(ALICE, s, 3), 0);
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);
    assertThat(deadline(1000 * TIMEOUT)).isEqualTo(NOTHING);

    fixture.deliver(500, request(ALICE, s, 1));
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(500 + TIMEOUT);
    fixture.deliver(550, request(ALICE, s, 2));
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(550 + TIMEOUT);
  }

  @Test
  void requestsBeforeTheirSessionGetTheirDeadlineWhenItOpens() {
    long next = (fixture.sessions.lastInstance() + 1) << 16;
    Request one = request(ALICE, next, 1);
    assertThat(fixture.offer(one, 0)).isEqualTo(Admitted.TAKEN);
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);

    assertThat(fixture.session(ALICE)).isEqualTo(next);
    assertThat(pool.nextDeadline(TIMEOUT)).isLessThan(Long.MAX_VALUE);
    assertThat(fixture.propose()).containsExactly(one);
  }

  /** RULES 9: what waits in a session that ended can have no effect any more. */
  @Test
  void requestsOfAnEndedSessionGetNoDeadline() {
    long s = fixture.session(ALICE);
    Request two = request(ALICE, s, 2);
    fixture.offer(two, 0);
    fixture.deliver(300, open(ALICE, 99, 30_000_000, s));
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);
    assertThat(fixture.propose()).isEmpty();
    assertThat(pool.pendingCount()).isZero();
  }

  /** F16: a queue longer than the timeout, under a leader that works it off in order. */
  @Test
  void aLongQueueIsNoReasonToSuspect() {
    use(
        new PoolFixture(
            Views.with(Views.byzantine(4, 1, 2), Views.limits(RequestAuthentication.SIGNED)),
            new RequestBudgets(1000, 1_000_000, 3, 1000)));
    List<Request> queue = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      queue.add(request(ALICE, fixture.session(ALICE), 1));
      fixture.offer(queue.get(i), 0);
    }
    long now = 0;
    for (Request request : queue) {
      now += TIMEOUT * 3 / 4;
      assertThat(deadline(now).suspect()).isFalse();
      fixture.deliver(now, request);
    }
    assertThat(now).isGreaterThan(8 * TIMEOUT);
    assertThat(pool.pendingCount()).isZero();
  }

  /** F16: but what came later does not extend the deadline of a request that is left out. */
  @Test
  void aCensoredRequestIsNotExtendedByLaterOnes() {
    use(PoolFixture.signed());
    Request censored = request(ALICE, fixture.session(ALICE), 1);
    fixture.offer(censored, 0);
    long s = fixture.session(BOB);
    boolean suspected = false;
    for (int sequence = 1; sequence <= 10; sequence++) {
      long now = sequence * TIMEOUT / 4;
      fixture.offer(request(BOB, s, sequence), now);
      fixture.deliver(now, request(BOB, s, sequence));
      suspected |= deadline(now).suspect();
    }
    assertThat(suspected).isTrue();
  }

  @Test
  void executionOfWhatWasNeverTimedHereExtendsNothing() {
    use(PoolFixture.signed());
    Request censored = request(ALICE, fixture.session(ALICE), 1);
    long s = fixture.session(BOB);
    fixture.offer(censored, 0);
    fixture.deliver(90, request(BOB, s, 1));
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(TIMEOUT);
  }

  @Test
  void aNewRegencyStartsAllWaitingAnew() {
    use(PoolFixture.signed());
    Request one = request(ALICE, fixture.session(ALICE), 1);
    fixture.offer(one, 0);
    deadline(TIMEOUT);
    assertThat(fixture.propose()).containsExactly(one);
    assertThat(fixture.propose()).isEmpty();

    pool.restartTimers(190);
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(190 + TIMEOUT);
    assertThat(deadline(2 * TIMEOUT)).isEqualTo(NOTHING);
    assertThat(deadline(190 + TIMEOUT).suspect()).isTrue();
    assertThat(fixture.propose()).containsExactly(one);
  }

  /** RULES 13: without signatures a STOP needs the word of 2f+1, itself among them. */
  @Test
  void anUnsignedRequestNeedsVouchesToCauseAStop() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    fixture.offer(one, 0);
    deadline(TIMEOUT);
    assertThat(deadline(2 * TIMEOUT)).isEqualTo(new Overdue(List.of(one), false));
    pool.vouch(1, one, 250);
    assertThat(deadline(3 * TIMEOUT).suspect()).isFalse();
    pool.vouch(2, one, 350);
    assertThat(deadline(4 * TIMEOUT).suspect()).isTrue();
  }

  @Test
  void inCrashModeNoVouchesAreNeeded() {
    use(new PoolFixture(Views.crash(3, 1, 1), BUDGETS));
    fixture.offer(request(ALICE, fixture.session(ALICE), 1), 0);
    deadline(TIMEOUT);
    assertThat(deadline(2 * TIMEOUT).suspect()).isTrue();
  }

  /** A client that sends to one replica only must not hide the others' requests behind its own. */
  @Test
  void whatMayNotCauseAStopShieldsNobody() {
    Request unknown = request(ALICE, fixture.session(ALICE), 1);
    Request vouched = request(BOB, fixture.session(BOB), 1);
    fixture.offer(unknown, 0);
    fixture.offer(vouched, 1);
    pool.vouch(1, vouched, 1);
    pool.vouch(2, vouched, 1);
    assertThat(deadline(TIMEOUT + 1)).isEqualTo(new Overdue(List.of(unknown, vouched), false));
    assertThat(deadline(2 * TIMEOUT + 1).suspect()).isTrue();
    assertThat(pool.nextDeadline(TIMEOUT)).isLessThanOrEqualTo(3 * TIMEOUT + 1);
  }

  /** An OPEN whose deadline passed while it waited causes nothing any more. */
  @Test
  void anOpenThatIsTooLateGoes() {
    use(PoolFixture.signed());
    Request late = open(ALICE, 1, 1_500_000, 0);
    Request one = request(BOB, fixture.session(BOB), 1);
    assertThat(fixture.offer(late, 0)).isEqualTo(Admitted.TAKEN);
    fixture.offer(one, 1);
    fixture.elapse(2_000_000);
    fixture.deliver(10);

    assertThat(deadline(TIMEOUT + 1).forward()).containsExactly(one);
    assertThat(pool.isPending(late.digest())).isFalse();
    assertThat(pool.pendingCount()).isEqualTo(1);
  }

  @Test
  void forwardsABoundedNumberAtATime() {
    use(new PoolFixture(Views.byzantine(4, 1, 2), new RequestBudgets(1000, 1_000_000, 3, 1000)));
    for (int nonce = 0; nonce < 100; nonce++) {
      fixture.offer(fixture.open(ALICE, nonce), 0);
    }
    assertThat(deadline(TIMEOUT).forward()).hasSize(64);
    assertThat(deadline(TIMEOUT).forward()).isEmpty();
    assertThat(deadline(2 * TIMEOUT).forward()).hasSize(64);
  }
}
