package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.SingleExecutable;
import dev.lockstep.api.Snapshot;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.network.PeerLinks;
import dev.lockstep.network.Transports;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.View;
import dev.lockstep.replica.RequestIntake.Incoming;
import dev.lockstep.storage.CheckpointStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoopGroup;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A replica that is a whole group, on a loop that runs when it is told to. */
class ProtocolLoopTest {
  private static final ClientId ALICE = new ClientId(0, 1);
  private static final long PATIENCE_SECONDS = 20;

  /** Confirms what the test wants it to. */
  private static final class WithholdingLog implements VoteLog {
    final List<Long> tickets = new ArrayList<>();
    final List<Integer> bundles = new ArrayList<>();
    private int sinceFlush;
    boolean confirmsAtOnce;
    RuntimeException failure;
    Error error;

    @Override
    public StartState start(Checkpoint checkpoint) {
      return StartState.fresh();
    }

    @Override
    public void append(long ticket, Record record) {
      if (error != null) {
        throw error;
      }
      if (failure != null) {
        throw failure;
      }
      tickets.add(ticket);
      sinceFlush++;
    }

    @Override
    public long flush() {
      if (sinceFlush > 0) {
        bundles.add(sinceFlush);
        sinceFlush = 0;
      }
      return confirmsAtOnce ? last() : 0;
    }

    long last() {
      return tickets.isEmpty() ? 0 : tickets.get(tickets.size() - 1);
    }

    @Override
    public List<Record.Decided> read(long from, int bytes) {
      return List.of();
    }

    @Override
    public boolean storesDecisions() {
      return true;
    }

    @Override
    public void truncate(long below) {}

    @Override
    public void close() {}
  }

  /** Knows nothing and says nothing. */
  private static final class Mute implements SingleExecutable, Recoverable {
    @Override
    public byte[] executeOrdered(byte[] command, MessageContext context) {
      return command;
    }

    @Override
    public byte[] executeUnordered(byte[] command, MessageContext context) {
      return command;
    }

    @Override
    public Snapshot snapshot() {
      return out -> {};
    }

    @Override
    public void restore(InputStream in) {}
  }

  private static final Verifier CREDULOUS =
      new Verifier() {
        @Override
        public boolean replica(int replica, byte[] statement, Bytes signature) {
          return true;
        }

        @Override
        public boolean client(ClientId client, byte[] statement, Bytes signature) {
          return true;
        }
      };

  private final View view =
      View.genesis(
          View.Mode.CRASH,
          1,
          List.of(1),
          0,
          View.Limits.defaults(View.RequestAuthentication.SIGNED));
  private final TestLoop turns = new TestLoop();
  private final EventLoopGroup strangers = Transports.loops(1, "strangers");
  private final AtomicLong freeBytes = new AtomicLong(Long.MAX_VALUE);
  private final FreeSpace space = new FreeSpace(0, freeBytes::get);
  private final FailStop failStop = new FailStop(0, () -> {});
  private final ReplicaCounters counters = new ReplicaCounters(0);
  private final ClientRoutes routes = new ClientRoutes();
  private final WithholdingLog log = new WithholdingLog();
  private final ProtocolLoop protocol =
      new ProtocolLoop(0, turns.loop(), view, counters, failStop, space);
  private final ServiceExecutor executor;
  private final SignatureWorker signatures;
  private final CheckpointHost checkpoints;
  private final LoopPorts ports;
  private final FakeConnection alice = new FakeConnection(ALICE, turns.loop());

  ProtocolLoopTest() {
    Mute service = new Mute();
    executor =
        new ServiceExecutor(
            0,
            service,
            service,
            null,
            counters,
            Thread::new,
            results -> turns.loop().execute(() -> protocol.onResults(results)),
            failStop::stop);
    signatures =
        new SignatureWorker(Thread::new, Bytes::new, CREDULOUS, protocol::onSigned, protocol::halt);
    checkpoints =
        new CheckpointHost(
            0,
            CheckpointStore.inMemory(Digest.ZERO),
            counters,
            Thread::new,
            Runnable::run,
            turns.loop(),
            protocol,
            new ReadBack(null),
            failStop::stop);
    // Never started: nobody listens, and what is sent is dropped.
    PeerLinks peers =
        new PeerLinks(
            turns.loop(),
            strangers,
            new PeerLinks.Config(
                0,
                new GroupId(Digest.ZERO, Digest.ZERO),
                () -> 0,
                "127.0.0.1",
                0,
                List.of(),
                null,
                null,
                NetworkLimits.forPeers()),
            protocol,
            new NetworkCounters());
    ports =
        new LoopPorts(
            0,
            protocol,
            peers,
            routes,
            executor,
            signatures,
            log,
            checkpoints,
            Runnable::run,
            counters);
    RequestHandover handover = new RequestHandover(turns.loop(), protocol::onRequests);
    ClientLane lane = new ClientLane(turns.loop(), handover, counters, System::nanoTime);
    alice.attach(lane);
    lane.add(alice);
    routes.add(alice);
    executor.start();
  }

