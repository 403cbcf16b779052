package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.TIMEOUT;
import static dev.lockstep.protocol.replica.requests.PoolFixture.close;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.requests.RequestPool.Admitted;
import org.junit.jupiter.api.Test;

/**
 * RULES 9: nothing of a session that is over is held, proposed or forwarded, however late it comes;
 * nor, for long, anything of a session that is not opened.
 */
class EndedSessionsTest {
  private final PoolFixture fixture = PoolFixture.vouched();
  private final RequestPool pool = fixture.pool;

  private void assertNothingIsHeld() {
    assertThat(pool.pendingCount()).isZero();
    assertThat(pool.proposableCount()).isZero();
    assertThat(fixture.propose()).isEmpty();
    assertThat(pool.nextDeadline(TIMEOUT)).isEqualTo(Long.MAX_VALUE);
    assertThat(pool.onDeadline(1_000_000, TIMEOUT).forward()).isEmpty();
  }

  /** A client is farther from this replica than the replicas are from each other. */
  @Test
  void aCloseThatComesAfterItsDeliveryIsNotHeld() {
    long session = fixture.session(ALICE);
    Request last = request(ALICE, session, 1);
    Request close = close(ALICE, session, 2);
    fixture.deliver(0, last, close);

    assertThat(fixture.offer(close, 0)).isEqualTo(Admitted.VOID);
    assertThat(fixture.offer(last, 0)).isEqualTo(Admitted.VOID);
    assertThat(fixture.offer(request(ALICE, session, 3), 0)).isEqualTo(Admitted.VOID);
    for (int peer = 1; peer < 4; peer++) {
      assertThat(pool.vouch(peer, close, 0)).isFalse();
      assertThat(pool.sponsoredBy(peer)).isZero();
    }
    assertNothingIsHeld();
  }

  @Test
  void aSignedOneIsNotHeldEither() {
    PoolFixture signed = PoolFixture.signed();
    long session = signed.session(ALICE);
    Request close = close(ALICE, session, 1);
    signed.deliver(0, close);

    assertThat(signed.pool.offerSigned(close, 0)).isEqualTo(Admitted.DELIVERED);
    assertThat(signed.pool.pendingCount()).isZero();
    assertThat(signed.pool.bodyOrNull(close.digest())).isNull();
  }

  @Test
  void whatIsPendingWhenItsSessionEndsGoes() {
    long session = fixture.session(ALICE);
    Request second = request(ALICE, session, 2);
    Request third = request(ALICE, session, 3);
    fixture.offer(second, 0);
    fixture.offer(third, 0);

    fixture.deliver(0, close(ALICE, session, 1));

    assertThat(fixture.dropped).containsExactly(second, third);
    assertNothingIsHeld();
  }

  @Test
  void inTheSessionOfAnotherNothingIsHeld() {
    long session = fixture.session(ALICE);

    assertThat(fixture.offer(request(BOB, session, 1), 0)).isEqualTo(Admitted.VOID);

    assertNothingIsHeld();
  }

  /**
   * The leader may have proposed a request before it delivered the end of its session. That request
   * has no effect, but the others in its value have.
   */
  @Test
  void whatTheLeaderProposedBeforeTheEndIsAuthenticAllTheSame() {
    long session = fixture.session(ALICE);
    Request early = request(ALICE, session, 2, "before the end");
    Request late = request(ALICE, session, 3, "after the end");
    fixture.offer(early, 0);
    fixture.deliver(0, close(ALICE, session, 1));
    fixture.offer(late, 0);
    Batch proposed = fixture.batch(early, late, request(ALICE, session, 4, "never came"));

    pool.pin(proposed);

    assertThat(pool.named(proposed))
        .extracting(PooledRequest::isAuthentic)
        .containsExactly(true, true, false);
    pool.unpin(proposed);
    assertNothingIsHeld();
  }

  @Test
  void aDirectOneCompletesTheValueThatNamesIt() {
    long session = fixture.session(ALICE);
    fixture.deliver(0, close(ALICE, session, 1));
    Request late = request(ALICE, session, 2);
    Batch proposed = fixture.batch(late);
    pool.pin(proposed);

    fixture.offer(late, 0);

    assertThat(pool.lacking(proposed, true)).isEmpty();
  }

  // -------- sessions that are not open

  @Test
  void whatWaitsForASessionThatDoesNotComeIsForgotten() {
    long invented = 1L << 40;
    fixture.offer(request(ALICE, invented, 1), 0);
    fixture.offer(request(BOB, invented, 1), 50);
    assertThat(pool.pendingCount()).isEqualTo(2);

    fixture.forgetOld(140, 100);
    assertThat(fixture.dropped).containsExactly(request(ALICE, invented, 1));
    fixture.forgetOld(151, 100);

    assertNothingIsHeld();
  }

  @Test
  void whatCameBeforeItsSessionRunsInIt() {
    long session = (fixture.sessions.lastInstance() + 1) << 16;
    Request first = request(ALICE, session, 1);
    fixture.offer(first, 0);
    assertThat(pool.proposableCount()).isZero();

    fixture.session(ALICE);
    fixture.forgetOld(1_000_000, 100);

    assertThat(pool.proposableCount()).isEqualTo(1);
    assertThat(fixture.propose()).containsExactly(first);
  }

  // -------- what others vouch for

  @Test
  void whatTooFewVouchForIsForgottenInTime() {
    long session = fixture.session(ALICE);
    Request one = request(ALICE, session, 1);
    pool.vouch(3, one, 0);
    assertThat(pool.sponsoredBy(3)).isEqualTo(1);

    fixture.forgetOld(100, 100);
    assertThat(pool.sponsoredBy(3)).isEqualTo(1);
    fixture.forgetOld(101, 100);

    assertThat(pool.sponsoredBy(3)).isZero();
    assertThat(pool.bodyOrNull(one.digest())).isNull();
    // Its word is forgotten too.
    assertThat(pool.vouch(1, one, 101)).isFalse();
    assertThat(pool.vouch(2, one, 101)).isTrue();
  }

  // -------- what a leader waits for

  @Test
  void onlyWhatHasItsPredecessorsCanBeProposed() {
    long session = fixture.session(ALICE);
    fixture.offer(request(ALICE, session, 2), 0);
    fixture.offer(request(ALICE, session, 4), 0);
    assertThat(pool.proposableCount()).isZero();

    Request first = request(ALICE, session, 1);
    fixture.offer(first, 0);
    assertThat(pool.proposableCount()).isEqualTo(2);

    fixture.deliver(0, first);
    assertThat(pool.proposableCount()).isEqualTo(1);
    fixture.offer(request(ALICE, session, 3), 0);
    assertThat(pool.proposableCount()).isEqualTo(3);
  }
}
