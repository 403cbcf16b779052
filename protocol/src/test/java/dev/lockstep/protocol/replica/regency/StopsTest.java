package dev.lockstep.protocol.replica.regency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Resends;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RULES 20, 22: who joins whom, and when a regency is installed. */
class StopsTest {
  private final PartFixture facts = new PartFixture(2);
  private final List<Long> installed = new ArrayList<>();
  private final Stops stops = stops();

  private Stops stops() {
    facts.life.add(
        new RegencyListener() {
          @Override
          public void onInstalled(long regency) {
            installed.add(regency);
          }
        });
    return new Stops(
        facts.self,
        facts.views,
        facts.clock,
        facts.out,
        facts.log,
        facts.regency,
        facts.voice,
        facts.timeouts,
        facts.life);
  }

  @Test
  void aSuspicionAsksForTheNextRegencyOnce() {
    stops.suspect("slow");
    stops.suspect("slower");
    assertThat(facts.takeSent()).hasSize(3).containsOnly(new Message.Stop(1));
    assertThat(facts.counted).containsExactly(Event.SUSPECTED_LEADER);
    assertThat(installed).isEmpty();
  }

  @Test
  void oneCorrectIsEnoughToJoinAndAnInstallQuorumToInstall() {
    stops.onStop(1, 5);
    assertThat(facts.regency.asked()).isZero();
    stops.onStop(3, 4);
    assertThat(facts.regency.asked()).isEqualTo(4);
    assertThat(installed).containsExactly(4L);
    assertThat(facts.regency.isSynced()).isFalse();
    assertThat(facts.regency.leader()).isZero();
    assertThat(stops.nextDeadline()).isGreaterThan(facts.clock.now());
  }

  @Test
  void aStopAsksForAllRegenciesBelowItAndNeverTakesItBack() {
    stops.onStop(1, 5);
    stops.onStop(1, 2);
    stops.onStop(3, 5);
    assertThat(installed).containsExactly(5L);
  }

  @Test
  void numbersThatNobodyWantsAreCounted() {
    stops.onStop(1, Long.MAX_VALUE);
    stops.onStop(3, Long.MAX_VALUE - 1);
    assertThat(facts.regency.asked()).isZero();
    assertThat(facts.counted).containsExactly(Event.BAD_STOP, Event.BAD_STOP);
  }

  /** A leader that asks for its own replacement needs no second opinion. */
  @Test
  void anAbdicationIsFollowed() {
    stops.onStop(0, 1);
    assertThat(facts.takeSent()).contains(new Message.Stop(1));
    assertThat(installed).isEmpty();
    stops.onStop(1, 1);
    assertThat(installed).containsExactly(1L);
  }

  /** RULES 26, 27: who may not speak about its votes accuses nobody, but follows others. */
  @Test
  void aLearnerAccusesNobody() {
    facts.voice.learn();
    stops.suspect("slow");
    assertThat(facts.sent).isEmpty();
    stops.onStop(1, 1);
    stops.onStop(3, 1);
    assertThat(installed).containsExactly(1L);
  }

  @Test
  void aRegencyThatDoesNotGetGoingIsLeft() {
    stops.restore(1);
    facts.at(PartFixture.TIMEOUT - 1);
    stops.onTime();
    assertThat(facts.sent).isEmpty();
    facts.at(PartFixture.TIMEOUT);
    stops.onTime();
    assertThat(facts.takeSent()).contains(new Message.Stop(2));
    assertThat(stops.nextDeadline()).isGreaterThan(PartFixture.TIMEOUT);
  }

  @Test
  void saysItsStopAgainWhileItAsks() {
    Resends.Lack lack = new Resends.Lack(3, 0, true, 0, 0);
    stops.resend(lack);
    assertThat(facts.sent).isEmpty();
    stops.suspect("slow");
    facts.sent.clear();
    stops.resend(lack);
    assertThat(facts.sent).containsExactly(new PartFixture.Sent(3, new Message.Stop(1)));
  }
}
