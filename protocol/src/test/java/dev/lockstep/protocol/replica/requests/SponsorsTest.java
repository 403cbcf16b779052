package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.Views;
import org.junit.jupiter.api.Test;

/** A peer's word is worth what its budget holds. */
class SponsorsTest {
  private final RequestIndex index = new RequestIndex();
  private final Vouches vouches = new Vouches(Views.quorums(Views.byzantine(7, 2, 2)), 0, true);
  private final Sponsors sponsors = new Sponsors(new RequestBudgets(0, 0, 2, 1000), index, vouches);

  private PooledRequest vouched(int sequence, int length, int... members) {
    Request request = request(ALICE, 5, sequence, "x".repeat(length));
    PooledRequest pooled = index.expect(request.digest());
    pooled.request = request;
    for (int member : members) {
      vouches.add(pooled, member);
    }
    return pooled;
  }

  @Test
  void theOldestGoesWhenTheBudgetIsFull() {
    PooledRequest one = vouched(1, 1, 3);
    PooledRequest two = vouched(2, 1, 3);
    PooledRequest three = vouched(3, 1, 3);
    sponsors.hold(one, 3, 0);
    sponsors.hold(two, 3, 0);
    assertThat(index.all()).contains(one);
    sponsors.hold(three, 3, 0);
    assertThat(index.getOrNull(one.digest())).isNull();
    assertThat(one.vouchers).isZero();
    assertThat(sponsors.heldFor(3)).isEqualTo(2);
    assertThat(sponsors.heldFor(4)).isZero();
  }

  @Test
  void bytesCountToo() {
    PooledRequest small = vouched(1, 1, 3);
    PooledRequest large = vouched(2, 800, 3);
    sponsors.hold(small, 3, 0);
    sponsors.hold(large, 3, 0);
    assertThat(index.getOrNull(small.digest())).isNull();
    assertThat(sponsors.heldFor(3)).isEqualTo(1);
    sponsors.hold(vouched(3, 2000, 3), 3, 0);
    assertThat(sponsors.heldFor(3)).isZero();
  }

  @Test
  void anotherVoucherTakesOverWhatIsPushedOut() {
    PooledRequest both = vouched(1, 1, 3, 5);
    sponsors.hold(both, 3, 0);
    sponsors.hold(vouched(2, 1, 3), 3, 0);
    sponsors.hold(vouched(3, 1, 3), 3, 0);
    assertThat(both.sponsor).isEqualTo(5);
    assertThat(vouches.anyVoucher(both)).isEqualTo(5);
    assertThat(sponsors.heldFor(5)).isEqualTo(1);
  }

  @Test
  void whatIsHeldForOtherReasonsStays() {
    PooledRequest pinned = vouched(1, 1, 3);
    pinned.pins = 1;
    sponsors.hold(pinned, 3, 0);
    sponsors.hold(vouched(2, 1, 3), 3, 0);
    sponsors.hold(vouched(3, 1, 3), 3, 0);
    assertThat(pinned.sponsor).isEqualTo(PooledRequest.NOBODY);
    assertThat(index.getOrNull(pinned.digest())).isSameAs(pinned);
  }

  @Test
  void releasedBytesAreFreeAgain() {
    for (int i = 0; i < 10; i++) {
      PooledRequest large = vouched(i, 800, 3);
      sponsors.hold(large, 3, 0);
      assertThat(sponsors.heldFor(3)).isEqualTo(1);
      sponsors.release(large);
      sponsors.release(large);
      assertThat(sponsors.heldFor(3)).isZero();
    }
  }
}
