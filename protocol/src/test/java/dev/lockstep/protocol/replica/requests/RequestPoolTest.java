package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BUDGETS;
import static dev.lockstep.protocol.replica.requests.PoolFixture.CAROL;
import static dev.lockstep.protocol.replica.requests.PoolFixture.TIMEOUT;
import static dev.lockstep.protocol.replica.requests.PoolFixture.open;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.requests.RequestPool.Admitted;
import dev.lockstep.protocol.state.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is admitted and what becomes of it at delivery (RULES 10 to 14), at replica 0 of four. */
class RequestPoolTest {
  private PoolFixture fixture = PoolFixture.vouched();
  private RequestPool pool = fixture.pool;

  private void use(PoolFixture other) {
    fixture = other;
    pool = other.pool;
  }

  @Test
  void whatComesFromTheClientIsAuthenticAndPending() {
    Request one = request(ALICE, fixture.session(ALICE), 1);

    assertThat(fixture.offer(one, 0)).isEqualTo(Admitted.TAKEN);
    assertThat(pool.isKnownAuthentic(one.digest())).isTrue();
    assertThat(pool.isPending(one.digest())).isTrue();
    assertThat(pool.bodyOrNull(one.digest())).isEqualTo(one);
    assertThat(pool.pendingCount()).isEqualTo(1);
    assertThat(fixture.offer(one, 5)).isEqualTo(Admitted.TAKEN);
    assertThat(pool.pendingCount()).isEqualTo(1);
  }

  @Test
  void remembersWhereTheClientWantsTheReplyFrom() {
    long s = fixture.session(ALICE);
    Request one = request(ALICE, s, 1);
    Request two = request(ALICE, s, 2);
    pool.offerDirect(one, 2, 0);
    assertThat(replierOf(one)).isEqualTo(2);
    pool.offerDirect(one, 3, 0);
    assertThat(replierOf(one)).isEqualTo(3);

    pool.vouch(1, two, 0);
    pool.vouch(2, two, 0);
    assertThat(replierOf(two)).isEqualTo(PooledRequest.NEVER_ASKED);
  }

  private int replierOf(Request request) {
    Batch batch = fixture.batch(request);
    pool.pin(batch);
    int replier = pool.named(batch)[0].replier();
    pool.unpin(batch);
    return replier;
  }

  @Test
  void aClientsBudgetIsItsOwn() {
    long s = fixture.session(ALICE);
    long b = fixture.session(BOB);
    for (int sequence = 1; sequence <= BUDGETS.clientRequests(); sequence++) {
      assertThat(fixture.offer(request(ALICE, s, sequence), 0)).isEqualTo(Admitted.TAKEN);
    }
    Request more = request(ALICE, s, 5);
    assertThat(fixture.offer(more, 0)).isEqualTo(Admitted.BUSY);
    assertThat(pool.bodyOrNull(more.digest())).isNull();
    assertThat(fixture.offer(request(BOB, b, 1), 0)).isEqualTo(Admitted.TAKEN);

    fixture.deliver(0, request(ALICE, s, 1));
    assertThat(fixture.offer(more, 0)).isEqualTo(Admitted.TAKEN);
  }

  @Test
  void aClientsBudgetCountsBytes() {
    long s = fixture.session(ALICE);
    String large = "x".repeat(6000);
    assertThat(fixture.offer(request(ALICE, s, 1, large), 0)).isEqualTo(Admitted.TAKEN);
    assertThat(fixture.offer(request(ALICE, s, 2, large), 0)).isEqualTo(Admitted.BUSY);
    assertThat(fixture.offer(request(ALICE, s, 2), 0)).isEqualTo(Admitted.TAKEN);
  }

  @Test
  void deliveryGivesTheBytesBack() {
    long s = fixture.session(ALICE);
    for (int sequence = 1; sequence <= 10; sequence++) {
      Request large = request(ALICE, s, sequence, "x".repeat(6000));
      // A small one keeps the client's queue alive.
      fixture.offer(request(ALICE, s, sequence + 1, "small"), 0);
      assertThat(fixture.offer(large, 0)).isEqualTo(Admitted.TAKEN);
      fixture.deliver(0, large);
    }
  }

  @Test
  void whatIsOverIsNotTakenAgain() {
    long s = fixture.session(ALICE);
    Request one = request(ALICE, s, 1);
    fixture.deliver(0, one);

    assertThat(fixture.offer(one, 0)).isEqualTo(Admitted.DELIVERED);
    assertThat(fixture.offer(request(ALICE, s, 1, "other"), 0)).isEqualTo(Admitted.SUPERSEDED);
    assertThat(fixture.offer(open(ALICE, 77, 5, 0), 0)).isEqualTo(Admitted.VOID);
    assertThat(fixture.offer(request(ALICE, s, 0), 0)).isEqualTo(Admitted.VOID);
    assertThat(pool.pendingCount()).isZero();
    assertThat(pool.bodyOrNull(one.digest())).isNull();
  }

