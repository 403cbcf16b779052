package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Timers;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.transfer.TransferStatus;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.BitSet;
import java.util.List;

/**
 * One replica of Mod-SMaRt over VP-Consensus, as a deterministic state machine without I/O: events
 * in, {@link Actions} out, the same ones for the same events.
 *
 * <p>Here are the events, each with what keeps it out, and the conclusions that are drawn at its
 * end. {@link Inbox} says what each message does, {@link Assembly} of what a replica is made.
 *
 * <pre>
 *   event -> one part handles it: facts change -> advance: what can be delivered is delivered,
 *            what can be voted for is voted for -> at the end of a bundle: what can be proposed is
 * </pre>
 *
 * <p>Not thread-safe: all events come from one thread, each after {@link #onTime}. No event throws,
 * whatever a peer or client sends.
 */
public final class Replica {
  /** Rounds of conclusions after one event; the rest waits for the next one. */
  private static final int ROUNDS = 64;

  private final int self;

  /** For tests of single parts, too. */
  final Assembly parts;

  private final Clock clock;
  private final Work work;
  private final Voice voice;
  private final ViewHistory views;
  private final Inbox inbox;

  /**
   * @param signer this replica's key; not used in crash mode
   * @param rules {@link Rules#standard()}, but for tests of the tests
   */
  public Replica(
      ReplicaConfig config, Rules rules, Signer signer, Verifier verifier, Actions actions) {
    self = config.id();
    if (!config.view().contains(self)) {
      throw new IllegalArgumentException("replica " + self + " is no member of the view");
    }
    parts = new Assembly(config, rules, signer, verifier, actions);
    clock = parts.clock;
    work = parts.work;
    voice = parts.voice;
    views = parts.views;
    inbox = parts.inbox;
  }

  // -------- start and time

  /**
   * First event. What storage found is taken up again: decisions are delivered from instance 1 or a
   * checkpoint on, votes and promises count as before.
   */
  public void start(StartState state, long nowMicros, long wallMicros) {
    clock.set(nowMicros, wallMicros);
    long promise = parts.startup.restore(state);
    parts.stops.restore(promise);
    parts.testimony.restore(promise);
    parts.status.start();
    parts.fetcher.start();
    if (state.kind() == StartState.Kind.LOST) {
      parts.recovery.startLearning();
    } else {
      parts.testimony.maybeMake();
    }
    if (state.kind() != StartState.Kind.FRESH && parts.regency.isLeader()) {
      parts.proposer.abdicate();
    }
    work.touchAll();
    advance();
  }

  /**
   * To be called before every other event but the first, with monotonic time and the wall clock,
   * both in microseconds; fires timers.
   */
  public void onTime(long nowMicros, long wallMicros) {
    clock.set(nowMicros, wallMicros);
    if (!voice.isHalted() && parts.timers.fire()) {
      advance();
    }
  }

  /** Monotonic time in microseconds at which {@link #onTime} should be called at the latest. */
  public long nextDeadline() {
    return voice.isHalted() ? Timers.NEVER : parts.timers.next();
  }

  // -------- messages

  /** A message on the authenticated channel of another replica. */
  public void onMessage(int sender, Message.ReplicaMessage message) {
    if (voice.isHalted() || !isPeer(sender)) {
      parts.out.count(Event.NOT_MEMBER, sender);
      return;
    }
    message.handle(sender, inbox);
    advance();
  }

  /**
   * A request on the authenticated channel of its client. In SIGNED views the caller has verified
   * the signature. Its conclusions are drawn at the {@linkplain #flush end of the bundle}: requests
   * are many and need no answer each.
   */
  public void onClientRequest(ClientId client, Message.ClientRequest message) {
    if (!voice.isHalted()) {
      parts.admission.onClientRequest(client, message);
    }
  }

  /** The channel to the replica was made anew; what was queued on the old one may be lost. */
  public void onReconnect(int replica) {
    if (!voice.isHalted() && isPeer(replica)) {
      parts.status.onReconnect(replica);
      advance();
    }
  }

  private boolean isPeer(int replica) {
    return replica != self && views.newest().contains(replica);
  }

  // -------- answers of the host

  /** Storage holds everything up to the ticket as durably as the mode demands. */
  public void onPersisted(long ticket) {
    if (!voice.isHalted()) {
      parts.durable.onPersisted(ticket);
      advance();
    }
  }

  /** See {@link Actions#signAccept}. */
  public void onAcceptSigned(Message.Accept signed) {
    if (!voice.isHalted()) {
      parts.voter.onSigned(signed);
      advance();
    }
  }

  /** See {@link Actions#verifyAccept}. */
  public void onAcceptVerified(int sender, Message.Accept accept, boolean valid) {
    if (!voice.isHalted()) {
      parts.voter.onVerified(sender, accept, valid);
      advance();
    }
  }

  /** See {@link Actions#verifyRequest}. */
  public void onRequestVerified(int sender, Request request, boolean valid) {
    if (!voice.isHalted()) {
      parts.admission.onVerified(sender, request, valid);
      advance();
    }
  }

  /** The service executed a delivery; results in the order of its commands. */
  public void onExecuted(long instance, List<ServiceResult> results) {
    if (voice.isHalted()) {
      return;
    }
    boolean wasFull = parts.executing.isFull();
    Runnable answer = parts.executing.onExecuted(instance, results);
    parts.checkpoints.onExecuted(instance);
    if (wasFull) {
      touchNext();
      advance();
    }
    answer.run();
  }

