package dev.lockstep.protocol.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Whatever the peers and clients of a replica send: no event throws, and what it holds is bounded.
 */
class ReplicaBoundsTest {
  private static final ReplicaConfig.Budgets BUDGETS =
      new ReplicaConfig.Budgets(50, 1 << 20, 30, 1 << 20);

  /** Decisions are taken this far ahead (see DecisionFetcher). */
  private static final int LOOKAHEAD = 256;

  private static final int CLIENTS = 3;

  private static void checkBounds(ReplicaHarness harness, View view) {
    Replica replica = harness.replica;
    assertThat(replica.openInstances()).isLessThanOrEqualTo(Math.max(2 * view.window(), LOOKAHEAD));
    for (int peer = 0; peer < view.size(); peer++) {
      assertThat(replica.sponsoredRequests(peer)).isLessThanOrEqualTo(BUDGETS.peerRequests());
    }
    assertThat(replica.pendingRequests())
        .isLessThanOrEqualTo(CLIENTS * 2 * BUDGETS.clientRequests());
    assertThat(replica.nextDeadline()).isPositive();
  }

  /** All members but this one may send anything; they have the keys of f. */
  private static void attack(long seed, View view, int events) {
    attack(seed, view, events, StartState.fresh());
  }

  private static void attack(long seed, View view, int events, StartState state) {
    int self = (int) Math.floorMod(seed, (long) view.size());
    ReplicaHarness harness = new ReplicaHarness(self, view, BUDGETS, state);
    HostileMessages hostile = hostile(seed, view, harness);
    for (int i = 0; i < events; i++) {
      step(harness, view, hostile, i, hostile.sender());
    }
    assertThat(harness.halted).isNull();
    assertThat(harness.replica.describe()).isNotEmpty();
  }

  private static HostileMessages hostile(long seed, View view, ReplicaHarness harness) {
    return new HostileMessages(seed, view, harness.crypto, view.size() - view.faults());
  }

  private static void step(
      ReplicaHarness harness, View view, HostileMessages hostile, int i, int sender) {
    if (i % 5 == 0) {
      harness.advance(2_000);
    }
    if (i % 7 == 0) {
      Request request = hostile.request();
      ClientId client = i % 2 == 0 ? request.client() : hostile.client();
      harness.request(client, new Message.ClientRequest(request, hostile.sender()));
    }
    if (i % 50 == 0) {
      harness.replica.onReconnect(sender);
    }
    harness.receive(sender, hostile.message(sender));
    harness.sent.clear();
    checkBounds(harness, view);
  }

  @Property(tries = 60)
  void unsignedRequests(@ForAll long seed) {
    attack(seed, Views.byzantine(4, 1, 3), 400);
  }

  @Property(tries = 60)
  void signedRequests(@ForAll long seed) {
    View view = Views.byzantine(4, 1, 1);
    attack(seed, Views.with(view, Views.limits(RequestAuthentication.SIGNED)), 400);
  }

  @Property(tries = 30)
  void moreReplicas(@ForAll long seed) {
    attack(seed, Views.byzantine(7, 2, 2), 400);
  }

  /** RULES 27: one that lost its votes listens to answers that the others do not. */
  @Property(tries = 30)
  void learner(@ForAll long seed) {
    attack(seed, Views.byzantine(4, 1, 2), 400, new StartState(StartState.Kind.LOST, List.of()));
  }

  /** f faulty replicas alone decide nothing and change no regency, whoever leads. */
  @Property(tries = 100)
  void faultyOnesAlone(@ForAll long seed, @ForAll boolean faultyLeads) {
    View plain = Views.byzantine(4, 1, 3);
    View view =
        new View(
            0,
            1,
            plain.mode(),
            plain.window(),
            plain.members(),
            1,
            faultyLeads ? List.of(3, 0, 1, 2) : List.of(0, 1, 2, 3),
            0,
            plain.limits());
    ReplicaHarness harness = new ReplicaHarness(0, view, BUDGETS);
    HostileMessages hostile = hostile(seed, view, harness);
    for (int i = 0; i < 300; i++) {
      step(harness, view, hostile, i, hostile.faultySender());
    }
    assertThat(harness.halted).isNull();
    assertThat(harness.replica.regency()).isZero();
    assertThat(harness.replica.isSynced()).isTrue();
    assertThat(harness.replica.lastDelivered()).isZero();
  }

  // ---- single floods ------------------------------------------------------------------------

  private final View view = Views.byzantine(4, 1, 3);
  private final ReplicaHarness harness = new ReplicaHarness(0, view, BUDGETS);

  private static Digest digest(long value) {
    return new Digest(value, 1, 1, 1);
  }

