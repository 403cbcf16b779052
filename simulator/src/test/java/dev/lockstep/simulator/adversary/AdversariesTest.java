package dev.lockstep.simulator.adversary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.catalogue.Adversaries;
import dev.lockstep.simulator.adversary.compound.Chain;
import dev.lockstep.simulator.adversary.leader.Equivocate;
import dev.lockstep.simulator.adversary.sync.SyncReading;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AdversariesTest {
  @Test
  void everyNameMakesAnAdversaryThatCallsItselfSo() {
    assertEquals(Adversaries.names().size(), new HashSet<>(Adversaries.names()).size());
    for (String name : Adversaries.names()) {
      assertTrue(name.matches("[a-z]+(-[a-z]+)*"), name);
      assertEquals(name, Adversaries.create(name).name());
      assertFalse(Adversaries.describe(name).isBlank());
      assertFalse(Adversaries.describe(name).contains("\n"));
    }
  }

  @Test
  void unknownNamesAreRefusedWithTheListOfKnownOnes() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> Adversaries.create("nobody"));
    assertTrue(e.getMessage().contains("equivocate"));
  }

  @Test
  void drawnCombinationsGiveEveryNameItsShare() {
    Map<String, Integer> counts = new TreeMap<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int run = 0; run < 10_000; run++) {
      List<String> drawn = Adversaries.draw(random);
      assertTrue(drawn.size() >= 2 && drawn.size() <= 4);
      drawn.forEach(name -> counts.merge(name, 1, Integer::sum));
    }
    for (String name : Adversaries.names()) {
      assertTrue(counts.get(name) > 500, name + " in " + counts.get(name) + " of 10000");
    }
  }

  @Test
  void noBehaviourThrowsOrRunsAwayWhateverItIsGiven() {
    for (String name : Adversaries.names()) {
      for (int seed = 0; seed < 3; seed++) {
        fuzz(Adversaries.create(name), seed, seed % 2 == 0 ? 4 : 7);
      }
    }
  }

  @Test
  void noDrawnCombinationThrowsOrRunsAway() {
    SplittableRandom random = new SplittableRandom(2);
    for (int seed = 0; seed < 60; seed++) {
      fuzz(Adversaries.combineNames(Adversaries.draw(random)), seed, seed % 2 == 0 ? 4 : 7);
    }
  }

  @Test
  void theSameSeedGivesTheSameMessages() {
    for (String name : Adversaries.names()) {
      assertEquals(
          fuzz(Adversaries.create(name), 5, 4), fuzz(Adversaries.create(name), 5, 4), name);
    }
  }

  @Test
  void conspiratorsTakeTheSameSides() {
    FakeContext one = new FakeContext(7, 2, 1, 0, 1);
    Behaviour first = new Equivocate();
    Behaviour second = new Equivocate();
    first.start(one);
    second.start(one);
    assertEquals(first.hash(1, 2, 3), second.hash(1, 2, 3));
    assertNotEquals(first.hash(1, 2, 3), first.hash(1, 2, 4));
  }

  @Test
  void aCombinationPassesMessagesThroughAllItsMembers() {
    Adversary both =
        Adversaries.combine(
            List.of(Adversaries.create("vote-other"), Adversaries.create("delayed-votes")));
    assertEquals("vote-other+delayed-votes", both.name());
    FakeContext context = new FakeContext(4, 1, 1, 0, 1);
    both.start(context);
    context.conspiracy.learn(context.proposal(5, 0));
    Digest digest = context.proposal(5, 0).batch().digest();
    for (FakeContext.Sent sent : context.broadcast(both, new Message.Write(5, 0, digest))) {
      assertTrue(sent.delay() > 0);
      assertNotEquals(digest, ((Message.Write) sent.message()).digest());
    }
  }

  @Test
  void twinsAreAskedForByACombinationToo() {
    Adversary both =
        Adversaries.combine(List.of(Adversaries.create("twins"), Adversaries.create("stop-spam")));
    assertTrue(both.wantsTwin());
    assertFalse(Adversaries.create("stop-spam").wantsTwin());
  }

  /** Feeds messages of all types, and some that make no sense; returns what was sent. */
  private static List<String> fuzz(Adversary adversary, long seed, int size) {
    FakeContext context = new FakeContext(size, (size - 1) / 3, 1 + (int) (seed % 3), 1, seed);
    SplittableRandom random = new SplittableRandom(seed);
    List<String> log = new ArrayList<>();
    adversary.start(context);
    for (int step = 0; step < 400; step++) {
      context.now += random.nextInt(50_000);
      if (random.nextInt(10) == 0) {
        context.lastDelivered++;
      }
      if (random.nextInt(40) == 0) {
        context.regency++;
      }
      Message.ReplicaMessage message = message(context, random);
      context.sent.clear();
      context.replied.clear();
      context.conspiracy.learn(message);
      int peer = context.others().get(random.nextInt(size - 1));
      switch (random.nextInt(5)) {
        case 0 -> adversary.onReceive(context, peer, message);
        case 1 -> adversary.onTimer(context);
        case 2 -> {
          adversary.onReply(context, new ClientId(0, 1), reply(context, step));
          adversary.onClientRequest(
              context, new Message.ClientRequest(context.request(1, step), 0));
        }
        default -> adversary.onSend(context, peer, message);
      }
      assertTrue(
          context.sent.size() <= Chain.MOST_PER_EVENT,
          adversary.name() + " sent " + context.sent.size());
      for (FakeContext.Sent sent : context.sent) {
        assertTrue(context.others().contains(sent.to()));
        log.add(step + " " + sent.delay() + " " + sent.to() + " " + sent.message());
      }
    }
    return log;
  }

  private static Message.Reply reply(FakeContext context, long sequence) {
    return new Message.Reply(
        0,
        2,
        sequence,
        context.request(1, sequence).digest(),
        Message.Outcome.EXECUTED,
        Digest.ZERO,
        Bytes.EMPTY,
        3);
  }

  private static Message.ReplicaMessage message(FakeContext context, SplittableRandom random) {
    long instance = Math.max(0, context.lastDelivered + random.nextInt(5) - 1);
    long regency = Math.max(0, context.regency + random.nextInt(3) - 1);
    Message.Propose propose = context.proposal(instance, regency);
    Digest digest = propose.batch().digest();
    Certificate certificate = context.certificate(instance, regency, digest);
    switch (random.nextInt(22)) {
      case 0, 1:
        return propose;
      case 2:
        return new Message.Propose(
            instance, regency, Batch.noop(0, instance, Digest.ZERO), List.of());
      case 3, 4:
        return new Message.Write(instance, regency, digest);
      case 5, 6:
        return context.accept(random.nextInt(4), instance, regency, digest);
      case 7:
        return new Message.Stop(context.regency + 1);
      case 8:
        return context.stopData(1, regency + 1, instance, random.nextBoolean());
      case 9:
        return context.stopData(2, regency + 1, 0, random.nextBoolean());
      case 10:
        {
          // Of the regency that this replica leads next.
          long own = regency;
          while (context.view.leader(own) != context.self || own == 0) {
            own++;
          }
          return context.sync(own, random.nextInt(4));
        }
      case 11:
        return new Message.Sync(regency, List.of(), List.of(), List.of(), Bytes.EMPTY);
      case 12:
        return new Message.Status(0, regency, regency, true, instance, instance);
      case 13:
        return new Message.Decision(propose.batch(), certificate, propose.inlined());
      case 14:
        return new Message.FetchDecisions(instance, instance + 3, 1 << 20);
      case 15:
        return new Message.FetchValue(instance, digest);
      case 16:
        return new Message.Value(propose.batch());
      case 17:
        return new Message.FetchRequests(
            List.of(propose.batch().references().get(0).digest(), digest), true);
      case 18:
        return new Message.Forwarded(propose.inlined());
      case 19:
        return new Message.RequestBodies(propose.inlined());
      case 20:
        return new Message.Missing(instance, regency, List.of(digest), false);
      default:
        return random.nextBoolean()
            ? new Message.Recover(1, 0, Bytes.EMPTY)
            : new Message.RecoverReply(1, 0, Bytes.EMPTY, 0, 0, 0, null, List.of());
    }
  }

  @Test
  void theReadingOfSyncKnowsFreeBoundAndUnsound() {
    FakeContext context = new FakeContext(4, 1, 1, 0, 1);
    assertEquals(
        SyncReading.Kind.FREE,
        SyncReading.ofOrNull(context, context.sync(1, 0).entries()).at(5).kind());
    assertEquals(
        SyncReading.Kind.BOUND,
        SyncReading.ofOrNull(context, context.sync(1, 2).entries()).at(5).kind());
    List<Message.SignedTestimony> some = context.sync(1, 1).entries();
    // T1: one lock among three entries, one of which hides what it wrote.
    Message.SignedTestimony liar = Forge.sign(context, Lies.hide(some.get(0).core(), 0));
    Message.SignedTestimony locked = context.stopData(1, 1, 4, true).testimony();
    Message.SignedTestimony fresh =
        new Message.SignedTestimony(
            Lies.withOpen(some.get(3).core(), List.<Testimony.Open>of()), Bytes.EMPTY);
    assertEquals(null, SyncReading.ofOrNull(context, List.of(liar, locked, fresh)));
  }
}
