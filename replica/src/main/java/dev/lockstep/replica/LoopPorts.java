package dev.lockstep.replica;

import dev.lockstep.network.PeerLinks;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the protocol core wants, carried out: noted within a turn, handed to the threads that do it
 * at its end ({@link #flush}). On the protocol loop.
 */
final class LoopPorts implements Actions {
  private static final Logger LOG = LoggerFactory.getLogger(LoopPorts.class);

  private final int self;
  private final ProtocolLoop protocol;
  private final PeerLinks peers;
  private final ClientRoutes clients;
  private final ServiceExecutor executor;
  private final SignatureWorker signatures;
  private final VoteLog log;
  private final CheckpointHost checkpoints;
  private final Executor reader;
  private final ReplicaCounters counters;

  /** What this turn has for the service and for the signatures' thread. */
  private List<ServiceExecutor.Work> toExecute = new ArrayList<>();

  private List<SignatureWorker.Job> toSign = new ArrayList<>();

  /**
   * @param reader reads old decisions for others, one at a time, so that it burdens the disk little
   */
  LoopPorts(
      int self,
      ProtocolLoop protocol,
      PeerLinks peers,
      ClientRoutes clients,
      ServiceExecutor executor,
      SignatureWorker signatures,
      VoteLog log,
      CheckpointHost checkpoints,
      Executor reader,
      ReplicaCounters counters) {
    this.self = self;
    this.protocol = protocol;
    this.peers = peers;
    this.clients = clients;
    this.executor = executor;
    this.signatures = signatures;
    this.log = log;
    this.checkpoints = checkpoints;
    this.reader = reader;
    this.counters = counters;
  }

  /** Hands the records over. Returns the highest ticket that is durable now, 0 if none is. */
  long flushLog() {
    return log.flush();
  }

  /** End of a turn, after its records: everything else leaves. */
  void flush() {
    if (!toSign.isEmpty()) {
      signatures.submit(toSign);
      toSign = new ArrayList<>();
    }
    if (!toExecute.isEmpty()) {
      executor.submit(toExecute);
      toExecute = new ArrayList<>();
    }
    peers.flush();
    clients.flush();
  }

  /** What the service has for clients besides replies. */
  void push(List<ServiceExecutor.Push> pushes) {
    for (ServiceExecutor.Push push : pushes) {
      clients.reply(push.client(), push.message());
    }
  }

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
    clients.reply(client, message);
  }

  @Override
  public void persist(long ticket, Record record) {
    log.append(ticket, record);
  }

  @Override
  public void readDecisions(int requester, long from, long to, int bytes) {
    reader.execute(
        () -> {
          List<Record.Decided> decisions = decisions(from, bytes);
          protocol.loop().execute(() -> protocol.onDecisionsRead(requester, from, decisions));
        });
  }

  private List<Record.Decided> decisions(long from, int bytes) {
    try {
      return log.read(from, bytes);
    } catch (IOException | RuntimeException e) {
      LOG.warn("replica {}: decisions from {} on cannot be read", self, from, e);
      return List.of();
    }
  }

  @Override
  public boolean storesDecisions() {
    return log.storesDecisions();
  }

  @Override
  public void truncate(long below) {
    log.truncate(below);
    checkpoints.releaseBelow(below);
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
  public void readPiece(int requester, long instance, int piece) {
    checkpoints.read(requester, instance, piece);
  }

  @Override
  public void receive(Checkpoint checkpoint) {
    checkpoints.receive(checkpoint);
  }

  @Override
  public void storePiece(long instance, int piece, Bytes bytes) {
    protocol.onPieceTaken(bytes.length());
    checkpoints.store(instance, piece, bytes);
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
  public void verifyRequest(int sender, Request request, byte[] statement) {
    toSign.add(SignatureWorker.Job.verify(sender, request, statement));
  }

  @Override
  public void deliver(Delivery delivery) {
    counters.delivered(delivery.commands().size());
    toExecute.add(new ServiceExecutor.Batch(delivery));
  }

  @Override
  public void read(ClientId client, Request request, int replier) {
    toExecute.add(new ServiceExecutor.Query(client, request, replier));
  }

  @Override
  public void snapshot(long instance) {
    toExecute.add(new ServiceExecutor.Fix(checkpoints.take(instance)));
  }

  @Override
  public void install(Checkpoint checkpoint) {
    toExecute.add(new ServiceExecutor.Install(checkpoint.instance(), checkpoints));
  }

  @Override
  public void count(Event event, int peer) {
    counters.count(event, peer);
    protocol.onNoticed(event, peer);
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
    protocol.halt(reason);
  }
}
