package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Request;
import org.junit.jupiter.api.Test;

/** Bodies of values stay as long as the values do (RULES 15). */
class PinsTest {
  private PoolFixture fixture = PoolFixture.vouched();
  private RequestPool pool = fixture.pool;

  private void use(PoolFixture other) {
    fixture = other;
    pool = other.pool;
  }

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
    assertThat(pool.bodyOrNull(one.digest())).isEqualTo(one);
    pool.unpin(first);
    assertThat(pool.isPinned(one.digest())).isTrue();
    assertThat(pool.bodyOrNull(one.digest())).isEqualTo(one);
    pool.unpin(second);
    assertThat(pool.isPinned(one.digest())).isFalse();
    assertThat(pool.bodyOrNull(one.digest())).isNull();
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

    assertThat(pool.bodyOrNull(pending.digest())).isNotNull();
    assertThat(pool.bodyOrNull(sponsored.digest())).isNotNull();
    assertThat(pool.bodyOrNull(fetched.digest())).isNull();
  }

  @Test
  void whatIsVotedForIsRememberedByTheHighestInstance() {
    RequestIndex index = new RequestIndex();
    Pins pins = new Pins(index);
    Request one = request(ALICE, 5, 1);
    Batch batch = fixture.batch(one);
    pins.pin(batch);
    pins.markVoted(batch);
    pins.markInFlight(batch);
    PooledRequest named = pins.named(batch)[0];
    assertThat(named.votedAt()).isEqualTo(batch.instance());
    // Without its body it is not here, so it cannot be proposed either.
    assertThat(named.inFlight).isFalse();
    named.request = one;
    pins.markInFlight(batch);
    assertThat(named.inFlight).isTrue();
    pins.unpin(batch);
    assertThat(index.all()).isEmpty();
  }
}
