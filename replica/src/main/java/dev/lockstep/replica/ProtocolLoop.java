package dev.lockstep.replica;

import dev.lockstep.network.LinkHandler;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Monitor;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.view.View;
import dev.lockstep.replica.RequestIntake.Incoming;
import io.netty.channel.EventLoop;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns the protocol core: it feeds the core with events, and ends its turns.
 * Everything here happens on one event loop, which also owns the channels to the other replicas, so
 * that a message is read, processed and answered without a change of thread.
 *
 * <p>Events are taken one by one; what they cause is held back until the end of the turn, when the
 * leader proposes, records go to the log, and messages, batches, signatures and replies leave in
 * one piece each ({@link LoopPorts}).
 *
 * <p>Before the start and once the replica has stopped events are dropped.
 */
final class ProtocolLoop implements LinkHandler, CheckpointEvents {
  private static final Logger LOG = LoggerFactory.getLogger(ProtocolLoop.class);

  /** A timer fires no sooner than this after it is set. */
  private static final long TIMER_GRAIN_MICROS = 1_000;

  private final int self;
  private final EventLoop loop;
  private final View view;
  private final CodecLimits limits;
  private final ReplicaCounters counters;
  private final FailStop failStop;
  private final FreeSpace space;
  private final TransferProgress transfer;

  /** The core and what it acts through; both null until the start. */
  private Replica replica;

  private LoopPorts ports;

  /** A turn is under way: its end is in the loop's queue. */
  private boolean inTurn;

  /** When the earliest timer fires that is set, in the core's microseconds. */
  private long timerAt = Long.MAX_VALUE;

  /** Highest ticket that the core was told is durable. */
  private long confirmed;

  // For metrics and the status, which are read by other threads.
  private volatile long regency;
  private volatile long lastDelivered;
  private volatile int pendingRequests;
  private final Set<Integer> connected = ConcurrentHashMap.newKeySet();

  ProtocolLoop(
      int self,
      EventLoop loop,
      View view,
      ReplicaCounters counters,
      FailStop failStop,
      FreeSpace space) {
    this.self = self;
    this.loop = loop;
    this.view = view;
    limits = view.codecLimits();
    this.counters = counters;
    this.failStop = failStop;
    this.space = space;
    transfer = new TransferProgress(self);
  }

  /** Starts the core, which acts through these ports. On the loop, once. */
  void start(Replica core, LoopPorts its, StartState state) {
    replica = core;
    ports = its;
    guarded(() -> replica.start(state, nowMicros(), wallMicros()));
    inTurn = true;
    endTurn();
  }

  EventLoop loop() {
    return loop;
  }

  /** The core, for questions on the loop; null if it has not started or has stopped. */
  Replica runningOrNull() {
    return failStop.hasStopped() ? null : replica;
  }

  /** As of the end of the last turn. Any thread. */
  long regency() {
    return regency;
  }

  /** As of the end of the last turn. Any thread. */
  long lastDelivered() {
    return lastDelivered;
  }

  /** As of the end of the last turn. Any thread. */
  int pendingRequests() {
    return pendingRequests;
  }

  /** Replicas to which there is a channel, in ascending order. Any thread. */
  List<Integer> connected() {
    return connected.stream().sorted().toList();
  }

  /** The replica must not go on: see {@link Monitor#halt}. */
  void halt(String reason) {
    failStop.stop(reason);
  }

  private static long nowMicros() {
    return System.nanoTime() / 1000;
  }

  private static long wallMicros() {
    return System.currentTimeMillis() * 1000;
  }

  /** Begins a turn, unless one is under way; its end comes after everything that is queued now. */
  private boolean enter() {
    if (failStop.hasStopped() || replica == null) {
      return false;
    }
    if (!inTurn) {
      guarded(
          () -> {
            inTurn = true;
            loop.execute(this::endTurn);
            replica.onTime(nowMicros(), wallMicros());
          });
    }
    return !failStop.hasStopped();
  }

  private void endTurn() {
    guarded(
        () -> {
          replica.endTurn();
          // In memory mode records are confirmed at once, and that makes more to do.
          for (long ticket = ports.flushLog(); ticket > confirmed; ticket = ports.flushLog()) {
            confirmed = ticket;
            replica.onPersisted(ticket);
            replica.endTurn();
          }
        });
    inTurn = false;
    guarded(ports::flush);
    guarded(this::closeTurn);
  }

  private void closeTurn() {
    regency = replica.regency();
    lastDelivered = replica.lastDelivered();
    pendingRequests = replica.pendingRequests();
    if (transfer.isRunning()) {
      transfer.look(replica.transferStatus(), lastDelivered);
    }
    arm();
  }

