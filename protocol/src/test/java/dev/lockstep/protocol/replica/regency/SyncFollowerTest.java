package dev.lockstep.protocol.replica.regency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.Message.Stop;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Resends;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A SYNC is believed for what it shows, whoever passes it on. */
class SyncFollowerTest {
  private final RegencyParts parts = new RegencyParts(2);
  private final PartFixture facts = parts.facts;
  private final SyncFollower follower = parts.follower;
  private final List<String> heard = new ArrayList<>();

  SyncFollowerTest() {
    facts.life.add(
        new RegencyListener() {
          @Override
          public void onProvedDecision(Certificate certificate) {
            heard.add("decision " + certificate.instance());
          }

          @Override
          public void onSynced(List<Batch> values) {
            heard.add("synced");
          }
        });
  }

  @Test
  void takesUpASyncAndWithItTheRegency() {
    follower.onSync(3, parts.sync(1, 0, 1, 3));
    assertThat(facts.regency.installed()).isEqualTo(1);
    assertThat(facts.regency.isSynced()).isTrue();
    assertThat(facts.regency.selection().prefix()).isZero();
    assertThat(facts.counted).contains(Event.INSTALLED_REGENCY, Event.SYNC_PROCESSED);
    assertThat(heard).containsExactly("synced");
    assertThat(parts.stops.nextDeadline()).isEqualTo(Long.MAX_VALUE);

    facts.counted.clear();
    follower.onSync(3, parts.sync(1, 0, 1, 3));
    assertThat(facts.counted).containsExactly(Event.STALE_REGENCY);
  }

  @Test
  void refusesWhatIsNotSound() {
    Sync good = parts.sync(1, 0, 1, 3);
    Sync unsigned = new Sync(1, good.entries(), List.of(), List.of(), Bytes.EMPTY);
    Sync tooFew = parts.sync(1, 0, 1);
    Sync twice = parts.sync(1, 0, 0, 1, 3);
    Sync large =
        new Sync(
            1,
            good.entries(),
            Collections.nCopies(25, facts.chain.certificate(1)),
            List.of(),
            good.signature());
    Certificate forged = new Certificate(1, 0, facts.chain.batch(1).digest(), List.of());
    Sync unproved = new Sync(1, good.entries(), List.of(forged), List.of(), good.signature());
    for (Sync bad : List.of(unsigned, tooFew, twice, large, unproved)) {
      follower.onSync(1, bad);
    }
    assertThat(facts.counted).hasSize(5).containsOnly(Event.BAD_SYNC);
    assertThat(facts.regency.installed()).isZero();
    follower.onSync(1, new Sync(0, List.of(), List.of(), List.of(), Bytes.EMPTY));
    assertThat(facts.counted).endsWith(Event.STALE_REGENCY);
  }

  @Test
  void aBadSyncOfTheInstalledRegencyIsAReasonToSuspect() {
    parts.stops.install(1);
    facts.sent.clear();
    follower.onSync(1, parts.sync(1, 0, 1));
    assertThat(facts.takeSent()).contains(new Stop(2));
  }

  /** RULES 27: another entry of the same SYNC shows it. */
  @Test
  void anEntryThatItsSenderHasForgottenMakesASyncInvalid() {
    List<SignedTestimony> entries =
        List.of(
            parts.nothing(0, 1).testimony(),
            parts.nothing(1, 1, 0, facts.claim(3, 1)).testimony(),
            parts.nothing(3, 1).testimony());
    follower.onSync(1, parts.sync(1, entries));
    assertThat(facts.counted).containsExactly(Event.BAD_SYNC);
  }

  /** F19: what this replica knows itself has no influence, since the leader may not know it. */
  @Test
  void whatOnlyTheReceiverKnowsMakesNoSyncInvalid() {
    facts.incarnations.acknowledge(facts.claim(3, 1));
    follower.onSync(1, parts.sync(1, 0, 1, 3));
    assertThat(facts.regency.isSynced()).isTrue();
  }

  /** More than f replicas are faulty: no word of this replica is right any more. */
  @Test
  void aDecisionThatSyncDeniesStopsTheReplica() {
    facts.open(1).decision = facts.chain.certificate(1);
    follower.onSync(1, parts.sync(1, 0, 1, 3));
    assertThat(facts.halted).contains("instance 1 is decided here");
    assertThat(facts.regency.isSynced()).isFalse();
  }

  @Test
  void passesItOnToWhoeverLacksIt() {
    Sync sync = parts.sync(1, 0, 1, 3);
    follower.resend(new Resends.Lack(3, 0, true, 0, 0));
    assertThat(facts.sent).isEmpty();
    follower.onSync(1, sync);
    facts.sent.clear();
    follower.resend(new Resends.Lack(3, 1, true, 0, 0));
    assertThat(facts.sent).isEmpty();
    follower.resend(new Resends.Lack(3, 0, true, 0, 0));
    follower.resend(new Resends.Lack(3, 1, false, 0, 0));
    assertThat(facts.takeSent()).containsExactly(sync, sync);
    parts.stops.install(2);
    facts.sent.clear();
    follower.resend(new Resends.Lack(3, 0, true, 0, 0));
    assertThat(facts.sent).isEmpty();
  }
}
