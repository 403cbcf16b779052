package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.open;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Request;
import org.junit.jupiter.api.Test;

/** What one client has pending, and whether there is room for more. */
class ClientQueueTest {
  private final ClientQueue queue = new ClientQueue(ALICE);

  private static PooledRequest pooled(Request request) {
    PooledRequest pooled = new PooledRequest(request.digest());
    pooled.request = request;
    return pooled;
  }

  private PooledRequest add(SessionLane lane, long sequence) {
    PooledRequest pooled = pooled(request(ALICE, lane.session(), sequence));
    assertThat(queue.add(pooled, lane)).isTrue();
    return pooled;
  }

  private SessionLane lane(long session) {
    SessionLane lane = new SessionLane(session, 0, 4);
    queue.addLane(lane);
    return lane;
  }

  @Test
  void listsOpensFirstAndThenSessionBySession() {
    SessionLane late = lane(9);
    SessionLane early = lane(5);
    PooledRequest three = add(late, 1);
    PooledRequest two = add(early, 2);
    PooledRequest one = add(early, 1);
    PooledRequest open = pooled(open(ALICE, 1, 2, 0));
    PooledRequest another = pooled(open(ALICE, 2, 2, 0));
    assertThat(queue.add(open, null)).isTrue();
    assertThat(queue.add(another, null)).isTrue();

    assertThat(queue.all()).containsExactly(open, another, one, two, three);
    assertThat(queue.heads()).containsExactly(open, another, one, three);
    assertThat(one.isPending()).isTrue();
    queue.remove(one, false);
    queue.remove(open, false);
    assertThat(one.isPending()).isFalse();
    assertThat(queue.all()).containsExactly(another, two, three);
    assertThat(queue.laneOrNull(5)).isSameAs(early);
    queue.removeLane(early);
    assertThat(queue.laneOrNull(5)).isNull();
  }

  @Test
  void countsRequestsAndBytes() {
    Request next = request(ALICE, 5, 9);
    RequestBudgets two = new RequestBudgets(2, 10_000, 0, 0);
    RequestBudgets bytes = new RequestBudgets(100, 2L * next.weight(), 0, 0);
    SessionLane lane = lane(5);
    assertThat(queue.isFull(next, bytes, 1)).isFalse();
    PooledRequest one = add(lane, 1);
    assertThat(queue.isFull(next, two, 1)).isFalse();
    assertThat(queue.isFull(next, bytes, 1)).isFalse();
    add(lane, 2);
    assertThat(queue.isFull(next, two, 1)).isTrue();
    assertThat(queue.isFull(next, bytes, 1)).isTrue();
    assertThat(queue.isFull(next, two, 2)).isFalse();
    assertThat(queue.isFull(next, bytes, 2)).isFalse();

    queue.remove(one, false);
    assertThat(queue.isFull(next, two, 1)).isFalse();
    assertThat(queue.isFull(next, bytes, 1)).isFalse();
    assertThat(queue.isEmpty()).isFalse();
  }

  /** A third variant counts for nothing. */
  @Test
  void whatHasNoPlaceIsNotPending() {
    SessionLane lane = lane(5);
    queue.add(pooled(request(ALICE, 5, 1, "x")), lane);
    queue.add(pooled(request(ALICE, 5, 1, "y")), lane);
    PooledRequest third = pooled(request(ALICE, 5, 1, "z"));
    assertThat(queue.add(third, lane)).isFalse();
    assertThat(third.isPending()).isFalse();
    assertThat(queue.count()).isEqualTo(2);
  }
}
