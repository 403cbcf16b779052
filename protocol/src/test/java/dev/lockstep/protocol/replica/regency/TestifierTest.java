package dev.lockstep.protocol.replica.regency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message.StopData;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.replica.kernel.Resends;
import dev.lockstep.protocol.rules.EntryRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RULES 25 to 27: what a replica says of its votes, when it may, and only then. */
class TestifierTest {
  private final PartFixture facts = new PartFixture(2);
  private final List<StopData> collected = new ArrayList<>();
  private final Testifier testimony =
      new Testifier(
          facts.self,
          facts.genesis,
          facts.out,
          facts.durable,
          facts.log,
          facts.window,
          facts.regency,
          facts.voice,
          facts.incarnations,
          facts.crypto.signer(facts.self),
          EntryRule.STANDARD,
          collected::add);

  private void install(long regency) {
    facts.regency.install(regency);
    testimony.onInstalled(regency);
  }

  private Testimony only() {
    assertThat(facts.sent).hasSize(1);
    StopData message = (StopData) facts.takeSent().get(0);
    return message.testimony().core();
  }

  @Test
  void leavesOnlyWhenThePromiseIsDurable() {
    install(1);
    assertThat(facts.records).containsExactly(new Record.Promised(1));
    assertThat(facts.sent).isEmpty();
    facts.becomeDurable();
    assertThat(facts.sent.get(0).to()).isEqualTo(1);
    assertThat(only().regency()).isEqualTo(1);
  }

  /** A promise for a regency that is over already opens nothing. */
  @Test
  void anOlderPromiseIsNoLicence() {
    install(1);
    facts.regency.install(3);
    facts.becomeDurable();
    assertThat(facts.sent).isEmpty();
  }

  @Test
  void theLeaderKeepsItsOwn() {
    install(2);
    facts.becomeDurable();
    assertThat(facts.sent).isEmpty();
    assertThat(collected).hasSize(1);
  }

  @Test
  void saysWhatIsDecidedWithProofAndWhatIsOpen() {
    facts.deliverUpTo(5);
    Digest written = new Digest(1, 2, 3, 4);
    Testimony.Open open =
        new Testimony.Open(
            6, null, Testimony.Lock.NONE, List.of(new Testimony.Written(0, written)));
    facts.open(6).state = open;
    install(1);
    facts.becomeDurable();
    StopData message = (StopData) facts.sent.get(0).message();
    Testimony core = message.testimony().core();
    assertThat(core.lastDelivered()).isEqualTo(5);
    assertThat(core.prefix()).extracting(Testimony.Decided::instance).contains(5L);
    assertThat(message.certificates()).hasSameSizeAs(core.prefix());
    assertThat(core.open()).containsExactly(open);
  }

  /** What was said once of a regency stays so, whatever is delivered meanwhile. */
  @Test
  void isFrozen() {
    install(1);
    facts.deliverUpTo(2);
    testimony.onDelivered();
    facts.becomeDurable();
    assertThat(only().lastDelivered()).isZero();
  }

  @Test
  void aLearnerSaysNothingUntilItMay() {
    facts.voice.learn();
    install(1);
    facts.becomeDurable();
    assertThat(facts.sent).isEmpty();
    facts.voice.mute(1, 0);
    testimony.onDelivered();
    assertThat(only().incarnation()).isEqualTo(1);
  }

  /** It restarted after the regency had begun, and voted in it before: too late to speak. */
  @Test
  void whoVotedInTheRegencyAlreadyIsSilent() {
    facts.open(1).state =
        new Testimony.Open(
            1, null, Testimony.Lock.NONE, List.of(new Testimony.Written(1, Digest.ZERO)));
    facts.regency.restore(1);
    testimony.restore(1);
    testimony.maybeMake();
    assertThat(facts.sent).isEmpty();
  }

  /** RULES 27: so that everybody judges the entries of a SYNC alike. */
  @Test
  void namesWhomItKnowsToHaveLostTheirVotes() {
    facts.incarnations.acknowledge(facts.claim(3, 1));
    facts.incarnations.acknowledge(facts.claim(0, 2));
    facts.incarnations.begin(facts.claim(1, 1));
    install(1);
    facts.becomeDurable();
    // The third one is not on the disk yet.
    assertThat(only().acknowledged()).containsExactly(facts.claim(0, 2), facts.claim(3, 1));
  }

  @Test
  void isSaidAgainToTheLeaderOnly() {
    install(1);
    facts.becomeDurable();
    facts.sent.clear();
    testimony.resend(new Resends.Lack(3, 0, true, 0, 0));
    assertThat(facts.sent).isEmpty();
    testimony.resend(new Resends.Lack(1, 0, true, 0, 0));
    assertThat(facts.sent).hasSize(1);
  }
}
