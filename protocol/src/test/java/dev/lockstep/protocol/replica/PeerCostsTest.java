package dev.lockstep.protocol.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one replica or client can make a correct replica hold, send and compute. */
class PeerCostsTest {
  private static final int W = 8;

  private final View view = Views.byzantine(4, 1, W);

  private static Request request(long client, long session, int bytes) {
    return new Request(
        Request.Kind.ORDERED,
        new ClientId(7, client),
        session,
        1,
        new Bytes(new byte[bytes]),
        Bytes.EMPTY);
  }

  private static long weight(List<Request> requests) {
    return requests.stream().mapToLong(Request::weight).sum();
  }

  // -------- signatures

  /** Bound: one for each instance of two windows in the regency that is installed. */
  @Test
  void acceptsOfAscendingRegenciesDoNotFillTheQueueOfSignatures() {
    ReplicaHarness victim = new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());
    for (long t = 1; t <= 100; t++) {
      for (long regency = 0; regency < 500; regency++) {
        Digest digest = new Digest(regency, 6, 6, 6);
        victim.receive(3, new Message.Accept(t, regency, digest, new Bytes(new byte[64])));
      }
    }
    assertThat(victim.acceptsToVerify).isEqualTo(2 * W);
  }

  /** However often it is repeated, one that was wrong once is not looked at again. */
  @Test
  void aWrongAcceptIsCheckedOnce() {
    ReplicaHarness victim = new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());
    for (int i = 0; i < 500; i++) {
      victim.receive(3, new Message.Accept(1, 0, new Digest(i, 6, 6, 6), Bytes.EMPTY));
    }
    assertThat(victim.acceptsToVerify).isEqualTo(1);
  }

  private static List<Request> rubbish(int requests) {
    List<Request> rubbish = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      rubbish.add(request(1, (1L << 40) + i, 8).withSignature(new Bytes(new byte[193])));
    }
    return rubbish;
  }

  private View signed() {
    return Views.with(view, Views.limits(RequestAuthentication.SIGNED));
  }

  @Test
  void aMessageOfAPeerCostsFewChecksOfClientsSignatures() {
    ReplicaHarness victim = new ReplicaHarness(0, signed(), ReplicaConfig.Budgets.defaults());
    victim.receive(3, new Message.Forwarded(rubbish(4096)));
    assertThat(victim.requestsToVerify).isZero();
    victim.receive(3, new Message.RequestBodies(rubbish(4096)));
    assertThat(victim.requestsToVerify).isZero();
    victim.receive(3, new Message.Forwarded(rubbish(CodecLimits.CARRIED_REQUESTS)));
    assertThat(victim.requestsToVerify).isEqualTo(CodecLimits.CARRIED_REQUESTS);
  }

  @Test
  void checksOfClientsSignaturesAreRationed() {
    ReplicaHarness victim = new ReplicaHarness(0, signed(), ReplicaConfig.Budgets.defaults());
    List<Request> rubbish = rubbish(CodecLimits.CARRIED_REQUESTS);
    for (int i = 0; i < 1_000; i++) {
      victim.receive(3, new Message.Forwarded(rubbish));
      victim.advance(1_000);
    }
    assertThat(victim.requestsToVerify).isBetween(6_000, 6_200);
    // Those of the others have their own account.
    int before = victim.requestsToVerify;
    victim.receive(2, new Message.Forwarded(rubbish));
    assertThat(victim.requestsToVerify).isEqualTo(before + CodecLimits.CARRIED_REQUESTS);
  }

  @Test
  void falseCertificatesAreCheckedAFewTimes() {
    ReplicaHarness victim = new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());
    DecisionChain chain = new DecisionChain(view);
    Certificate right = chain.certificate(1);
    List<Certificate.Vote> votes = new ArrayList<>(right.votes());
    votes.set(0, new Certificate.Vote(votes.get(0).replica(), Bytes.EMPTY));
    Certificate wrong = new Certificate(1, 0, right.digest(), votes);
    int checks = victim.crypto.replicasChecked;
    for (int i = 0; i < 10_000; i++) {
      victim.receive(3, new Message.Decision(chain.batch(1), wrong, List.of()));
    }
    assertThat(victim.crypto.replicasChecked - checks).isLessThanOrEqualTo(64 * votes.size());

    victim.receive(2, new Message.Decision(chain.batch(1), right, List.of()));
    assertThat(victim.replica.lastDelivered()).isEqualTo(1);
  }

  // -------- answers

  private ReplicaHarness withRequests(int requests, int bytes) {
    ReplicaHarness victim = new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());
    for (int i = 0; i < requests; i++) {
      Request held = request(1, (1L << 40) + i, bytes);
      victim.request(held.client(), new Message.ClientRequest(held, -1));
    }
    victim.sent.clear();
    return victim;
  }

  private static List<Digest> digests(int requests, int bytes) {
    List<Digest> digests = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      digests.add(request(1, (1L << 40) + i, bytes).digest());
    }
    return digests;
  }

  private static List<Message.Forwarded> forwarded(ReplicaHarness replica) {
    List<Message.Forwarded> forwarded = new ArrayList<>();
    replica.sent.forEach(
        sent -> {
          if (sent.message() instanceof Message.Forwarded one) {
            forwarded.add(one);
          }
        });
    return forwarded;
  }

  @Test
  void nothingIsAskedForTwiceInAMessage() {
    ReplicaHarness victim = withRequests(1, 100_000);
    List<Digest> same = Collections.nCopies(1_024, digests(1, 100_000).get(0));
    victim.receive(3, new Message.FetchRequests(same, false));
    victim.receive(3, new Message.FetchRequests(same, true));
    victim.receive(3, new Message.Missing(1, 0, same, false));
    assertThat(victim.sent).isEmpty();
  }

  @Test
  void answersAreSplit() {
    ReplicaHarness victim = withRequests(80, 100_000);
    victim.receive(3, new Message.FetchRequests(digests(80, 100_000), false));
    List<Message.Forwarded> answers = forwarded(victim);
    assertThat(answers).hasSizeGreaterThan(1);
    assertThat(answers).allMatch(answer -> weight(answer.requests()) <= 1 << 20);

    victim = withRequests(200, 8);
    victim.receive(3, new Message.Missing(1, 0, digests(200, 8), false));
    answers = forwarded(victim);
    assertThat(answers.stream().mapToInt(answer -> answer.requests().size()).sum()).isEqualTo(200);
    assertThat(answers)
        .allMatch(answer -> answer.requests().size() <= CodecLimits.CARRIED_REQUESTS);
  }

  /** A peer can have of requests what it can have of decisions. */
  @Test
  void answersAreRationedInBytes() {
    ReplicaHarness victim = withRequests(80, 100_000);
    for (int i = 0; i < 100; i++) {
      victim.receive(3, new Message.FetchRequests(digests(80, 100_000), false));
      victim.receive(3, new Message.Missing(1, 0, digests(80, 100_000), false));
    }
    long all = forwarded(victim).stream().mapToLong(answer -> weight(answer.requests())).sum();
    assertThat(all).isBetween(1L << 20, (8L << 20) + (1 << 20));
  }

  // -------- reads

  private static Request read(long client, int bytes) {
    return new Request(
        Request.Kind.UNORDERED,
        new ClientId(7, client),
        0,
        1,
        new Bytes(new byte[bytes]),
        Bytes.EMPTY);
  }

  /** The service is busy; each client is told so before what it sends fills the heap. */
  @Test
  void readsWaitWithinBudgets() {
    ReplicaHarness victim = new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());
    victim.serviceIsBusy = true;
    for (long client = 1; client <= 20; client++) {
      for (int i = 0; i < 200; i++) {
        Request read = read(client, 100_000);
        victim.request(read.client(), new Message.ClientRequest(read, -1));
      }
      assertThat(victim.waitingReads.size()).isLessThanOrEqualTo((int) client * 83);
    }
    assertThat(weight(victim.waitingReads)).isBetween(60L << 20, 64L << 20);
    assertThat(victim.replies)
        .hasSize(20 * 200 - victim.waitingReads.size())
        .allMatch(reply -> ((Message.Reply) reply).outcome() == Message.Outcome.BUSY);

    // What is done makes room.
    int before = victim.replies.size();
    victim.finishReads();
    assertThat(victim.replies.size()).isGreaterThan(before);
    Request again = read(20, 100_000);
    victim.request(again.client(), new Message.ClientRequest(again, -1));
    assertThat(victim.waitingReads).containsExactly(again);
  }

  // -------- requests in sessions that never were

  private static void inventSessions(ReplicaHarness replica, int requests) {
    for (int i = 0; i < requests; i++) {
      replica.request(
          new ClientId(7, 1), new Message.ClientRequest(request(1, (1L << 40) + i, 8), -1));
    }
  }

  @Test
  void requestsInInventedSessionsLeave() {
    ReplicaHarness follower = new ReplicaHarness(1, view, ReplicaConfig.Budgets.defaults());
    DecisionChain chain = new DecisionChain(view);
    inventSessions(follower, 4096);
    assertThat(follower.replica.pendingRequests()).isEqualTo(4096);
    for (long t = 1; t <= 20; t++) {
      follower.receive(0, new Message.Decision(chain.batch(t), chain.certificate(t), List.of()));
      follower.advance(100_000);
    }
    assertThat(follower.replica.lastDelivered()).isEqualTo(20);
    assertThat(follower.replica.pendingRequests()).as("after two seconds").isZero();
  }

  private static void open(ReplicaHarness leader, int client) {
    Bytes operation = new OpenSession(client, ReplicaHarness.WALL + 20_000_000, 0).encode();
    ClientId id = new ClientId(8, client);
    leader.request(
        id,
        new Message.ClientRequest(
            new Request(Request.Kind.OPEN, id, 0, 0, operation, Bytes.EMPTY), -1));
  }

  /** Of some requests that come one after the other the first makes a batch, and the others one. */
  private long proposals(int invented) {
    ReplicaHarness leader = new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());
    inventSessions(leader, invented);
    for (int client = 0; client < 6; client++) {
      open(leader, client);
    }
    leader.advance(4_000);
    return leader.sent.stream()
        .filter(sent -> sent.message() instanceof Message.Propose)
        .map(sent -> ((Message.Propose) sent.message()).instance())
        .distinct()
        .count();
  }

  @Test
  void batchesFillUnlessSessionsAreInvented() {
    assertThat(proposals(0)).isEqualTo(2);
  }

  @Test
  void batchesFillAlthoughSessionsAreInvented() {
    assertThat(proposals(256)).isEqualTo(2);
  }
}
