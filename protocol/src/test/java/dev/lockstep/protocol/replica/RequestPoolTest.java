package dev.lockstep.protocol.replica;

import static dev.lockstep.protocol.replica.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.PoolFixture.BUDGETS;
import static dev.lockstep.protocol.replica.PoolFixture.CAROL;
import static dev.lockstep.protocol.replica.PoolFixture.TIMEOUT;
import static dev.lockstep.protocol.replica.PoolFixture.limits;
import static dev.lockstep.protocol.replica.PoolFixture.open;
import static dev.lockstep.protocol.replica.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.RequestPool.Offer;
import dev.lockstep.protocol.replica.RequestPool.Overdue;
import dev.lockstep.protocol.state.Verdict;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** RULES 10 to 15 and 36, at replica 0 of four. */
class RequestPoolTest {
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

  // ---- from the client ----------------------------------------------------------------------

  @Test
  void whatComesFromTheClientIsAuthenticAndPending() {
    Request one = request(ALICE, fixture.session(ALICE), 1);

    assertThat(fixture.offer(one, 0)).isEqualTo(Offer.TAKEN);
    assertThat(pool.isKnownAuthentic(one.digest())).isTrue();
    assertThat(pool.isPending(one.digest())).isTrue();
    assertThat(pool.body(one.digest())).isEqualTo(one);
    assertThat(pool.pendingCount()).isEqualTo(1);
    assertThat(fixture.offer(one, 5)).isEqualTo(Offer.TAKEN);
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
    assertThat(replierOf(two)).isEqualTo(-2);
  }

  private int replierOf(Request request) {
    Batch batch = fixture.batch(request);
    pool.pin(batch);
    int replier = RequestPool.replierOf(pool.named(batch)[0]);
    pool.unpin(batch);
    return replier;
  }

  @Test
  void aClientsBudgetIsItsOwn() {
    long s = fixture.session(ALICE);
    long b = fixture.session(BOB);
    for (int sequence = 1; sequence <= BUDGETS.clientRequests(); sequence++) {
      assertThat(fixture.offer(request(ALICE, s, sequence), 0)).isEqualTo(Offer.TAKEN);
    }
    Request more = request(ALICE, s, 5);
    assertThat(fixture.offer(more, 0)).isEqualTo(Offer.BUSY);
    assertThat(pool.body(more.digest())).isNull();
    assertThat(fixture.offer(request(BOB, b, 1), 0)).isEqualTo(Offer.TAKEN);

    fixture.deliver(0, request(ALICE, s, 1));
    assertThat(fixture.offer(more, 0)).isEqualTo(Offer.TAKEN);
  }

  @Test
  void aClientsBudgetCountsBytes() {
    long s = fixture.session(ALICE);
    String large = "x".repeat(6000);
    assertThat(fixture.offer(request(ALICE, s, 1, large), 0)).isEqualTo(Offer.TAKEN);
    assertThat(fixture.offer(request(ALICE, s, 2, large), 0)).isEqualTo(Offer.BUSY);
    assertThat(fixture.offer(request(ALICE, s, 2), 0)).isEqualTo(Offer.TAKEN);
  }

  @Test
  void deliveryGivesTheBytesBack() {
    long s = fixture.session(ALICE);
    for (int sequence = 1; sequence <= 10; sequence++) {
      Request large = request(ALICE, s, sequence, "x".repeat(6000));
      // A small one keeps the client's queue alive.
      fixture.offer(request(ALICE, s, sequence + 1, "small"), 0);
      assertThat(fixture.offer(large, 0)).isEqualTo(Offer.TAKEN);
      fixture.deliver(0, large);
    }
  }

  @Test
  void whatIsOverIsNotTakenAgain() {
    long s = fixture.session(ALICE);
    Request one = request(ALICE, s, 1);
    fixture.deliver(0, one);

    assertThat(fixture.offer(one, 0)).isEqualTo(Offer.DELIVERED);
    assertThat(fixture.offer(request(ALICE, s, 1, "other"), 0)).isEqualTo(Offer.SUPERSEDED);
    assertThat(fixture.offer(open(ALICE, 77, 5, 0), 0)).isEqualTo(Offer.SUPERSEDED);
    assertThat(fixture.offer(request(ALICE, s, 0), 0)).isEqualTo(Offer.SUPERSEDED);
    assertThat(pool.pendingCount()).isZero();
    assertThat(pool.body(one.digest())).isNull();
  }

