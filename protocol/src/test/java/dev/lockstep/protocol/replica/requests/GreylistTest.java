package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BUDGETS;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.requests.RequestPool.Admitted;
import dev.lockstep.protocol.view.Views;
import org.junit.jupiter.api.Test;

/** Who floods or is complained of waits for vouches (RULES 13). */
class GreylistTest {
  private PoolFixture fixture = PoolFixture.vouched();
  private RequestPool pool = fixture.pool;

  private void use(PoolFixture other) {
    fixture = other;
    pool = other.pool;
  }

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
    while (sequence < Greylist.REQUESTS - 1) {
      fixture.deliver(0, request(BOB, s, ++sequence));
    }
    assertThat(fixture.propose()).isEmpty();
    fixture.deliver(0, request(BOB, s, ++sequence));
    assertThat(fixture.propose()).containsExactly(one);

    // The second time it takes longer: a client must not cost a regency change every second.
    pool.restartTimers(0);
    pool.complain(one.reference(), 1);
    pool.complain(one.reference(), 2);
    long end = sequence + Greylist.GROWTH * Greylist.REQUESTS;
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
      assertThat(fixture.offer(request(ALICE, s, sequence), 0)).isEqualTo(Admitted.TAKEN);
    }
    Request more = request(ALICE, s, BUDGETS.clientRequests() + 1);
    for (int i = 1; i < PendingRequests.REFUSED_MOST; i++) {
      assertThat(fixture.offer(more, 0)).isEqualTo(Admitted.BUSY);
    }
    assertThat(fixture.propose()).hasSize(BUDGETS.clientRequests());
    pool.restartTimers(0);

    assertThat(fixture.offer(more, 0)).isEqualTo(Admitted.BUSY);
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

  @Test
  void countsInDeliveredRequestsAndLastsLongerEachTime() {
    Greylist greylist = new Greylist(Views.quorums(Views.byzantine(4, 1, 2)));
    greylist.add(ALICE);
    greylist.add(ALICE);
    for (long length = Greylist.REQUESTS; length <= 64 * Greylist.REQUESTS; length *= 4) {
      for (long i = 1; i < length; i++) {
        greylist.onDelivered();
      }
      assertThat(greylist.contains(ALICE)).isTrue();
      greylist.onDelivered();
      assertThat(greylist.contains(ALICE)).isFalse();
      greylist.add(ALICE);
    }
    assertThat(greylist.contains(BOB)).isFalse();
    assertThat(greylist.everListed()).containsExactly(ALICE);
  }

  @Test
  void aRequestThatIsDoneWithIsNotComplainedOfAnyMore() {
    Greylist greylist = new Greylist(Views.quorums(Views.byzantine(4, 1, 2)));
    Request one = request(ALICE, 5, 1);
    assertThat(greylist.complain(one.reference(), 1)).isFalse();
    greylist.forgetComplaints(one.digest());
    assertThat(greylist.complain(one.reference(), 2)).isFalse();
    assertThat(greylist.complain(one.reference(), 1)).isTrue();
    assertThat(greylist.contains(ALICE)).isTrue();
  }
}
