package dev.lockstep.replica;

import dev.lockstep.network.PeerLinks;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.CodecLimits;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.replica.ClientGate.Incoming;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns the protocol core. Everything here happens on one event loop, which also
 * owns the channels to the other replicas, so that a message is read, processed and answered
 * without a change of thread (DESIGN section 4).
 *
 * <p>Events are taken one by one; what they cause is held back until the end of the turn, when the
 * leader proposes, records go to the log, and messages, batches, signatures and replies leave in
 * one piece each.
 */
final class ProtocolLoop implements Actions, PeerLinks.Handler {
  private static final Logger LOG = LoggerFactory.getLogger(ProtocolLoop.class);

  /** A timer fires no sooner than this after it is set, in microseconds. */
  private static final long TIMER_GRAIN = 1_000;

  private final int self;
  private final EventLoop loop;
  private final ReplicaCounters counters;
  private final CodecLimits limits;
  private final Consumer<String> onHalt;

  private PeerLinks peers;
  private ClientGate gate;

  /** Reads old decisions for others; one at a time, so that it burdens the disk little. */
  private final ExecutorService reader;

  private ServiceExecutor executor;
  private SignatureWorker signatures;
  private VoteLog log;
  private CheckpointHost checkpoints;
  private final TransferProgress transfer;
  private Replica replica;

  private boolean halted;
  private boolean inBundle;
  private long timerAt = Long.MAX_VALUE;
  private long confirmed;

  // For metrics, which are read by other threads.
  private volatile long regency;
  private volatile long lastDelivered;
  private volatile int pendingRequests;

  private List<ServiceExecutor.Work> toExecute = new ArrayList<>();
  private List<SignatureWorker.Job> toSign = new ArrayList<>();

  ProtocolLoop(
      int self,
      EventLoop loop,
      CodecLimits limits,
      ReplicaCounters counters,
      Consumer<String> onHalt) {
    this.self = self;
    this.loop = loop;
    this.limits = limits;
    this.counters = counters;
    this.onHalt = onHalt;
    transfer = new TransferProgress(self);
    reader =
        Executors.newSingleThreadExecutor(task -> new Thread(task, "lockstep-" + self + "-reader"));
  }

  /** The parts that this one hands work to; before {@link #start}. */
  void connect(
      PeerLinks links,
      ClientGate clientGate,
      ServiceExecutor serviceExecutor,
      SignatureWorker signatureWorker,
      VoteLog voteLog,
      CheckpointHost checkpointHost) {
    peers = links;
    gate = clientGate;
    executor = serviceExecutor;
    signatures = signatureWorker;
    log = voteLog;
    checkpoints = checkpointHost;
  }

  /** Makes the core and starts it. On the loop. */
  void start(Function<Actions, Replica> core, StartState state) {
    replica = core.apply(this);
    guarded(() -> replica.start(state, nowMicros(), wallMicros()));
    inBundle = true;
    endOfBundle();
  }

  Replica core() {
    return replica;
  }

  EventLoop loop() {
    return loop;
  }

  /** Reads for others; whoever ends the replica ends it too, after this loop's {@link #end}. */
  ExecutorService reader() {
    return reader;
  }

  boolean isHalted() {
    return halted;
  }

  long regency() {
    return regency;
  }

  long lastDelivered() {
    return lastDelivered;
  }

  int pendingRequests() {
    return pendingRequests;
  }

  /** The replica is closed: nothing happens here from now on. */
  void end() {
    halted = true;
    peers.close();
  }

  private static long nowMicros() {
    return System.nanoTime() / 1000;
  }

  private static long wallMicros() {
    return System.currentTimeMillis() * 1000;
  }

  // ---- turns --------------------------------------------------------------------------------

  /** Begins a turn, unless one is under way; its end comes after everything that is queued now. */
  private boolean enter() {
    if (halted || replica == null) {
      return false;
    }
    if (!inBundle) {
      inBundle = true;
      loop.execute(this::endOfBundle);
      guarded(() -> replica.onTime(nowMicros(), wallMicros()));
    }
    return !halted;
  }

