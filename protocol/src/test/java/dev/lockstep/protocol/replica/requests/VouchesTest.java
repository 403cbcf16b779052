package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BUDGETS;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.requests.RequestPool.Admitted;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose word is enough for what (RULES 12, 13), at replica 0 of four. */
class VouchesTest {
  /** A session that may be opened one day. */
  private static final long UNOPENED = 1L << 40;

  private PoolFixture fixture = PoolFixture.vouched();
  private RequestPool pool = fixture.pool;

  private void use(PoolFixture other) {
    fixture = other;
    pool = other.pool;
  }

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
    assertThat(fixture.offer(one, 0)).isEqualTo(Admitted.TAKEN);
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
      flood.add(request(BOB, UNOPENED, i, "flood"));
      pool.vouch(2, flood.get(i), 0);
    }

    assertThat(pool.sponsoredBy(2)).isEqualTo(BUDGETS.peerRequests());
    assertThat(pool.bodyOrNull(honest.digest())).isEqualTo(honest);
    assertThat(pool.bodyOrNull(flood.get(16).digest())).isNull();
    assertThat(pool.bodyOrNull(flood.get(17).digest())).isNotNull();
    assertThat(pool.bodyOrNull(flood.get(19).digest())).isNotNull();
  }

  @Test
  void aPeersBudgetCountsBytes() {
    Request large = request(ALICE, UNOPENED, 1, "x".repeat(9000));
    pool.vouch(1, large, 0);
    assertThat(pool.sponsoredBy(1)).isEqualTo(1);
    Request another = request(ALICE, UNOPENED, 2, "x".repeat(2000));
    pool.vouch(1, another, 0);
    assertThat(pool.bodyOrNull(large.digest())).isNull();
    assertThat(pool.bodyOrNull(another.digest())).isNotNull();

    // What is larger than the budget is not held at all.
    pool.vouch(1, request(ALICE, UNOPENED, 3, "x".repeat(20_000)), 0);
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
      pool.vouch(2, request(BOB, UNOPENED, i, "flood"), 0);
    }
    assertThat(pool.bodyOrNull(both.digest())).isEqualTo(both);
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
      pool.vouch(2, request(BOB, UNOPENED, i, "flood"), 0);
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
    assertThat(pool.bodyOrNull(one.digest())).isNull();

    pool.pin(batch);
    assertThat(pool.hasAllBodies(batch)).isFalse();
    assertThat(pool.lacking(batch, false)).containsExactly(one.digest());
    pool.supply(one, false);
    assertThat(pool.hasAllBodies(batch)).isTrue();
    assertThat(pool.bodies(batch)).containsExactly(one);
    assertThat(pool.lacking(batch, false)).isEmpty();
    assertThat(pool.lacking(batch, true)).containsExactly(one.digest());
    assertThat(pool.isPending(one.digest())).isFalse();

    assertThat(fixture.offer(one, 0)).isEqualTo(Admitted.TAKEN);
    assertThat(pool.lacking(batch, true)).isEmpty();
  }

  @Test
  void vouchesForWhatIsOverAreDropped() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    fixture.deliver(0, one);
    assertThat(pool.vouch(2, one, 0)).isFalse();
    assertThat(pool.sponsoredBy(2)).isZero();
    assertThat(pool.bodyOrNull(one.digest())).isNull();
  }

  @Test
  void signedRequestsThroughPeersHaveABudgetOfTheirOwn() {
    use(PoolFixture.signed());
    long s = fixture.session(ALICE);
    int most = 2 * BUDGETS.clientRequests();
    for (int sequence = 1; sequence <= most; sequence++) {
      assertThat(pool.offerSigned(request(ALICE, s, sequence), 0)).isEqualTo(Admitted.TAKEN);
    }
    assertThat(pool.offerSigned(request(ALICE, s, most + 1), 0)).isEqualTo(Admitted.BUSY);
    fixture.deliver(0, request(ALICE, s, 1));
    assertThat(pool.offerSigned(request(ALICE, s, 1), 0)).isEqualTo(Admitted.DELIVERED);
    assertThat(pool.pendingCount()).isEqualTo(most - 1);
  }

  @Test
  void questionsAreRememberedUntilTheyCanBeAnswered() {
    Request one = request(ALICE, fixture.session(ALICE), 1);
    pool.rememberAsker(one.digest(), 1);
    pool.rememberAsker(one.digest(), 3);
    pool.rememberAsker(one.digest(), 3);
    assertThat(pool.takeAskers(one.digest())).containsExactly(1, 3);
    assertThat(pool.takeAskers(one.digest())).isEmpty();
  }

  private static PooledRequest pooled() {
    return new PooledRequest(request(ALICE, UNOPENED, 1).digest());
  }

  /** RULES 12: f+1 others; the replica's own word is none. */
  @Test
  void oneCorrectOtherIsEnoughToBeAuthentic() {
    Vouches vouches = new Vouches(Views.quorums(Views.byzantine(7, 2, 2)), 3, true);
    PooledRequest one = pooled();
    for (int replica : new int[] {3, 0, 0, 6}) {
      vouches.add(one, replica);
    }
    assertThat(vouches.makeAuthentic(one)).isFalse();
    vouches.add(one, 2);
    assertThat(vouches.makeAuthentic(one)).isTrue();
    vouches.withdraw(one, 6);
    assertThat(vouches.makeAuthentic(one)).isFalse();
  }

  /** RULES 13: 2f+1, this replica among them. */
  @Test
  void anInstallQuorumIsEnoughToStop() {
    Vouches vouches = new Vouches(Views.quorums(Views.byzantine(4, 1, 2)), 3, true);
    PooledRequest one = pooled();
    vouches.add(one, 0);
    assertThat(vouches.mayStop(one)).isFalse();
    vouches.add(one, 1);
    assertThat(vouches.mayStop(one)).isTrue();
    assertThat(new Vouches(Views.quorums(Views.byzantine(4, 1, 2)), 3, false).mayStop(pooled()))
        .isTrue();
  }

  @Test
  void aVoucherIsNamedByItsId() {
    Vouches vouches = new Vouches(Views.quorums(Views.byzantine(7, 2, 2)), 0, true);
    PooledRequest one = pooled();
    assertThat(vouches.anyVoucher(one)).isEqualTo(PooledRequest.NOBODY);
    vouches.add(one, 6);
    vouches.add(one, 4);
    assertThat(vouches.anyVoucher(one)).isEqualTo(4);
  }
}