  private void arm() {
    long deadline = replica.nextDeadline();
    if (deadline < timerAt) {
      timerAt = deadline;
      long delay = Math.max(TIMER_GRAIN_MICROS, deadline - nowMicros());
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
   * The core promises not to throw, whatever it is fed. If it does, or the machine has no memory or
   * stack for it, its state cannot be trusted: a replica that stopped is one of the f that may
   * fail, a wrong one is worse.
   */
  private void guarded(Runnable event) {
    if (failStop.hasStopped()) {
      return;
    }
    try {
      event.run();
    } catch (Throwable e) {
      failStop.failed(e);
    }
  }

  /** Feeds the core, in this turn or in a new one. */
  private void feed(Consumer<Replica> event) {
    if (enter()) {
      guarded(() -> event.accept(replica));
    }
  }

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
    connected.add(peer);
    LOG.info("replica {}: connected to replica {}", self, peer);
    feed(core -> core.onReconnect(peer));
  }

  @Override
  public void onDisconnected(int peer) {
    connected.remove(peer);
    LOG.info("replica {}: lost the connection to replica {}", self, peer);
  }

  /** Requests of one turn of a client loop. */
  void onRequests(List<Incoming> requests) {
    feed(
        core -> {
          for (Incoming incoming : requests) {
            if (space.isLow() && RequestIntake.isMore(incoming.request().request())) {
              counters.refusedForSpace();
              ports.reply(
                  incoming.client(),
                  RequestIntake.refusal(view, incoming.request().request(), Message.Outcome.BUSY));
            } else {
              core.onClientRequest(incoming.client(), incoming.request());
            }
          }
        });
  }

  /** Results of one bundle of work of the executor. */
  void onResults(List<ServiceExecutor.Result> results) {
    feed(
        core -> {
          for (ServiceExecutor.Result result : results) {
            if (result instanceof ServiceExecutor.Executed executed) {
              core.onExecuted(executed.instance(), executed.results());
              ports.push(executed.pushes());
            } else if (result instanceof ServiceExecutor.Read read) {
              core.onRead(read.client(), read.request(), read.replier(), read.result());
            } else if (result instanceof ServiceExecutor.Installed installed) {
              core.onInstalled(installed.instance(), installed.done());
            }
          }
        });
  }

  /** Signatures that were made and checked. */
  void onSigned(List<SignatureWorker.Job> done) {
    feed(
        core -> {
          for (SignatureWorker.Job job : done) {
            if (job.isSigning()) {
              core.onAcceptSigned(job.signed());
            } else if (job.acceptOrNull() != null) {
              core.onAcceptVerified(job.sender(), job.acceptOrNull(), job.isValid());
            } else {
              core.onRequestVerified(job.sender(), job.requestOrNull(), job.isValid());
            }
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

  /** Old decisions that a peer wants; none if they cannot be read. */
  void onDecisionsRead(int requester, long from, List<Record.Decided> decisions) {
    feed(core -> core.onDecisionsRead(requester, from, decisions));
  }

  @Override
  public void onCheckpointed(Checkpoint checkpoint) {
    feed(core -> core.onCheckpointed(checkpoint));
  }

  @Override
  public void onPublished(long instance) {
    feed(core -> core.onPublished(instance));
  }

  @Override
  public void onPieceRead(int requester, long instance, int piece, Bytes bytes) {
    feed(core -> core.onPieceRead(requester, instance, piece, bytes));
  }

  @Override
  public void onReceiving(long instance, BitSet present) {
    feed(core -> core.onReceiving(instance, present));
  }

  @Override
  public void onPieceStored(long instance, int piece) {
    feed(core -> core.onPieceStored(instance, piece));
  }

  @Override
  public void onReceiveFailed(long instance) {
    feed(core -> core.onReceiveFailed(instance));
  }

  /** A piece of others' state came and is right. */
  void onPieceTaken(int bytes) {
    transfer.onPiece(bytes);
  }

  /** The core noticed something: what an administrator should know of it goes to the log. */
  void onNoticed(Event event, int peer) {
    long instance = replica == null ? 0 : replica.lastDelivered();
    transfer.onEvent(event, peer, instance);
    if (event == Event.INSTALLED_REGENCY || event == Event.SUSPECTED_LEADER) {
      LOG.info(
          "replica {} regency {} instance {}: {}",
          self,
          replica == null ? 0 : replica.regency(),
          instance,
          event == Event.INSTALLED_REGENCY ? "installed the regency" : "suspects the leader");
    }
  }
}