  private void endOfBundle() {
    if (halted) {
      return;
    }
    guarded(
        () -> {
          replica.flush();
          // In memory mode records are confirmed at once, and that makes more to do.
          for (long ticket = log.flush(); ticket > confirmed; ticket = log.flush()) {
            confirmed = ticket;
            replica.onPersisted(ticket);
            replica.flush();
          }
        });
    inBundle = false;
    if (!toSign.isEmpty()) {
      signatures.submit(toSign);
      toSign = new ArrayList<>();
    }
    if (!toExecute.isEmpty()) {
      executor.submit(toExecute);
      toExecute = new ArrayList<>();
    }
    peers.flush();
    gate.flush();
    if (!halted) {
      regency = replica.regency();
      lastDelivered = replica.lastDelivered();
      pendingRequests = replica.pendingRequests();
      if (transfer.isRunning()) {
        transfer.look(replica.transferStatus(), lastDelivered);
      }
      arm();
    }
  }

  private void arm() {
    long deadline = replica.nextDeadline();
    if (deadline < timerAt) {
      timerAt = deadline;
      long delay = Math.max(TIMER_GRAIN, deadline - nowMicros());
      loop.schedule(() -> wake(deadline), delay, TimeUnit.MICROSECONDS);
    }
  }

  private void wake(long deadline) {
    if (timerAt == deadline) {
      timerAt = Long.MAX_VALUE;
      enter();
    }
  }

