package dev.lockstep.simulator.adversary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.adversary.catalogue.Adversaries;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FollowerBehavioursTest {
  private final FakeContext context = new FakeContext(4, 1, 2, 3, 43);

  private Adversary start(String name) {
    Adversary adversary = Adversaries.create(name);
    adversary.start(context);
    return adversary;
  }

  private Digest digest(long instance) {
    return context.proposal(instance, 0).batch().digest();
  }

  /** What timers alone make it send within some virtual seconds. */
  private List<Message.ReplicaMessage> idle(Adversary adversary, int seconds) {
    List<Message.ReplicaMessage> all = new ArrayList<>();
    for (int i = 0; i < 50 * seconds; i++) {
      context.now += 20_000;
      adversary.onTimer(context);
      context.taken().forEach(sent -> all.add(sent.message()));
    }
    return all;
  }

  @Test
  void doubleVoteVotesForTwoValues() {
    Adversary adversary = start("double-vote");
    for (long instance = 5; instance < 15; instance++) {
      Set<Digest> accepted = new HashSet<>();
      for (FakeContext.Sent sent :
          context.broadcast(adversary, context.accept(3, instance, 0, digest(instance)))) {
        Message.Accept accept = (Message.Accept) sent.message();
        assertTrue(context.verifies(3, accept));
        accepted.add(accept.digest());
      }
      assertEquals(2, accepted.size());
    }
  }

  @Test
  void badSignatureFailsForSomeOnly() {
    Adversary adversary = start("bad-signature");
    int good = 0;
    int bad = 0;
    for (long instance = 5; instance < 25; instance++) {
      for (FakeContext.Sent sent :
          context.broadcast(adversary, context.accept(3, instance, 0, digest(instance)))) {
        Message.Accept accept = (Message.Accept) sent.message();
        assertEquals(digest(instance), accept.digest());
        if (context.verifies(3, accept)) {
          good++;
        } else {
          bad++;
        }
      }
    }
    assertTrue(good > 0 && bad > 0);
  }

  @Test
  void replayVotesRelabelsOldSignatures() {
    Adversary adversary = start("replay-votes");
    int invalid = 0;
    int old = 0;
    for (long instance = 5; instance < 40; instance++) {
      for (FakeContext.Sent sent :
          context.broadcast(adversary, context.accept(3, instance, 0, digest(instance)))) {
        Message.Accept accept = (Message.Accept) sent.message();
        if (!context.verifies(3, accept)) {
          invalid++;
        } else if (accept.instance() < instance) {
          old++;
        }
      }
    }
    assertTrue(invalid > 0 && old > 0);
  }

  @Test
  void randomVotesComeWithoutProposals() {
    List<Message.ReplicaMessage> votes = idle(start("random-votes"), 5);
    assertFalse(votes.isEmpty());
    Set<Class<?>> types = new HashSet<>();
    votes.forEach(vote -> types.add(vote.getClass()));
    assertEquals(Set.of(Message.Write.class, Message.Accept.class), types);
  }

  @Test
  void selectivelySilentTalksToJustEnough() {
    Adversary adversary = start("selectively-silent");
    Message.Write write = new Message.Write(5, 0, digest(5));
    assertEquals(2, context.broadcast(adversary, write).size());
    Set<Integer> peers = new TreeSet<>();
    for (int second = 0; second < 20; second++) {
      context.now += 1_000_000;
      context.broadcast(adversary, write).forEach(sent -> peers.add(sent.to()));
    }
    assertEquals(3, peers.size());
  }

  @Test
  void delayedVotesComeLate() {
    Adversary adversary = start("delayed-votes");
    List<FakeContext.Sent> sent = context.broadcast(adversary, new Message.Write(5, 0, digest(5)));
    assertEquals(3, sent.size());
    sent.forEach(one -> assertTrue(one.delay() > 0));
  }

  @Test
  void stopSpamAsksForManyRegencies() {
    Set<Long> asked = new HashSet<>();
    for (Message.ReplicaMessage message : idle(start("stop-spam"), 20)) {
      asked.add(((Message.Stop) message).regency());
    }
    assertTrue(asked.contains(1L) && asked.size() >= 5);
  }

  @Test
  void floodSendsEverything() {
    Adversary adversary = start("flood");
    context.conspiracy.learn(context.proposal(4, 0));
    Set<Class<?>> types = new HashSet<>();
    idle(adversary, 60).forEach(message -> types.add(message.getClass()));
    assertTrue(types.size() >= 9, types.toString());
  }

  @Test
  void fakeDecisionsNeverProveWhatTheyClaim() {
    Adversary adversary = start("fake-decision");
    for (long t = 3; t <= 8; t++) {
      Message.Propose p = context.proposal(t, 0);
      context.receive(adversary, 0, p);
      context.receive(adversary, 0, context.accept(0, t, 0, p.batch().digest()));
      context.receive(
          adversary, 1, context.accept(1, t, 0, context.proposal(t, 1).batch().digest()));
    }
    context.conspiracy.learn(context.certificate(3, 0, digest(3)));
    List<Message.ReplicaMessage> all = idle(adversary, 60);
    assertTrue(all.size() > 50);
    int fakes = 0;
    for (Message.ReplicaMessage message : all) {
      Message.Decision d = (Message.Decision) message;
      Certificate c = d.certificate();
      boolean genuine =
          c.instance() == d.batch().instance()
              && c.digest().equals(d.batch().digest())
              && context.verifies(c);
      // The only genuine certificate there is; its bodies are then forged.
      assertTrue(!genuine || c.instance() == 3);
      fakes += genuine ? 0 : 1;
    }
    assertTrue(fakes > 50);
  }

  @Test
  void lyingStatusLies() {
    Adversary adversary = start("lying-status");
    Message.Status status = new Message.Status(0, 2, 2, true, 7, 7);
    Set<Message.ReplicaMessage> lies = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      context.now += 500_000;
      context.broadcast(adversary, status).forEach(sent -> lies.add(sent.message()));
    }
    assertFalse(lies.contains(status));
    assertTrue(lies.size() > 8);
  }

  @Test
  void lyingRecoveryMisleadsAndClaims() {
    Adversary adversary = start("lying-recovery");
    Set<Long> claims = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      context.receive(adversary, 1, new Message.Recover(i, 0, Bytes.EMPTY));
      for (FakeContext.Sent sent : context.taken()) {
        claims.add(((Message.RecoverReply) sent.message()).lastDelivered());
      }
    }
    assertTrue(claims.size() > 1);
    assertTrue(idle(adversary, 60).stream().anyMatch(m -> m instanceof Message.Recover));
  }

  @Test
  void falseMissingMissesWhatItGot() {
    Adversary adversary = start("false-missing");
    int missing = 0;
    for (long instance = 5; instance < 15; instance++) {
      context.receive(adversary, 0, context.proposal(instance, 0));
      for (FakeContext.Sent sent : context.taken()) {
        missing += sent.message() instanceof Message.Missing ? 1 : 0;
      }
    }
    assertTrue(missing > 0);
  }

  @Test
  void badAnswersAreNeverRight() {
    Adversary adversary = start("bad-answers");
    Message.Propose p = context.proposal(4, 0);
    int answers = 0;
    for (int i = 0; i < 20; i++) {
      for (FakeContext.Sent sent : context.one(adversary, 1, new Message.Value(p.batch()))) {
        assertNotEquals(p.batch(), ((Message.Value) sent.message()).batch());
        answers++;
      }
      for (FakeContext.Sent sent :
          context.one(adversary, 1, new Message.RequestBodies(p.inlined()))) {
        for (Request body : ((Message.RequestBodies) sent.message()).requests()) {
          assertFalse(p.inlined().contains(body));
        }
        answers++;
      }
    }
    assertTrue(answers > 10);
    Message.Decision d =
        new Message.Decision(p.batch(), context.certificate(4, 0, p.batch().digest()), p.inlined());
    for (int i = 0; i < 20; i++) {
      context.one(adversary, 1, d).forEach(sent -> assertNotEquals(d, sent.message()));
    }
  }

  @Test
  void falseVouchForgesUnderTheSameSequence() {
    Adversary adversary = start("false-vouch");
    Request genuine = context.request(1, 9);
    boolean forged = false;
    for (FakeContext.Sent sent :
        context.broadcast(adversary, new Message.Forwarded(List.of(genuine)))) {
      Request request = ((Message.Forwarded) sent.message()).requests().get(0);
      assertEquals(genuine.sequence(), request.sequence());
      forged |= !request.digest().equals(genuine.digest());
    }
    assertTrue(forged);
    context.conspiracy.learn(genuine);
    context.receive(adversary, 1, new Message.FetchRequests(List.of(genuine.digest()), true));
    assertEquals(new Message.Forwarded(List.of(genuine)), context.taken().get(0).message());
  }

  @Test
  void falseRepliesLie() {
    Adversary adversary = start("false-replies");
    for (long sequence = 1; sequence < 30; sequence++) {
      Message.Reply reply =
          new Message.Reply(
              0,
              2,
              sequence,
              context.request(1, sequence).digest(),
              Message.Outcome.EXECUTED,
              Digest.ZERO,
              Bytes.EMPTY,
              5);
      context.replied.clear();
      adversary.onReply(context, new ClientId(0, 1), reply);
      assertNotEquals(reply, context.replied.get(0).message());
    }
  }

  @Test
  void quorumEdgeServesOneReplica() {
    Adversary adversary = start("quorum-edge");
    context.receive(adversary, 0, context.proposal(5, 0));
    List<FakeContext.Sent> writes =
        context.broadcast(adversary, new Message.Write(5, 0, digest(5)));
    assertTrue(
        writes.stream()
            .anyMatch(
                s -> s.message() instanceof Message.Write w && !w.digest().equals(digest(5))));
    assertEquals(1, context.broadcast(adversary, context.accept(3, 5, 0, digest(5))).size());
  }

  @Test
  void crashMuteEndsSilent() {
    Adversary adversary = start("crash-mute");
    context.now += 9_000_000;
    assertTrue(context.broadcast(adversary, new Message.Stop(1)).isEmpty());
    assertFalse(context.receive(adversary, 1, new Message.Stop(1)));
    assertFalse(
        adversary.onClientRequest(context, new Message.ClientRequest(context.request(1, 1), 0)));
  }

  @Test
  void byzzFuzzMutatesTheSameWayForAllThatItMutatesFor() {
    Adversary adversary = start("byzzfuzz");
    int mutated = 0;
    for (long instance = 5; instance < 400; instance++) {
      Message.Accept genuine = context.accept(3, instance, 0, digest(instance));
      List<FakeContext.Sent> sent = context.broadcast(adversary, genuine);
      Set<Message.ReplicaMessage> different = new HashSet<>();
      sent.forEach(one -> different.add(one.message()));
      different.remove(genuine);
      assertTrue(different.size() <= 1);
      mutated += sent.size() < 3 || !different.isEmpty() ? 1 : 0;
    }
    assertTrue(mutated > 3 && mutated < 200, "mutated " + mutated);
  }

  @Test
  void twinsWithoutAnEngineShowTwoFaces() {
    FakeContext leading = new FakeContext(4, 1, 1, 0, 7);
    Adversary adversary = Adversaries.create("twins");
    adversary.start(leading);
    boolean two = false;
    for (long instance = 5; instance < 100; instance++) {
      Set<Batch> values = new HashSet<>();
      leading
          .broadcast(adversary, leading.proposal(instance, 0))
          .forEach(sent -> values.add(((Message.Propose) sent.message()).batch()));
      two |= values.size() == 2;
    }
    assertTrue(two);
  }

  @Test
  void twinsWithAnEngineRouteRoundsAndChangeNothing() {
    Adversary adversary = Adversaries.create("twins");
    assertTrue(adversary.wantsTwin());
    adversary.twinStarted();
    adversary.start(context);
    boolean split = false;
    for (long instance = 5; instance < 100; instance++) {
      Message.Propose p = context.proposal(instance, 0);
      Set<Boolean> first = new HashSet<>();
      for (int peer : context.others()) {
        boolean zero = adversary.twinHears(context, 0, peer, p);
        boolean one = adversary.twinHears(context, 1, peer, p);
        assertTrue(zero || one);
        first.add(zero && !one);
      }
      split |= first.size() == 2;
      context.broadcast(adversary, p).forEach(sent -> assertEquals(p, sent.message()));
    }
    assertTrue(split);
    assertTrue(adversary.twinHears(context, 1, 0, new Message.FetchDecisions(1, 1, 1)));
  }

  @Test
  void chaosDoesManyThings() {
    Adversary adversary = start("chaos");
    Set<Class<?>> types = new HashSet<>();
    idle(adversary, 60).forEach(message -> types.add(message.getClass()));
    assertTrue(types.size() > 3);
    int changed = 0;
    for (long instance = 5; instance < 1_000; instance++) {
      context.now += 50_000;
      Message.Write write = new Message.Write(instance, 0, digest(instance));
      List<FakeContext.Sent> sent = context.broadcast(adversary, write);
      changed += sent.size() != 3 || !sent.stream().allMatch(s -> s.message() == write) ? 1 : 0;
    }
    assertTrue(changed > 10 && changed < 990, "changed " + changed);
  }

  @Test
  void lurkerWaitsForARegencyChange() {
    Adversary adversary = start("lurker");
    Message.Propose p = context.proposal(5, 0);
    Message.Write write = new Message.Write(5, 0, digest(5));
    context.broadcast(adversary, p).forEach(sent -> assertEquals(p, sent.message()));
    context.broadcast(adversary, write).forEach(sent -> assertEquals(write, sent.message()));
    context.receive(adversary, 1, new Message.Stop(1));
    assertTrue(context.taken().stream().anyMatch(s -> s.message() instanceof Message.Stop));
    int changed = 0;
    for (long regency = 1; regency < 60; regency++) {
      context.now += 1_000_000;
      Message.StopData data = context.stopData(3, regency, 4, true);
      List<FakeContext.Sent> sent = context.one(adversary, 0, data);
      changed += sent.size() == 1 && sent.get(0).message() == data ? 0 : 1;
    }
    assertTrue(changed > 10, "changed " + changed);
  }
}