  /** RULES 14: two variants may both be decided by honest leaders; more help nobody. */
  @Test
  void holdsTwoVariantsOfASequence() {
    long s = fixture.session(ALICE);
    Request third = request(ALICE, s, 1, "z");
    assertThat(fixture.offer(request(ALICE, s, 1, "x"), 0)).isEqualTo(Offer.TAKEN);
    assertThat(fixture.offer(request(ALICE, s, 1, "y"), 0)).isEqualTo(Offer.TAKEN);
    assertThat(fixture.offer(third, 0)).isEqualTo(Offer.EQUIVOCATION);
    assertThat(pool.body(third.digest())).isNull();
    assertThat(pool.pendingCount()).isEqualTo(2);
    assertThat(pool.hasRival(third.reference())).isTrue();
    assertThat(pool.hasRival(request(ALICE, s, 2).reference())).isFalse();
  }

  /** Quadratic cost would take many seconds here, and makes a flood of OPENs stop the group. */
  @Test
  @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anOpenCostsTheSameHoweverManyArePending() {
    int many = 60_000;
    use(new PoolFixture(fixture.view, new ReplicaConfig.Budgets(many, Long.MAX_VALUE, 3, 10_000)));
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
      assertThat(fixture.offer(fixture.open(ALICE, nonce), 0)).isEqualTo(Offer.TAKEN);
    }
    assertThat(pool.pendingCount()).isEqualTo(BUDGETS.clientRequests());
    assertThat(pool.hasRival(fixture.open(ALICE, 0).reference())).isFalse();
  }

  // ---- vouching -----------------------------------------------------------------------------

  /** RULES 12: f+1 others. */
  @Test
  void enoughVouchesMakeAuthentic() {
    Request one = request(ALICE, fixture.session(ALICE), 1);

    assertThat(pool.vouch(2, one, 0)).isFalse();
    assertThat(pool.vouch(2, one, 0)).isFalse();
    assertThat(pool.isKnownAuthentic(one.digest())).isFalse();
    assertThat(pool.isPending(one.digest())).isFalse();
    assertThat(pool.sponsoredBy(2)).isEqualTo(1);

    assertThat(pool.vouch(3, one, 0)).isTrue();
    assertThat(pool.isKnownAuthentic(one.digest())).isTrue();
    assertThat(pool.isPending(one.digest())).isTrue();
    assertThat(pool.sponsoredBy(2)).isZero();
    assertThat(pool.sponsoredBy(3)).isZero();
  }

  @Test
  void theClientsOwnWordEndsSponsoring() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    pool.vouch(2, one, 0);
    assertThat(fixture.offer(one, 0)).isEqualTo(Offer.TAKEN);
    assertThat(pool.sponsoredBy(2)).isZero();
    assertThat(pool.vouch(3, one, 0)).isFalse();
  }

  @Test
  void aPeersBudgetEvictsItsOwnWordOnly() {
    long s = fixture.session(ALICE);
    Request honest = request(ALICE, s, 1);
    pool.vouch(1, honest, 0);
    List<Request> flood = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      flood.add(request(BOB, 5, i, "flood"));
      pool.vouch(2, flood.get(i), 0);
    }

    assertThat(pool.sponsoredBy(2)).isEqualTo(BUDGETS.peerRequests());
    assertThat(pool.body(honest.digest())).isEqualTo(honest);
    assertThat(pool.body(flood.get(16).digest())).isNull();
    assertThat(pool.body(flood.get(17).digest())).isNotNull();
    assertThat(pool.body(flood.get(19).digest())).isNotNull();
  }

  @Test
  void aPeersBudgetCountsBytes() {
    Request large = request(ALICE, 5, 1, "x".repeat(9000));
    pool.vouch(1, large, 0);
    assertThat(pool.sponsoredBy(1)).isEqualTo(1);
    Request another = request(ALICE, 5, 2, "x".repeat(2000));
    pool.vouch(1, another, 0);
    assertThat(pool.body(large.digest())).isNull();
    assertThat(pool.body(another.digest())).isNotNull();

    // What is larger than the budget is not held at all.
    pool.vouch(1, request(ALICE, 5, 3, "x".repeat(20_000)), 0);
    assertThat(pool.sponsoredBy(1)).isZero();
  }

  /**
   * With f = 2, two vouches do not suffice yet; a flooding peer must not push out what both said.
   */
  @Test
  void anotherVoucherTakesOver() {
    use(new PoolFixture(Views.byzantine(7, 2, 2), BUDGETS));
    Request both = request(ALICE, fixture.session(ALICE), 1);
    pool.vouch(2, both, 0);
    pool.vouch(3, both, 0);
    assertThat(pool.sponsoredBy(2)).isEqualTo(1);
    assertThat(pool.sponsoredBy(3)).isZero();

    for (int i = 0; i < 10; i++) {
      pool.vouch(2, request(BOB, 5, i, "flood"), 0);
    }
    assertThat(pool.body(both.digest())).isEqualTo(both);
    assertThat(pool.sponsoredBy(3)).isEqualTo(1);
    // The word of 2 is gone with it: two more are needed.
    assertThat(pool.vouch(4, both, 0)).isFalse();
    assertThat(pool.vouch(5, both, 0)).isTrue();
  }

  /** F14: what was pushed out can be vouched for again. */
  @Test
  void anEvictedVouchMayBeRepeated() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    pool.vouch(2, one, 0);
    for (int i = 0; i < 5; i++) {
      pool.vouch(2, request(BOB, 5, i, "flood"), 0);
    }
    assertThat(pool.vouch(3, one, 0)).isFalse();
    assertThat(pool.vouch(2, one, 0)).isTrue();
  }

  /** RULES 12. */
  @Test
  void aFetchedBodyIsNotAuthentic() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    Batch batch = fixture.batch(one);
    pool.supply(one, false);
    assertThat(pool.body(one.digest())).isNull();

    pool.pin(batch);
    assertThat(pool.hasAllBodies(batch)).isFalse();
    assertThat(pool.lacking(batch, false)).containsExactly(one.digest());
    pool.supply(one, false);
    assertThat(pool.hasAllBodies(batch)).isTrue();
    assertThat(pool.bodies(batch)).containsExactly(one);
    assertThat(pool.lacking(batch, false)).isEmpty();
    assertThat(pool.lacking(batch, true)).containsExactly(one.digest());
    assertThat(pool.isPending(one.digest())).isFalse();

    assertThat(fixture.offer(one, 0)).isEqualTo(Offer.TAKEN);
    assertThat(pool.lacking(batch, true)).isEmpty();
  }

  @Test
  void vouchesForWhatIsOverAreDropped() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    fixture.deliver(0, one);
    assertThat(pool.vouch(2, one, 0)).isFalse();
    assertThat(pool.sponsoredBy(2)).isZero();
    assertThat(pool.body(one.digest())).isNull();
  }

  @Test
  void signedRequestsThroughPeersHaveABudgetOfTheirOwn() {
    use(PoolFixture.signed());
    long s = fixture.session(ALICE);
    int most = 2 * BUDGETS.clientRequests();
    for (int sequence = 1; sequence <= most; sequence++) {
      assertThat(pool.offerSigned(request(ALICE, s, sequence), 0)).isEqualTo(Offer.TAKEN);
    }
    assertThat(pool.offerSigned(request(ALICE, s, most + 1), 0)).isEqualTo(Offer.BUSY);
    fixture.deliver(0, request(ALICE, s, 1));
    assertThat(pool.offerSigned(request(ALICE, s, 1), 0)).isEqualTo(Offer.DELIVERED);
    assertThat(pool.pendingCount()).isEqualTo(most - 1);
  }

  @Test
  void questionsAreRememberedUntilTheyCanBeAnswered() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    pool.rememberAsker(one.digest(), 1);
    pool.rememberAsker(one.digest(), 3);
    pool.rememberAsker(one.digest(), 3);
    assertThat(pool.takeAskers(one.digest())).isEqualTo(0b1010);
    assertThat(pool.takeAskers(one.digest())).isZero();
  }

  // ---- pins ---------------------------------------------------------------------------------

  @Test
  void pinnedBodiesStayUntilTheLastPinGoes() {
    long s = fixture.session(ALICE);
    Request one = request(ALICE, s, 1);
    fixture.offer(one, 0);
    Batch first = fixture.batch(one);
    Batch second = fixture.batch(one, request(BOB, 5, 1));
    pool.pin(first);
    pool.pin(second);

    fixture.deliver(0, first);
    assertThat(pool.isPending(one.digest())).isFalse();
    assertThat(pool.body(one.digest())).isEqualTo(one);
    pool.unpin(first);
    assertThat(pool.isPinned(one.digest())).isTrue();
    assertThat(pool.body(one.digest())).isEqualTo(one);
    pool.unpin(second);
    assertThat(pool.isPinned(one.digest())).isFalse();
    assertThat(pool.body(one.digest())).isNull();
  }

  @Test
  void unpinningLeavesPendingAndSponsoredOnes() {
    long s = fixture.session(ALICE);
    Request pending = request(ALICE, s, 1);
    Request sponsored = request(ALICE, s, 2);
    Request fetched = request(ALICE, s, 3);
    fixture.offer(pending, 0);
    pool.vouch(1, sponsored, 0);
    Batch batch = fixture.batch(pending, sponsored, fetched);
    pool.pin(batch);
    pool.supply(fetched, false);
    pool.unpin(batch);

    assertThat(pool.body(pending.digest())).isNotNull();
    assertThat(pool.body(sponsored.digest())).isNotNull();
    assertThat(pool.body(fetched.digest())).isNull();
  }

  // ---- delivery -----------------------------------------------------------------------------

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
    assertThat(fixture.lost.stream().map(entry -> entry.request)).containsExactly(loser);
    assertThat(fixture.lost.get(0).direct).isTrue();
    assertThat(pool.body(winner.digest())).isNull();
    assertThat(pool.body(loser.digest())).isNull();
    assertThat(pool.isPending(next.digest())).isTrue();
  }

  @Test
  void executionOfAnUnknownVariantRemovesTheKnownOne() {
    long s = fixture.session(ALICE);
    Request known = request(ALICE, s, 1, "y");
    fixture.offer(known, 0);

    fixture.deliver(0, request(ALICE, s, 1, "x"));
    assertThat(fixture.lost.stream().map(entry -> entry.request)).containsExactly(known);
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
    Request unknown = request(CAROL, 5, 1);
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
    all.forEach(request -> assertThat(pool.body(request.digest())).isNull());
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);
    assertThat(pool.sponsoredBy(1)).isZero();
    assertThat(pool.choose()).isEmpty();
    // The budget is free again.
    for (int nonce = 10; nonce < 10 + BUDGETS.clientRequests(); nonce++) {
      assertThat(fixture.offer(fixture.open(ALICE, nonce), 0)).isEqualTo(Offer.TAKEN);
    }
  }

  // ---- deadlines ----------------------------------------------------------------------------

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
    assertThat(fixture.offer(one, 0)).isEqualTo(Offer.TAKEN);
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);

    assertThat(fixture.session(ALICE)).isEqualTo(next);
    assertThat(pool.nextDeadline(TIMEOUT)).isLessThan(Long.MAX_VALUE);
    assertThat(fixture.propose()).containsExactly(one);
  }

  /**
   * RULES 9: EXPIRED is an ordered answer, so what waits in a session that ended must be ordered.
   */
  @Test
  void requestsOfAnEndedSessionGetADeadlineAndAreProposed() {
    long s = fixture.session(ALICE);
    Request two = request(ALICE, s, 2);
    fixture.offer(two, 0);
    fixture.deliver(300, open(ALICE, 99, 30_000_000, s));
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(300 + TIMEOUT);
    assertThat(fixture.propose()).containsExactly(two);
    assertThat(fixture.deliver(310, two)).containsExactly(Verdict.EXPIRED);
    assertThat(pool.pendingCount()).isZero();
  }

  /** F16: a queue longer than the timeout, under a leader that works it off in order. */
  @Test
  void aLongQueueIsNoReasonToSuspect() {
    use(
        new PoolFixture(
            Views.with(Views.byzantine(4, 1, 2), Views.limits(RequestAuthentication.SIGNED)),
            new ReplicaConfig.Budgets(1000, 1_000_000, 3, 1000)));
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
    assertThat(fixture.offer(late, 0)).isEqualTo(Offer.TAKEN);
    fixture.offer(one, 1);
    fixture.elapse(2_000_000);
    fixture.deliver(10);

    assertThat(deadline(TIMEOUT + 1).forward()).containsExactly(one);
    assertThat(pool.isPending(late.digest())).isFalse();
    assertThat(pool.pendingCount()).isEqualTo(1);
  }

  @Test
  void forwardsABoundedNumberAtATime() {
    use(
        new PoolFixture(
            Views.byzantine(4, 1, 2), new ReplicaConfig.Budgets(1000, 1_000_000, 3, 1000)));
    for (int nonce = 0; nonce < 100; nonce++) {
      fixture.offer(fixture.open(ALICE, nonce), 0);
    }
    assertThat(deadline(TIMEOUT).forward()).hasSize(64);
    assertThat(deadline(TIMEOUT).forward()).isEmpty();
    assertThat(deadline(2 * TIMEOUT).forward()).hasSize(64);
  }

  // ---- the leader's choice ------------------------------------------------------------------

  private void choosing(int batchRequests, int batchBytes) {
    use(
        new PoolFixture(
            Views.with(Views.byzantine(4, 1, 2), limits(batchRequests, batchBytes, batchBytes)),
            new ReplicaConfig.Budgets(1000, 1_000_000, 3, 1000)));
  }

  @Test
  void proposesEachSessionInItsOrder() {
    long s = fixture.session(ALICE);
    fixture.offer(request(ALICE, s, 3), 0);
    fixture.offer(request(ALICE, s, 1), 0);
    assertThat(fixture.propose()).containsExactly(request(ALICE, s, 1));
    assertThat(fixture.propose()).isEmpty();

    fixture.offer(request(ALICE, s, 2), 0);
    // The first is in flight: what follows it may stand after it.
    assertThat(fixture.propose()).containsExactly(request(ALICE, s, 2), request(ALICE, s, 3));
  }

  @Test
  void proposesNothingWhosePredecessorIsNotHere() {
    long s = fixture.session(ALICE);
    fixture.offer(request(ALICE, s, 2), 0);
    assertThat(fixture.propose()).isEmpty();
    assertThat(pool.pendingCount()).isEqualTo(1);
  }

  @Test
  void proposesNothingOfASessionThatIsNotThereYet() {
    long next = (fixture.sessions.lastInstance() + 1) << 16;
    fixture.offer(request(ALICE, next, 1), 0);
    assertThat(fixture.propose()).isEmpty();
  }

  @Test
  void proposesOneVariantAtATime() {
    long s = fixture.session(ALICE);
    Request one = request(ALICE, s, 1, "x");
    Request other = request(ALICE, s, 1, "y");
    Request two = request(ALICE, s, 2);
    fixture.offer(one, 0);
    fixture.offer(other, 0);
    fixture.offer(two, 0);
    assertThat(fixture.propose()).containsExactly(one, two);
    assertThat(fixture.propose()).isEmpty();
  }

  @Test
  void doesNotProposeWhatStandsInAnUndeliveredValue() {
    long s = fixture.session(ALICE);
    fixture.offer(request(ALICE, s, 1), 0);
    fixture.pinInFlight(request(ALICE, s, 1));
    assertThat(fixture.propose()).isEmpty();
    pool.restartTimers(0);
    assertThat(fixture.propose()).hasSize(1);
  }

  @Test
  void keepsToTheNumberOfRequests() {
    choosing(4, 1000);
    for (int i = 1; i <= 3; i++) {
      fixture.offer(request(ALICE, fixture.session(ALICE), 1), 0);
      fixture.offer(request(BOB, fixture.session(BOB), 1), 0);
      fixture.offer(request(CAROL, fixture.session(CAROL), 1), 0);
    }
    assertThat(fixture.propose()).hasSize(4);
  }

  /** One busy client leaves room for the others, and was served when the next batch is made. */
  @Test
  void clientsTakeTurns() {
    choosing(4, 1000);
    long s = fixture.session(ALICE);
    for (int sequence = 1; sequence <= 10; sequence++) {
      fixture.offer(request(ALICE, s, sequence), 0);
    }
    Request bob = request(BOB, fixture.session(BOB), 1);
    Request carol = request(CAROL, fixture.session(CAROL), 1);
    fixture.offer(bob, 0);
    fixture.offer(carol, 0);

    assertThat(fixture.propose())
        .containsExactly(request(ALICE, s, 1), request(ALICE, s, 2), bob, carol);
    Request second = request(BOB, fixture.session(BOB), 1);
    fixture.offer(second, 0);
    assertThat(fixture.propose())
        .containsExactlyInAnyOrder(request(ALICE, s, 3), request(ALICE, s, 4), second);
  }

  @Test
  void whoDoesNotFitComesFirstTheNextTime() {
    choosing(2, 1000);
    Request alice = request(ALICE, fixture.session(ALICE), 1);
    Request bob = request(BOB, fixture.session(BOB), 1);
    Request carol = request(CAROL, fixture.session(CAROL), 1);
    Request again = request(ALICE, fixture.session(ALICE), 1);
    for (Request request : List.of(alice, bob, carol, again)) {
      fixture.offer(request, 0);
    }
    List<Request> first = fixture.propose();
    List<Request> second = fixture.propose();
    assertThat(first).containsExactly(alice, bob);
    assertThat(second).containsExactly(carol, again);
  }

  @Test
  void keepsToTheBytes() {
    choosing(100, 1000);
    long s = fixture.session(ALICE);
    for (int sequence = 1; sequence <= 5; sequence++) {
      fixture.offer(request(ALICE, s, sequence, "x".repeat(400)), 0);
    }
    assertThat(fixture.propose()).hasSize(2);
    assertThat(fixture.propose()).hasSize(2);
    assertThat(fixture.propose()).hasSize(1);
  }

  @Test
  void doesNotProposeOpensThatCannotHaveAnEffect() {
    Request late = open(ALICE, 1, 1_500_000, 0);
    Request good = fixture.open(BOB, 2);
    fixture.offer(late, 0);
    fixture.offer(good, 0);
    fixture.elapse(2_000_000);
    fixture.deliver(0);
    assertThat(fixture.propose()).containsExactly(good);
  }

  // ---- greylist -----------------------------------------------------------------------------

  /** RULES 13. */
  @Test
  void complaintsOfEnoughReplicasGreylistTheClient() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    Request bob = request(BOB, fixture.session(BOB), 1);
    fixture.offer(one, 0);
    fixture.offer(bob, 0);
    assertThat(pool.complain(one.reference(), 1)).isFalse();
    assertThat(pool.complain(one.reference(), 1)).isFalse();
    assertThat(pool.lackingVouches(10)).isEmpty();
    assertThat(pool.complain(one.reference(), 2)).isTrue();

    assertThat(fixture.propose()).containsExactly(bob);
    assertThat(pool.lackingVouches(10)).containsExactly(one.digest());
    assertThat(pool.lackingVouches(0)).isEmpty();
    pool.vouch(1, one, 0);
    pool.vouch(2, one, 0);
    assertThat(pool.lackingVouches(10)).isEmpty();
    assertThat(fixture.propose()).containsExactly(one);
  }

  @Test
  void theGreylistForgetsAfterSomeDeliveredRequests() {
    long s = fixture.session(BOB);
    Request one = request(ALICE, fixture.session(ALICE), 1);
    fixture.offer(one, 0);
    pool.complain(one.reference(), 1);
    pool.complain(one.reference(), 2);
    long sequence = 0;
    while (sequence < RequestPool.GREYLIST_REQUESTS - 1) {
      fixture.deliver(0, request(BOB, s, ++sequence));
    }
    assertThat(fixture.propose()).isEmpty();
    fixture.deliver(0, request(BOB, s, ++sequence));
    assertThat(fixture.propose()).containsExactly(one);

    // The second time it takes longer: a client must not cost a regency change every second.
    pool.restartTimers(0);
    pool.complain(one.reference(), 1);
    pool.complain(one.reference(), 2);
    long end = sequence + RequestPool.GREYLIST_GROWTH * RequestPool.GREYLIST_REQUESTS;
    while (sequence < end - 1) {
      fixture.deliver(0, request(BOB, s, ++sequence));
    }
    assertThat(fixture.propose()).isEmpty();
    fixture.deliver(0, request(BOB, s, ++sequence));
    assertThat(fixture.propose()).containsExactly(one);
  }

  /** Else its requests, of which each replica holds others, would stop the group. */
  @Test
  void whoGoesOnAlthoughItIsBusyIsGreylisted() {
    long s = fixture.session(ALICE);
    for (int sequence = 1; sequence <= BUDGETS.clientRequests(); sequence++) {
      assertThat(fixture.offer(request(ALICE, s, sequence), 0)).isEqualTo(Offer.TAKEN);
    }
    Request more = request(ALICE, s, BUDGETS.clientRequests() + 1);
    for (int i = 1; i < RequestPool.REFUSED_MOST; i++) {
      assertThat(fixture.offer(more, 0)).isEqualTo(Offer.BUSY);
    }
    assertThat(fixture.propose()).hasSize(BUDGETS.clientRequests());
    pool.restartTimers(0);

    assertThat(fixture.offer(more, 0)).isEqualTo(Offer.BUSY);
    assertThat(fixture.propose()).isEmpty();
    Request first = request(ALICE, s, 1);
    pool.vouch(1, first, 0);
    pool.vouch(2, first, 0);
    assertThat(fixture.propose()).containsExactly(first);
  }

  @Test
  void complaintsCountForNothingWhereClientsSign() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    use(PoolFixture.signed());
    fixture.offer(one, 0);
    for (int member = 1; member < 4; member++) {
      assertThat(pool.complain(one.reference(), member)).isFalse();
    }
  }
}