  /**
   * The core promises not to throw, whatever it is fed. If it does, its state cannot be trusted: a
   * replica that stopped is one of the f that may fail, a wrong one is worse.
   */
  private void guarded(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      LOG.error("replica {}: internal error", self, e);
      halt("internal error: " + e);
    }
  }

  // ---- events -------------------------------------------------------------------------------

  @Override
  public void onMessage(int peer, byte[] bytes) {
    if (!enter()) {
      return;
    }
    Message message;
    try {
      message = Codec.decode(bytes, limits);
    } catch (DecodeException e) {
      counters.badPeerMessage(peer);
      return;
    }
    if (message instanceof Message.ReplicaMessage fromReplica) {
      guarded(() -> replica.onMessage(peer, fromReplica));
    } else {
      counters.badPeerMessage(peer);
    }
  }

  @Override
  public void onReadComplete() {
    // The turn ends after the queued tasks.
  }

  @Override
  public void onConnected(int peer) {
    LOG.info("replica {}: connected to replica {}", self, peer);
    if (enter()) {
      guarded(() -> replica.onReconnect(peer));
    }
  }

  @Override
  public void onDisconnected(int peer) {
    LOG.info("replica {}: lost the connection to replica {}", self, peer);
  }

  /** Requests of one turn of a client loop. */
  void onRequests(List<Incoming> requests) {
    if (enter()) {
      guarded(
          () -> {
            for (Incoming incoming : requests) {
              replica.onClientRequest(incoming.client(), incoming.request());
            }
          });
    }
  }

  /** Results of one bundle of work of the executor. */
  void onResults(List<ServiceExecutor.Result> results) {
    if (!enter()) {
      return;
    }
    guarded(
        () -> {
          for (ServiceExecutor.Result result : results) {
            if (result instanceof ServiceExecutor.Executed executed) {
              replica.onExecuted(executed.instance(), executed.results());
              for (ServiceExecutor.Push push : executed.pushes()) {
                gate.reply(push.client(), push.message());
              }
            } else if (result instanceof ServiceExecutor.Read read) {
              replica.onRead(read.client(), read.request(), read.replier(), read.result());
            } else if (result instanceof ServiceExecutor.Installed installed) {
              replica.onInstalled(installed.instance(), installed.done());
            }
          }
        });
  }

  void onSigned(List<SignatureWorker.Job> done) {
    if (!enter()) {
      return;
    }
    guarded(
        () -> {
          for (SignatureWorker.Job job : done) {
            if (job.isSigning()) {
              replica.onAcceptSigned(job.signed());
            } else {
              replica.onAcceptVerified(job.sender(), job.accept(), job.isValid());
            }
          }
        });
  }

  /** Something that the core waits for has happened. Any thread. */
  void post(Consumer<Replica> event) {
    loop.execute(
        () -> {
          if (enter()) {
            guarded(() -> event.accept(replica));
          }
        });
  }

  /** The log confirmed records on a thread of its own. */
  void onPersisted(long ticket) {
    if (enter() && ticket > confirmed) {
      confirmed = ticket;
      guarded(() -> replica.onPersisted(ticket));
    }
  }

  // ---- what the core wants ------------------------------------------------------------------

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    peers.send(to, Codec.encode(message));
  }

  @Override
  public void broadcast(Iterable<Integer> to, Message.ReplicaMessage message) {
    byte[] bytes = Codec.encode(message);
    for (int other : to) {
      peers.send(other, bytes);
    }
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    gate.reply(client, message);
  }

  @Override
  public void persist(long ticket, Record record) {
    log.append(ticket, record);
  }

  @Override
  public void readDecisions(int requester, long from, long to, int bytes) {
    reader.execute(
        () -> {
          List<Record.Decided> decisions;
          try {
            decisions = log.read(from, bytes);
          } catch (IOException e) {
            LOG.warn("replica {}: decisions from {} on cannot be read", self, from, e);
            decisions = List.of();
          }
          List<Record.Decided> read = decisions;
          post(core -> core.onDecisionsRead(requester, from, read));
        });
  }

  @Override
  public boolean storesDecisions() {
    return log.storesDecisions();
  }

  @Override
  public void snapshot(long instance) {
    toExecute.add(new ServiceExecutor.Fix(checkpoints.take(instance)));
  }

  @Override
  public void checkpoint(long instance, Bytes head, boolean provisional) {
    checkpoints.complete(instance, head, provisional);
  }

  @Override
  public void publish(long instance) {
    checkpoints.publish(instance);
  }

  @Override
  public void releaseCheckpoint(long instance) {
    checkpoints.release(instance);
  }

  @Override
  public void truncate(long below) {
    log.truncate(below);
    checkpoints.releaseBelow(below);
  }

  @Override
  public void readPiece(int requester, long instance, int piece) {
    checkpoints.read(requester, instance, piece);
  }

  @Override
  public void receive(Checkpoint checkpoint) {
    checkpoints.receive(checkpoint);
  }

  @Override
  public void storePiece(long instance, int piece, Bytes bytes) {
    transfer.onPiece(bytes.length());
    checkpoints.store(instance, piece, bytes);
  }

  @Override
  public void install(Checkpoint checkpoint) {
    toExecute.add(new ServiceExecutor.Install(checkpoint.instance(), checkpoints));
  }

  @Override
  public void signAccept(Message.Accept unsigned, byte[] statement) {
    toSign.add(SignatureWorker.Job.sign(unsigned, statement));
  }

  @Override
  public void verifyAccept(int sender, Message.Accept accept, byte[] statement) {
    toSign.add(SignatureWorker.Job.verify(sender, accept, statement));
  }

  @Override
  public void deliver(Delivery delivery) {
    counters.delivered(delivery.commands().size());
    toExecute.add(new ServiceExecutor.Batch(delivery));
  }

  @Override
  public void read(ClientId client, Request request, int replier) {
    toExecute.add(new ServiceExecutor.Query(client, request, replier, replica.lastDelivered()));
  }

  @Override
  public void count(Event event, int peer) {
    counters.count(event, peer);
    transfer.onEvent(event, peer, replica == null ? 0 : replica.lastDelivered());
    if (event == Event.INSTALLED_REGENCY || event == Event.SUSPECTED_LEADER) {
      LOG.info(
          "replica {} regency {} instance {}: {}",
          self,
          replica == null ? 0 : replica.regency(),
          replica == null ? 0 : replica.lastDelivered(),
          event == Event.INSTALLED_REGENCY ? "installed the regency" : "suspects the leader");
    }
  }

  @Override
  public void trace(String line) {
    LOG.trace("replica {}: {}", self, line);
  }

  @Override
  public boolean traces() {
    return LOG.isTraceEnabled();
  }

  @Override
  public void halt(String reason) {
    if (!halted) {
      halted = true;
      LOG.error("replica {} stops: {}", self, reason);
      onHalt.accept(reason);
    }
  }
}