  /** The service executed a read on its state as it was. */
  public void onRead(ClientId client, Request request, int replier, ServiceResult result) {
    if (!voice.isHalted()) {
      parts.admission.onReadDone(request, replier, result);
    }
  }

  /** Storage has read decisions for a peer; see {@link Actions#readDecisions}. */
  public void onDecisionsRead(int requester, long from, List<Record.Decided> decisions) {
    if (!voice.isHalted()) {
      parts.server.onRead(requester, from, decisions);
      advance();
    }
  }

  /** A checkpoint is on the disk itself; see {@link Actions#checkpoint}. */
  public void onCheckpointed(Checkpoint checkpoint) {
    if (voice.isHalted()) {
      return;
    }
    Digest hash = parts.checkpoints.onTaken(checkpoint);
    if (hash != null && voice.isTentative()) {
      parts.transfer.onHash(checkpoint, hash);
    }
    touchNext();
    advance();
  }

  /** See {@link Actions#readPiece}. */
  public void onPieceRead(int requester, long instance, int piece, Bytes bytes) {
    if (!voice.isHalted()) {
      parts.checkpointServer.onRead(requester, instance, piece, bytes);
    }
  }

  /**
   * See {@link Actions#receive}.
   *
   * @param present pieces of the content that are there
   */
  public void onReceiving(long instance, BitSet present) {
    if (!voice.isHalted()) {
      parts.transfer.onReceiving(instance, present);
      advance();
    }
  }

  /**
   * The disk could not take the checkpoint of others, or a piece of it; what came of it is gone.
   */
  public void onReceiveFailed(long instance) {
    if (!voice.isHalted()) {
      parts.transfer.onReceiveFailed(instance);
      advance();
    }
  }

  /** See {@link Actions#storePiece}. */
  public void onPieceStored(long instance, int piece) {
    if (!voice.isHalted()) {
      parts.transfer.onPieceStored(instance, piece);
      advance();
    }
  }

  /**
   * See {@link Actions#install}.
   *
   * @param done false if the service could not; its state is then undefined, and another one will
   *     be installed
   */
  public void onInstalled(long instance, boolean done) {
    if (!voice.isHalted()) {
      parts.transfer.onInstalled(instance, done);
      advance();
    }
  }

  /** See {@link Actions#publish}. */
  public void onPublished(long instance) {
    if (!voice.isHalted()) {
      parts.transfer.onPublished(instance);
      advance();
    }
  }

  // -------- conclusions

  /**
   * End of a bundle of events: draws the conclusions of requests that came from clients, and
   * proposes what there is to propose.
   */
  public void endTurn() {
    if (!voice.isHalted()) {
      advance();
      while (parts.proposer.maybePropose()) {
        advance();
      }
    }
  }

  /** Brings everything forward that the last event made possible. */
  private void advance() {
    for (int round = 0; round < ROUNDS && !voice.isHalted() && !work.isEmpty(); round++) {
      parts.deliverer.advance();
      parts.voter.advance();
    }
  }

  /** What kept the next decision from its delivery may be over. */
  private void touchNext() {
    work.touch(parts.log.last() + 1);
  }

  // -------- inspection

  /** Whether its state came from others and is not proved yet; it says nothing meanwhile. */
  public boolean isTentative() {
    return voice.isTentative();
  }

  /** How far a state transfer is. */
  public TransferStatus transferStatus() {
    return parts.transfer.status();
  }

  public long lastDelivered() {
    return parts.log.last();
  }

  public long regency() {
    return parts.regency.installed();
  }

  public boolean isSynced() {
    return parts.regency.isSynced();
  }

  /**
   * The highest instance that at least one correct other replica had delivered of late, as far as
   * can be told: f others may lie.
   */
  public long highestHeard() {
    return parts.peers.highestHeard();
  }

  /** Whether it lost its votes and must not vote yet (RULES 27). */
  public boolean isLearner() {
    return !voice.mayTestify();
  }

  /** Number of requests that wait for their delivery. */
  public int pendingRequests() {
    return parts.pool.pendingCount();
  }

  /** Number of instances above the last delivered one of which something is held. */
  public int openInstances() {
    return parts.window.size();
  }

  /** Number of requests held on the word of a peer alone. */
  public int sponsoredRequests(int peer) {
    return parts.pool.sponsoredBy(peer);
  }

  /** Digest of the delivered session state, equal at equal {@link #lastDelivered}. */
  public Digest sessionHash() {
    return parts.sessions.hash();
  }

  /** Human-readable summary of what this replica waits for, for stall reports. */
  public String describe() {
    StringBuilder out = new StringBuilder();
    out.append("replica ").append(self).append(": last ").append(parts.log.last());
    out.append(", ").append(parts.stops.describe()).append(parts.syncLeader.describe());
    out.append(", ").append(parts.recovery.describe()).append(parts.transfer.describe());
    out.append(", pending ")
        .append(parts.pool.pendingCount())
        .append(' ')
        .append(parts.pool.describe());
    for (Slot slot : parts.window.slots()) {
      out.append("\n    instance ").append(slot.instance).append(": proposal ");
      out.append(slot.proposal == null ? "none" : slot.proposal.batch());
      out.append(", voted in ").append(slot.consensus.votedIn());
      out.append(", decided ").append(slot.consensus.decision() != null);
      out.append(", values ").append(slot.values.keySet());
      for (Batch value : slot.values.values()) {
        out.append(", lacking ").append(parts.pool.lacking(value, true).size());
      }
    }
    return out.toString();
  }
}
