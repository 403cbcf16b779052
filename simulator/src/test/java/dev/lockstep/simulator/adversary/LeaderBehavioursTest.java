package dev.lockstep.simulator.adversary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.adversary.catalogue.Adversaries;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LeaderBehavioursTest {
  private final FakeContext context = new FakeContext(4, 1, 1, 0, 42);

  private Adversary start(String name) {
    Adversary adversary = Adversaries.create(name);
    adversary.start(context);
    return adversary;
  }

  private List<FakeContext.Sent> propose(Adversary adversary, long instance) {
    return context.broadcast(adversary, context.proposal(instance, 0));
  }

  private static Batch batch(FakeContext.Sent sent) {
    return ((Message.Propose) sent.message()).batch();
  }

  private Digest digest(long instance) {
    return context.proposal(instance, 0).batch().digest();
  }

  @Test
  void equivocateProposesTwoValuesAndVotesForBoth() {
    Adversary adversary = start("equivocate");
    for (long instance = 5; instance < 30; instance++) {
      Map<Integer, Digest> proposed = new HashMap<>();
      propose(adversary, instance).forEach(sent -> proposed.put(sent.to(), batch(sent).digest()));
      assertEquals(3, proposed.size());
      assertEquals(2, new HashSet<>(proposed.values()).size());
      List<FakeContext.Sent> votes =
          context.broadcast(adversary, new Message.Write(instance, 0, digest(instance)));
      votes =
          concat(
              votes,
              context.broadcast(adversary, context.accept(0, instance, 0, digest(instance))));
      for (FakeContext.Sent sent : votes) {
        if (sent.message() instanceof Message.Write write) {
          assertEquals(proposed.get(sent.to()), write.digest());
        } else {
          Message.Accept accept = (Message.Accept) sent.message();
          assertEquals(proposed.get(sent.to()), accept.digest());
          assertTrue(context.verifies(0, accept));
        }
      }
    }
  }

  private static <T> List<T> concat(List<T> one, List<T> two) {
    List<T> all = new ArrayList<>(one);
    all.addAll(two);
    return all;
  }

  @Test
  void equivocateServesTheValueThatItsCoreDoesNotKnow() {
    Adversary adversary = start("equivocate");
    for (FakeContext.Sent sent : propose(adversary, 5)) {
      assertFalse(context.receive(adversary, 2, new Message.FetchValue(5, batch(sent).digest())));
      assertEquals(new Message.Value(batch(sent)), context.taken().get(0).message());
    }
  }

  @Test
  void proposeToFewIsolatesSomebodyButKeepsAQuorum() {
    Adversary adversary = start("propose-to-few");
    Set<Integer> heard = new TreeSet<>();
    propose(adversary, 5).forEach(sent -> heard.add(sent.to()));
    assertEquals(2, heard.size());
    Set<Integer> accepts = new TreeSet<>();
    context
        .broadcast(adversary, context.accept(0, 5, 0, digest(5)))
        .forEach(sent -> accepts.add(sent.to()));
    assertTrue(heard.containsAll(accepts));
  }

  @Test
  void partialAcceptLetsOneReplicaDecide() {
    Adversary adversary = start("partial-accept");
    int traps = 0;
    for (long instance = 5; instance < 60; instance++) {
      List<FakeContext.Sent> proposals = propose(adversary, instance);
      List<FakeContext.Sent> accepts =
          context.broadcast(adversary, context.accept(0, instance, 0, digest(instance)));
      if (proposals.size() == 2) {
        traps++;
        assertEquals(1, accepts.size());
      }
    }
    assertTrue(traps > 0);
  }

  @Test
  void slowLeaderDelaysAndGivesWayToStops() {
    Adversary adversary = start("slow-leader");
    long first = propose(adversary, 5).get(0).delay();
    long second = propose(adversary, 6).get(0).delay();
    assertTrue(first > 0 && second > first);
    context.receive(adversary, 2, new Message.Stop(1));
    assertTrue(propose(adversary, 7).get(0).delay() < second);
  }

  @Test
  void censorDropsOneClientAndStandsByIt() {
    Adversary adversary = start("censor");
    Set<ClientId> seen = new TreeSet<>();
    for (long instance = 10; instance < 20; instance++) {
      Batch batch = batch(propose(adversary, instance).get(0));
      batch.references().forEach(reference -> seen.add(reference.client()));
      Message.Write vote =
          (Message.Write)
              context
                  .broadcast(adversary, new Message.Write(instance, 0, digest(instance)))
                  .get(0)
                  .message();
      assertEquals(batch.digest(), vote.digest());
      if (instance == 12) {
        seen.clear();
      }
    }
    assertTrue(seen.size() < 3);
  }

  @Test
  void invalidProposalsAreWrongInManyWays() {
    Adversary adversary = start("invalid-proposal");
    View.Limits limits = context.view.limits();
    Set<String> wrong = new TreeSet<>();
    for (long instance = 5; instance < 400; instance++) {
      Message.Propose p = (Message.Propose) propose(adversary, instance).get(0).message();
      Batch genuine = context.proposal(instance, 0).batch();
      Batch.Header h = p.batch().header();
      Batch.Header g = genuine.header();
      List<Reference> references = p.batch().references();
      note(wrong, "duplicate", new HashSet<>(references).size() < references.size());
      note(wrong, "regency", h.proposedInRegency() != g.proposedInRegency());
      note(wrong, "instance", h.instance() != g.instance());
      note(wrong, "view", h.view() != g.view());
      note(wrong, "ancestor", !h.ancestor().equals(g.ancestor()));
      note(wrong, "too many", references.size() > limits.batchRequests());
      note(wrong, "future", h.timestampMicros() > g.timestampMicros() + limits.clockBoundMicros());
      note(wrong, "past", h.timestampMicros() <= 0);
      note(
          wrong,
          "huge",
          p.inlined().stream().anyMatch(r -> r.operation().length() > limits.requestBytes()));
      note(wrong, "unordered", p.inlined().stream().anyMatch(r -> r.kind().ordinal() == 2));
      for (int i = 0; i < Math.min(references.size(), genuine.references().size()); i++) {
        Reference one = references.get(i);
        Reference two = genuine.references().get(i);
        note(
            wrong,
            "forged",
            one.sequence() == two.sequence() && !one.digest().equals(two.digest()));
        note(
            wrong,
            "contradiction",
            one.sequence() != two.sequence() && one.digest().equals(two.digest()));
      }
      if (!p.batch().equals(genuine)) {
        Message.Write vote =
            (Message.Write)
                context
                    .one(adversary, 1, new Message.Write(instance, 0, genuine.digest()))
                    .get(0)
                    .message();
        assertEquals(p.batch().digest(), vote.digest());
      }
    }
    assertEquals(12, wrong.size(), wrong.toString());
  }

  private static void note(Set<String> set, String name, boolean present) {
    if (present) {
      set.add(name);
    }
  }

  @Test
  void wrongInstanceProposesElsewhereToo() {
    Adversary adversary = start("wrong-instance");
    Set<Long> instances = new HashSet<>();
    Set<Long> regencies = new HashSet<>();
    for (long instance = 100; instance < 160; instance++) {
      for (FakeContext.Sent sent : propose(adversary, instance)) {
        Message.Propose p = (Message.Propose) sent.message();
        instances.add(p.instance() - instance);
        regencies.add(p.regency());
      }
    }
    assertTrue(instances.size() > 3 && regencies.size() > 2);
  }

  @Test
  void replayDecidedProposesOldReferences() {
    Adversary adversary = start("replay-decided");
    context.conspiracy.learn(context.proposal(3, 0));
    Set<Reference> old = new HashSet<>(context.proposal(3, 0).batch().references());
    boolean replayed = false;
    for (long instance = 5; instance < 40; instance++) {
      Batch batch = batch(propose(adversary, instance).get(0));
      replayed |= batch.references().stream().anyMatch(old::contains);
    }
    assertTrue(replayed);
  }

  @Test
  void silentLeaderFallsSilentAndIsAGoodFollower() {
    Adversary adversary = start("silent-leader");
    int proposed = 0;
    for (long instance = 5; instance < 60; instance++) {
      proposed += propose(adversary, instance).size();
    }
    assertTrue(proposed < 3 * 40);
    Message.Write vote = new Message.Write(60, 1, digest(60));
    assertEquals(3, context.broadcast(adversary, vote).size());
  }

  @Test
  void voteOtherVotesForWhatItDidNotPropose() {
    Adversary adversary = start("vote-other");
    for (long instance = 5; instance < 15; instance++) {
      assertEquals(digest(instance), batch(propose(adversary, instance).get(0)).digest());
      for (FakeContext.Sent sent :
          context.broadcast(adversary, context.accept(0, instance, 0, digest(instance)))) {
        Message.Accept accept = (Message.Accept) sent.message();
        assertNotEquals(digest(instance), accept.digest());
        assertTrue(context.verifies(0, accept));
      }
    }
  }

  @Test
  void reorderTurnsSessionsAround() {
    Adversary adversary = start("reorder");
    boolean reordered = false;
    for (long instance = 5; instance < 20; instance++) {
      Map<Long, Long> last = new HashMap<>();
      for (Reference reference : batch(propose(adversary, instance).get(0)).references()) {
        Long before = last.put(reference.session(), reference.sequence());
        reordered |= before != null && before > reference.sequence();
      }
    }
    assertTrue(reordered);
  }
}
