package dev.lockstep.protocol.replica.requests;

import static dev.lockstep.protocol.replica.requests.PoolFixture.ALICE;
import static dev.lockstep.protocol.replica.requests.PoolFixture.BOB;
import static dev.lockstep.protocol.replica.requests.PoolFixture.CAROL;
import static dev.lockstep.protocol.replica.requests.PoolFixture.limits;
import static dev.lockstep.protocol.replica.requests.PoolFixture.open;
import static dev.lockstep.protocol.replica.requests.PoolFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a leader proposes and in which order (RULES 10). */
class BatchChooserTest {
  private PoolFixture fixture = PoolFixture.vouched();
  private RequestPool pool = fixture.pool;

  private void use(PoolFixture other) {
    fixture = other;
    pool = other.pool;
  }

  private void choosing(int batchRequests, int batchBytes) {
    use(
        new PoolFixture(
            Views.with(Views.byzantine(4, 1, 2), limits(batchRequests, batchBytes, batchBytes)),
            new RequestBudgets(1000, 1_000_000, 3, 1000)));
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
}