  /** RULES 14: two variants may both be decided by honest leaders; more help nobody. */
  @Test
  void holdsTwoVariantsOfASequence() {
    long s = fixture.session(ALICE);
    Request third = request(ALICE, s, 1, "z");
    assertThat(fixture.offer(request(ALICE, s, 1, "x"), 0)).isEqualTo(Admitted.TAKEN);
    assertThat(fixture.offer(request(ALICE, s, 1, "y"), 0)).isEqualTo(Admitted.TAKEN);
    assertThat(fixture.offer(third, 0)).isEqualTo(Admitted.EQUIVOCATION);
    assertThat(pool.bodyOrNull(third.digest())).isNull();
    assertThat(pool.pendingCount()).isEqualTo(2);
    assertThat(pool.hasRival(third.reference())).isTrue();
    assertThat(pool.hasRival(request(ALICE, s, 2).reference())).isFalse();
  }

  /** Quadratic cost would take many seconds here, and makes a flood of OPENs stop the group. */
  @Test
  @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anOpenCostsTheSameHoweverManyArePending() {
    int many = 60_000;
    use(new PoolFixture(fixture.view, new RequestBudgets(many, Long.MAX_VALUE, 3, 10_000)));
    Request[] opens = new Request[many];
    for (int i = 0; i < many; i++) {
      opens[i] = fixture.open(ALICE, i);
      fixture.offer(opens[i], 0);
    }
    assertThat(pool.pendingCount()).isEqualTo(many);
    for (Request open : opens) {
      pool.answered(open.reference(), 0);
    }
    assertThat(pool.pendingCount()).isZero();
  }

  @Test
  void opensAreNoVariantsOfEachOther() {
    for (int nonce = 0; nonce < BUDGETS.clientRequests(); nonce++) {
      assertThat(fixture.offer(fixture.open(ALICE, nonce), 0)).isEqualTo(Admitted.TAKEN);
    }
    assertThat(pool.pendingCount()).isEqualTo(BUDGETS.clientRequests());
    assertThat(pool.hasRival(fixture.open(ALICE, 0).reference())).isFalse();
  }

  /** F8: every pending request up to the sequence goes, and a loser is told. */
  @Test
  void executionRemovesAllVariants() {
    long s = fixture.session(ALICE);
    Request winner = request(ALICE, s, 1, "x");
    Request loser = request(ALICE, s, 1, "y");
    Request next = request(ALICE, s, 2);
    fixture.offer(winner, 0);
    fixture.offer(loser, 0);
    fixture.offer(next, 0);

    fixture.deliver(0, winner);
    assertThat(fixture.lost.stream().map(PooledRequest::requestOrNull)).containsExactly(loser);
    assertThat(fixture.lost.get(0).replier()).isEqualTo(PooledRequest.ANYBODY);
    assertThat(pool.bodyOrNull(winner.digest())).isNull();
    assertThat(pool.bodyOrNull(loser.digest())).isNull();
    assertThat(pool.isPending(next.digest())).isTrue();
  }

  @Test
  void executionOfAnUnknownVariantRemovesTheKnownOne() {
    long s = fixture.session(ALICE);
    Request known = request(ALICE, s, 1, "y");
    fixture.offer(known, 0);

    fixture.deliver(0, request(ALICE, s, 1, "x"));
    assertThat(fixture.lost.stream().map(PooledRequest::requestOrNull)).containsExactly(known);
    assertThat(pool.pendingCount()).isZero();
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void executionLeavesOtherSessionsAlone() {
    long s = fixture.session(ALICE);
    long t = fixture.session(ALICE);
    fixture.offer(request(ALICE, s, 1), 0);
    fixture.offer(request(ALICE, t, 1), 0);
    fixture.deliver(0, request(ALICE, s, 1));
    assertThat(pool.isPending(request(ALICE, t, 1).digest())).isTrue();
  }

  @Test
  void whatIsOutOfTurnStaysAndMayBeProposedAgain() {
    long s = fixture.session(ALICE);
    Request two = request(ALICE, s, 2);
    fixture.offer(two, 0);
    fixture.pinInFlight(two);
    assertThat(fixture.deliver(0, two)).containsExactly(Verdict.OUT_OF_TURN);
    assertThat(pool.isPending(two.digest())).isTrue();

    fixture.deliver(0, request(ALICE, s, 1));
    assertThat(fixture.propose()).containsExactly(two);
  }

  @Test
  void nothingIsLeftAfterDelivery() {
    long s = fixture.session(ALICE);
    Request open = fixture.open(BOB, 1);
    Request one = request(ALICE, s, 1);
    Request variant = request(ALICE, s, 1, "y");
    Request two = request(ALICE, s, 2);
    Request unknown = request(CAROL, 1L << 40, 1);
    List<Request> all = List.of(open, one, variant, two, unknown);
    all.forEach(request -> fixture.offer(request, 0));
    pool.vouch(1, one, 0);
    assertThat(pool.pendingCount()).isEqualTo(5);

    Batch batch = fixture.batch(open, one, two, unknown);
    pool.pin(batch);
    pool.markInFlight(batch);
    assertThat(fixture.deliver(0, batch))
        .containsExactly(Verdict.OPENED, Verdict.EXECUTE, Verdict.EXECUTE, Verdict.EXPIRED);
    pool.unpin(batch);

    assertThat(pool.pendingCount()).isZero();
    all.forEach(request -> assertThat(pool.bodyOrNull(request.digest())).isNull());
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);
    assertThat(pool.sponsoredBy(1)).isZero();
    assertThat(pool.choose()).isEmpty();
    // The budget is free again.
    for (int nonce = 10; nonce < 10 + BUDGETS.clientRequests(); nonce++) {
      assertThat(fixture.offer(fixture.open(ALICE, nonce), 0)).isEqualTo(Admitted.TAKEN);
    }
  }
}