  @AfterEach
  void end() throws InterruptedException {
    executor.end();
    signatures.end();
    checkpoints.end();
    strangers.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private void start() {
    Replica core =
        new Replica(
            new ReplicaConfig(
                0,
                Digest.ZERO,
                view,
                ReplicaConfig.Timing.defaults(),
                ReplicaConfig.Budgets.defaults(),
                new Digest(1, 2, 3, 4),
                ReplicaConfig.Checkpointing.NONE),
            Rules.standard(),
            Bytes::new,
            CREDULOUS,
            ports);
    protocol.start(core, ports, StartState.fresh());
    turns.run();
  }

  private static Incoming open(long nonce) {
    long deadline = (System.currentTimeMillis() + 10_000) * 1000;
    Request request =
        new Request(
            Request.Kind.OPEN,
            ALICE,
            0,
            0,
            new OpenSession(nonce, deadline, 0).encode(),
            Bytes.EMPTY);
    return new Incoming(ALICE, new Message.ClientRequest(request, 0));
  }

  /** Runs turns, for what the service's thread has to say too, until there are so many replies. */
  private void awaitReplies(int count) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (alice.sent.size() < count && System.nanoTime() < end) {
      turns.run();
      Thread.onSpinWait();
    }
    assertThat(alice.sent).hasSize(count);
  }

  private void assertOpened(int reply) throws DecodeException {
    Message message = Codec.decode(alice.sent.get(reply), view.codecLimits());
    assertThat(((Message.Reply) message).outcome()).isEqualTo(Message.Outcome.OPENED);
  }

  @Test
  void nothingLeavesBeforeTheLogHasConfirmedWhatItStandsFor() throws Exception {
    start();
    protocol.onRequests(List.of(open(1)));
    turns.run();
    assertThat(log.tickets).isNotEmpty();
    turns.advanceMillis(1);
    assertThat(protocol.lastDelivered()).isZero();
    assertThat(alice.sent).isEmpty();

    // A confirmation of less than that changes nothing.
    protocol.onPersisted(log.last() - 1);
    turns.run();
    assertThat(protocol.lastDelivered()).isZero();
    while (protocol.lastDelivered() == 0) {
      long before = log.last();
      protocol.onPersisted(before);
      turns.run();
      assertThat(protocol.lastDelivered() > 0 || log.last() > before).isTrue();
    }
    awaitReplies(1);
    assertOpened(0);
    assertThat(alice.flushed).isEqualTo(1);
    assertThat(failStop.reasonOrNull()).isNull();
  }

  @Test
  void whatIsConfirmedAtOnceNeedsNoFurtherTurn() throws Exception {
    log.confirmsAtOnce = true;
    start();
    protocol.onRequests(List.of(open(1)));
    turns.run();
    assertThat(protocol.lastDelivered()).isEqualTo(1);
    awaitReplies(1);
    assertOpened(0);
  }

  @Test
  void requestsOfOneTurnAreOneBatch() throws Exception {
    log.confirmsAtOnce = true;
    start();
    protocol.onRequests(List.of(open(1), open(2)));
    protocol.onRequests(List.of(open(3)));
    turns.run();
    assertThat(protocol.lastDelivered()).isEqualTo(1);
    awaitReplies(3);
  }

  @Test
  void eventsBeforeTheStartAndAfterAHaltAreDropped() {
    protocol.onRequests(List.of(open(1)));
    turns.run();
    assertThat(protocol.runningOrNull()).isNull();
    start();
    assertThat(protocol.runningOrNull()).isNotNull();
    protocol.halt("enough");
    protocol.halt("really");
    assertThat(failStop.reasonOrNull()).isEqualTo("enough");
    protocol.onRequests(List.of(open(1)));
    protocol.onPersisted(1);
    turns.run();
    assertThat(log.tickets).isEmpty();
    assertThat(protocol.runningOrNull()).isNull();
  }

  @Test
  void aCoreThatThrowsStopsTheReplica() {
    start();
    log.failure = new IllegalStateException("not what was promised");
    protocol.onRequests(List.of(open(1)));
    turns.run();
    assertThat(failStop.reasonOrNull())
        .contains("internal error")
        .contains("not what was promised");
    assertThat(protocol.runningOrNull()).isNull();
  }

  /** A core that was left in the middle of an event by an Error is no better than a wrong one. */
  @Test
  void anErrorStopsTheReplicaToo() {
    start();
    log.error = new OutOfMemoryError("for the test");
    protocol.onRequests(List.of(open(1)));
    turns.run();
    assertThat(failStop.reasonOrNull()).contains("internal error");
    assertThat(protocol.runningOrNull()).isNull();
  }

  /** While the log still has room for what others order. */
  @Test
  void clientsAreToldBusyBeforeTheDiskIsFull() {
    start();
    freeBytes.set(FreeSpace.LOW_BYTES - 1);
    space.look();
    protocol.onRequests(List.of(open(1)));
    turns.run();
    assertThat(log.tickets).isEmpty();
    freeBytes.set(FreeSpace.LOW_BYTES + 1);
    space.look();
    assertThat(space.isLow()).as("until there is twice as much").isTrue();
    freeBytes.set(2 * FreeSpace.LOW_BYTES);
    space.look();
    protocol.onRequests(List.of(open(1)));
    turns.run();
    assertThat(log.tickets).isNotEmpty();
  }

  @Test
  void whatIsNoMessageOfAReplicaIsCounted() {
    start();
    protocol.onMessage(0, new byte[] {1, 2, 3});
    protocol.onMessage(0, Codec.encode(open(1).request()));
    turns.run();
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    counters.bindTo(metrics);
    assertThat(metrics.get("lockstep.peer.bad.messages").functionCounter().count()).isEqualTo(2);
    assertThat(failStop.reasonOrNull()).isNull();
  }

  @Test
  void saysWhoIsConnected() {
    protocol.onConnected(3);
    protocol.onConnected(1);
    protocol.onConnected(2);
    protocol.onDisconnected(3);
    assertThat(protocol.connected()).containsExactly(1, 2);
  }
}
