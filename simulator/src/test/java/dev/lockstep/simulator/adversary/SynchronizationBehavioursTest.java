package dev.lockstep.simulator.adversary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.catalogue.Adversaries;
import dev.lockstep.simulator.adversary.sync.SyncReading;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SynchronizationBehavioursTest {
  /** Replica 1 leads the regencies 1, 5, 9 ... */
  private final FakeContext context = new FakeContext(4, 1, 2, 1, 44);

  private Adversary start(String name) {
    Adversary adversary = Adversaries.create(name);
    adversary.start(context);
    return adversary;
  }

  private List<FakeContext.Sent> stopData(Adversary adversary, long regency) {
    return context.one(adversary, 0, context.stopData(1, regency, 4, true));
  }

  private static Testimony core(FakeContext.Sent sent) {
    return ((Message.StopData) sent.message()).testimony().core();
  }

  @Test
  void asLeadersTheyBringSynchronizationAbout() {
    Adversary adversary = start("stopdata-hide");
    int full = 0;
    int some = 0;
    int none = 0;
    for (long instance = 5; instance < 60; instance++) {
      int size = context.broadcast(adversary, context.proposal(instance, 1)).size();
      full += size == 3 ? 1 : 0;
      some += size > 0 && size < 3 ? 1 : 0;
      none += size == 0 ? 1 : 0;
    }
    assertTrue(full > 0 && some + full < 55 && none > 10);
  }

  @Test
  void hideForgetsVotesAndSignsIt() {
    Adversary adversary = start("stopdata-hide");
    for (long regency = 2; regency < 12; regency++) {
      Message.StopData sent = (Message.StopData) stopData(adversary, regency).get(0).message();
      assertTrue(context.verifies(sent.testimony()));
      Testimony.Open open =
          sent.testimony().core().open().isEmpty() ? null : sent.testimony().core().open().get(0);
      assertTrue(open == null || open.lock().isNone() || open.writeSet().isEmpty());
    }
  }

  @Test
  void fakeLockClaimsLocksForTheWholeWindow() {
    Adversary adversary = start("stopdata-fake-lock");
    boolean high = false;
    for (long regency = 2; regency < 12; regency++) {
      Testimony core = core(stopData(adversary, regency).get(0));
      assertTrue(core.open().size() >= 2);
      for (Testimony.Open open : core.open()) {
        assertFalse(open.lock().isNone());
        high |= open.lock().regency() == regency - 1;
      }
    }
    assertTrue(high);
  }

  @Test
  void lowClaimsLessWithAGenuinePrefix() {
    Adversary adversary = start("stopdata-low");
    for (long t = 1; t <= 4; t++) {
      context.conspiracy.learn(context.certificate(t, 0, context.proposal(t, 0).batch().digest()));
    }
    Set<Long> claimed = new TreeSet<>();
    for (long regency = 2; regency < 20; regency++) {
      Message.StopData sent = (Message.StopData) stopData(adversary, regency).get(0).message();
      Testimony core = sent.testimony().core();
      claimed.add(core.lastDelivered());
      assertTrue(core.lastDelivered() < 4);
      assertEquals(core.prefix().size(), sent.certificates().size());
      for (Certificate certificate : sent.certificates()) {
        assertTrue(context.verifies(certificate));
      }
    }
    assertTrue(claimed.size() > 1);
  }

  @Test
  void highClaimsMoreThanItCanProve() {
    Adversary adversary = start("stopdata-high");
    for (long regency = 2; regency < 40; regency++) {
      Message.StopData sent = (Message.StopData) stopData(adversary, regency).get(0).message();
      assertFalse(isProved(sent), "regency " + regency);
    }
  }

  @Test
  void highShowsOneGenuineCertificateForAPrefix() {
    Adversary adversary = start("stopdata-high");
    // Instance 6 is decided above the gap 5: the liar alone puts the certificate together.
    Message.Propose p = context.proposal(6, 0);
    context.receive(adversary, 0, context.accept(0, 6, 0, p.batch().digest()));
    context.receive(adversary, 2, context.accept(2, 6, 0, p.batch().digest()));
    boolean one = false;
    for (long regency = 2; regency < 20; regency++) {
      Message.StopData sent = (Message.StopData) stopData(adversary, regency).get(0).message();
      assertFalse(isProved(sent));
      one |=
          sent.testimony().core().lastDelivered() == 6
              && sent.certificates().size() == 1
              && context.verifies(sent.certificates().get(0));
    }
    assertTrue(one);
  }

  private boolean isProved(Message.StopData sent) {
    Testimony core = sent.testimony().core();
    Set<Testimony.Decided> proved = new HashSet<>();
    for (Certificate certificate : sent.certificates()) {
      if (context.verifies(certificate)) {
        proved.add(new Testimony.Decided(certificate.instance(), certificate.digest()));
      }
    }
    Set<Testimony.Decided> claimed = new HashSet<>(core.prefix());
    for (Testimony.Open open : core.open()) {
      if (open.decided() != null) {
        claimed.add(new Testimony.Decided(open.instance(), open.decided()));
      }
    }
    return proved.containsAll(claimed)
        && core.prefix().size() == Math.min(2, core.lastDelivered())
        && core.lastDelivered() > 4;
  }

  @Test
  void staleRepeatsWhatIsOver() {
    Adversary adversary = start("stopdata-stale");
    context.receive(adversary, 2, context.stopData(2, 1, 3, false));
    int stale = 0;
    for (long regency = 2; regency < 20; regency++) {
      Testimony core = core(stopData(adversary, regency).get(0));
      stale += core.regency() < regency || core.replica() != 1 ? 1 : 0;
    }
    assertTrue(stale > 3);
  }

  @Test
  void manySendsSeveral() {
    Adversary adversary = start("stopdata-many");
    Set<Testimony> cores = new HashSet<>();
    stopData(adversary, 2).forEach(sent -> cores.add(core(sent)));
    assertTrue(cores.size() >= 3);
  }

  @Test
  void lateIsLate() {
    assertTrue(stopData(start("stopdata-late"), 2).get(0).delay() > 0);
  }

  @Test
  void pickTellsDifferentReplicasDifferentSoundThings() {
    Adversary adversary = start("sync-pick");
    boolean different = false;
    boolean otherOutcome = false;
    for (long regency = 1; regency < 60; regency += 4) {
      Message.Sync core = context.sync(regency, 2);
      Map<Integer, Message.Sync> syncs = new HashMap<>();
      for (FakeContext.Sent sent : context.broadcast(adversary, core)) {
        if (sent.message() instanceof Message.Sync sync) {
          syncs.put(sent.to(), sync);
          assertTrue(context.verifies(sync));
          sync.entries().forEach(entry -> assertTrue(context.verifies(entry)));
          assertNotNull(SyncReading.ofOrNull(context, sync.entries()));
          assertProved(sync);
        }
      }
      different |= new HashSet<>(syncs.values()).size() > 1;
      SyncReading told = SyncReading.ofOrNull(context, core.entries());
      for (Message.Sync sync : syncs.values()) {
        otherOutcome |= !told.equals(SyncReading.ofOrNull(context, sync.entries()));
      }
      // Repeated, it says the same again.
      for (FakeContext.Sent sent : context.broadcast(adversary, core)) {
        assertEquals(syncs.get(sent.to()), sent.message());
      }
    }
    assertTrue(different && otherOutcome);
  }

  private void assertProved(Message.Sync sync) {
    Set<Testimony.Decided> proved = new HashSet<>();
    for (Certificate certificate : sync.certificates()) {
      assertTrue(context.verifies(certificate));
      proved.add(new Testimony.Decided(certificate.instance(), certificate.digest()));
    }
    for (Message.SignedTestimony entry : sync.entries()) {
      assertTrue(proved.containsAll(entry.core().prefix()));
    }
  }

  private Message.Sync oneSync(String name, int locked) {
    Adversary adversary = start(name);
    for (FakeContext.Sent sent : context.broadcast(adversary, context.sync(1, locked))) {
      return (Message.Sync) sent.message();
    }
    return null;
  }

  @Test
  void omitLeavesTheMostKnowingOut() {
    Message.Sync sync = oneSync("sync-omit", 1);
    assertEquals(3, sync.entries().size());
    assertTrue(context.verifies(sync));
    for (Message.SignedTestimony entry : sync.entries()) {
      assertTrue(entry.core().open().isEmpty() || entry.core().open().get(0).lock().isNone());
    }
  }

  @Test
  void toFewReachesFew() {
    Adversary adversary = start("sync-to-few");
    assertEquals(2, context.broadcast(adversary, context.sync(1, 1)).size());
    // SYNCs of others are passed on.
    context.sync(2, 1);
    assertEquals(3, context.broadcast(adversary, context.sync(2, 1)).size());
  }

  @Test
  void invalidIsInvalidInManyWays() {
    Adversary adversary = start("sync-invalid");
    int broken = 0;
    Set<Integer> sizes = new TreeSet<>();
    for (long regency = 1; regency < 200; regency += 4) {
      Message.Sync genuine = context.sync(regency, 2);
      Message.Sync sync = (Message.Sync) context.broadcast(adversary, genuine).get(0).message();
      assertFalse(sync.equals(genuine));
      sizes.add(sync.entries().size());
      boolean valid = context.verifies(sync);
      for (Message.SignedTestimony entry : sync.entries()) {
        valid &= context.verifies(entry);
      }
      broken += valid ? 0 : 1;
    }
    assertTrue(broken > 5 && sizes.size() >= 3);
  }

  @Test
  void belowGoesBack() {
    Message.Sync sync = oneSync("sync-below", 1);
    assertEquals(3, sync.entries().size());
    long lowest = Long.MAX_VALUE;
    for (Message.SignedTestimony entry : sync.entries()) {
      lowest = Math.min(lowest, entry.core().lastDelivered());
    }
    assertTrue(lowest < 4);
  }

  @Test
  void unsoundIsAQuorumOfValidEntriesThatSaysNothing() {
    Message.Sync sync = oneSync("sync-unsound", 0);
    assertTrue(sync.entries().size() >= 3);
    sync.entries().forEach(entry -> assertTrue(context.verifies(entry)));
    assertEquals(null, SyncReading.ofOrNull(context, sync.entries()));
  }

  @Test
  void noSyncSendsNoneOrALateOne() {
    Adversary adversary = start("no-sync");
    boolean none = false;
    boolean late = false;
    for (long regency = 1; regency < 60; regency += 4) {
      boolean any = false;
      for (FakeContext.Sent sent : context.broadcast(adversary, context.sync(regency, 1))) {
        if (sent.message() instanceof Message.Sync) {
          any = true;
          assertTrue(sent.delay() > 0);
          late = true;
        }
      }
      none |= !any;
    }
    assertTrue(none && late);
  }

  @Test
  void compositesLockFirstAndLieThen() {
    Adversary adversary = start("lock-and-hide");
    boolean trapped = false;
    for (long instance = 5; instance < 60; instance++) {
      trapped |= context.broadcast(adversary, context.proposal(instance, 1)).size() == 2;
    }
    assertTrue(trapped);
    assertFalse(
        core(stopData(adversary, 2).get(0))
            .equals(context.stopData(1, 2, 4, true).testimony().core()));
    Adversary rewind = start("decide-and-rewind");
    Message.Sync genuine = context.sync(1, 2);
    assertFalse(genuine.equals(context.broadcast(rewind, genuine).get(0).message()));
  }
}