  @Test
  void votesOpenInstancesOfTwoWindowsOnly() {
    for (long instance = -5; instance < 1000; instance++) {
      harness.receive(1, new Message.Write(instance, 0, digest(1)));
      harness.receive(2, new Message.Accept(instance, 0, digest(1), Bytes.EMPTY));
    }
    for (long instance : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 5}) {
      harness.receive(1, new Message.Write(instance, 0, digest(1)));
    }
    assertThat(harness.replica.openInstances()).isEqualTo(2 * view.window());
  }

  private static Message.Propose propose(long instance, long regency) {
    Batch.Header header =
        new Batch.Header(0, instance, ReplicaHarness.WALL, Digest.ZERO, regency, Digest.ZERO);
    return new Message.Propose(instance, regency, new Batch(header, List.of()), List.of());
  }

  @Test
  void proposalsOpenInstancesOfTwoWindowsOnly() {
    ReplicaHarness follower = new ReplicaHarness(1, view, BUDGETS);
    for (long instance = 200; instance > -5; instance--) {
      follower.receive(0, propose(instance, 0));
      follower.receive(2, propose(instance, 2));
    }
    follower.receive(0, propose(Long.MAX_VALUE, 0));
    follower.receive(0, propose(Long.MIN_VALUE, 0));
    assertThat(follower.replica.openInstances()).isEqualTo(2 * view.window());
  }

  @Test
  void proposalsOfOthersThanTheLeaderOpenNothing() {
    harness.receive(1, propose(1, 0));
    harness.receive(1, propose(1, 2));
    harness.receive(3, propose(1, -1));
    harness.receive(3, propose(1, Long.MIN_VALUE + 3));
    assertThat(harness.replica.openInstances()).isZero();
  }

  /** Numbers that could overflow are nobody's regency, however many ask for them. */
  @Test
  void absurdRegenciesAreNotInstalled() {
    for (int sender = 1; sender < 4; sender++) {
      harness.receive(sender, new Message.Stop(Long.MAX_VALUE));
      harness.receive(sender, new Message.Stop(Long.MAX_VALUE / 4 + 1));
      harness.receive(sender, new Message.Stop(Long.MIN_VALUE));
    }
    assertThat(harness.replica.regency()).isZero();
  }

  @Test
  void negativeRegenciesOpenNothing() {
    harness.receive(1, new Message.Write(1, -1, digest(1)));
    harness.receive(1, new Message.Accept(1, Long.MIN_VALUE, digest(1), Bytes.EMPTY));
    assertThat(harness.replica.openInstances()).isZero();
  }

  @Test
  void strangersAndItselfAreNotHeard() {
    for (int sender : new int[] {0, 4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      harness.receive(sender, new Message.Write(1, 0, digest(1)));
      harness.receive(sender, new Message.Stop(5));
      harness.replica.onReconnect(sender);
    }
    assertThat(harness.replica.openInstances()).isZero();
    assertThat(harness.replica.regency()).isZero();
  }

  @Test
  void oneFaultyReplicaChangesNoRegency() {
    harness.receive(2, new Message.Stop(Long.MAX_VALUE / 4));
    harness.receive(2, new Message.Stop(Long.MAX_VALUE));
    harness.receive(2, new Message.Status(0, 99, 99, true, 1_000_000, 1_000_000));
    assertThat(harness.replica.regency()).isZero();
    assertThat(harness.sent.stream().map(ReplicaHarness.Sent::message))
        .noneMatch(Message.Stop.class::isInstance);
  }

  @Test
  void floodedVouchesStayWithinTheSendersBudget() {
    for (int i = 0; i < 500; i++) {
      Request request =
          new Request(
              Request.Kind.ORDERED, new ClientId(7, i), 1 << 16, 1, Bytes.EMPTY, Bytes.EMPTY);
      harness.receive(2, new Message.Forwarded(List.of(request)));
      harness.receive(2, new Message.RequestBodies(List.of(request)));
    }
    assertThat(harness.replica.sponsoredRequests(2)).isEqualTo(BUDGETS.peerRequests());
    assertThat(harness.replica.pendingRequests()).isZero();
  }

  /** T9: however often and whatever range a peer asks for, it gets no more than its budget. */
  @Test
  void decisionsAreRationedInBytes() {
    long perSecond = 1 << 20;
    ReplicaConfig.Budgets tight =
        new ReplicaConfig.Budgets(50, 1 << 20, 30, 1 << 20, 64 << 20, perSecond);
    DecisionChain chain = new DecisionChain(view);
    ReplicaHarness full = new ReplicaHarness(0, view, tight, chain.state(5_000));
    assertThat(full.replica.lastDelivered()).isEqualTo(5_000);
    full.sent.clear();
    int seconds = 10;
    for (int i = 0; i < 1_000 * seconds; i++) {
      full.advance(1_000);
      long from = 1 + i % 4_000;
      full.receive(3, new Message.FetchDecisions(from, Long.MAX_VALUE, Integer.MAX_VALUE));
    }
    long decisions =
        full.sent.stream().filter(sent -> sent.message() instanceof Message.Decision).count();
    long weight = DecisionLog.weight(chain.batch(1), chain.certificate(1), List.of());
    // What it may have at once, what is added in time, and one decision above it each time.
    assertThat(decisions * weight)
        .isBetween(perSecond * seconds / 2, perSecond * seconds * 5 / 4 + perSecond / 8);
    assertThat(full.sent.stream().filter(sent -> sent.message() instanceof Message.Fetched).count())
        .isLessThanOrEqualTo(512L * 10 * seconds + 512);
  }

  /** What one peer can make it send per STATUS period is bounded. */
  @Test
  void answersToFetchesAreRationed() {
    ClientId client = new ClientId(0, 1);
    Request request =
        new Request(Request.Kind.ORDERED, client, 1L << 40, 1, Bytes.EMPTY, Bytes.EMPTY);
    harness.request(client, new Message.ClientRequest(request, -1));
    harness.sent.clear();
    for (int i = 0; i < 20_000; i++) {
      harness.receive(3, new Message.FetchRequests(List.of(request.digest()), false));
    }
    assertThat(harness.sent).hasSizeBetween(1, 4096);
  }
}
