package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Actions.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Brings laggards forward and repairs what a channel lost (RULES 24; PROTOCOL 1.15, 2.4): periodic
 * STATUS, resending of votes and SYNC, DECISIONs for those who are behind, answers to fetches. What
 * one peer can make this replica send per STATUS period is bounded.
 */
final class CatchUp {
  /** Bodies sent to one peer per STATUS period. */
  private static final int BODIES = 4096;

  /** Retransmitted requests passed on to the others per STATUS period. */
  private static final int RELAYS = 64;

  /** STATUS older than this many periods says nothing about the present. */
  private static final int FRESH_PERIODS = 5;

  private static final class Peer {
    long lastDelivered;
    long learnUntil;

    /** What the peer heard from a learner that may not reach this replica. */
    long othersLearnUntil;

    long heardAt = Long.MIN_VALUE / 2;
    long helpedAt = Long.MIN_VALUE / 2;
    int bodiesLeft = BODIES;
  }

  private final Replica replica;
  private final Peer[] peers;
  private final long period;
  private long nextStatus;
  private long lastDeliveredAtStatus;
  private final DecisionServer server;
  private final DecisionFetcher fetcher;

  /** Last delivery, or when a learner was first heard of after none was. */
  private long waitingSince;

  private int relaysLeft = RELAYS;

  CatchUp(Replica replica) {
    this.replica = replica;
    peers = new Peer[replica.view().size()];
    for (int i = 0; i < peers.length; i++) {
      peers[i] = new Peer();
    }
    period = replica.config().timing().statusPeriod();
    server = new DecisionServer(replica);
    fetcher = new DecisionFetcher(replica, FRESH_PERIODS * period);
  }

  DecisionServer server() {
    return server;
  }

  DecisionFetcher fetcher() {
    return fetcher;
  }

  void start() {
    nextStatus = replica.now();
    fetcher.start();
  }

  long nextDeadline() {
    return Math.min(nextStatus, fetcher.nextDeadline());
  }

  void onTime() {
    if (replica.now() >= nextStatus) {
      nextStatus = replica.now() + period;
      for (Peer peer : peers) {
        peer.bodiesLeft = BODIES;
      }
      server.onPeriod();
      relaysLeft = RELAYS;
      lastDeliveredAtStatus = replica.lastDelivered();
      replica.broadcast(status());
    }
    fetcher.onTime();
  }

  private Message.Status status() {
    return new Message.Status(
        replica.view().id(),
        replica.synchronizer().installed(),
        replica.synchronizer().next(),
        replica.synchronizer().isSynced(),
        replica.lastDelivered(),
        replica.recovery().learnUntil(),
        highestWish());
  }

  /** Only what learners said themselves is passed on, else a wish would echo for ever. */
  private long highestWish() {
    long highest = 0;
    for (Peer peer : peers) {
      if (isLearning(peer)) {
        highest = Math.max(highest, peer.learnUntil);
      }
    }
    return highest;
  }

  // ---- what peers say of themselves
  // -----------------------------------------------------------------

  void onStatus(int sender, int member, Message.Status status) {
    Peer peer = peers[member];
    boolean nobodyWaited = highestWish() == 0;
    peer.lastDelivered = status.lastDelivered();
    peer.learnUntil = status.learnUntil();
    peer.othersLearnUntil = status.othersLearnUntil();
    peer.heardAt = replica.now();
    fetcher.onClaim(member, status.lastDelivered());
    if (nobodyWaited) {
      waitingSince = replica.now();
    }
    replica.synchronizer().onStop(member, status.nextRegency());
    if (replica.now() - peer.helpedAt < period / 2) {
      return;
    }
    peer.helpedAt = replica.now();
    replica.synchronizer().resendTo(sender, status.regency(), status.synced());
    // A peer that lacks what was delivered a period ago did not just happen to look too early.
    if (status.lastDelivered() < lastDeliveredAtStatus) {
      server.push(sender, member, status.lastDelivered());
    }
    resendVotes(sender, status.lastDelivered(), replica.now() - period);
  }

  /** A message shows that the sender had not delivered more than this when it sent it. */
  void noteLastDelivered(int member, long lastDelivered) {
    if (lastDelivered >= 0 && lastDelivered < lastDeliveredAtStatus) {
      server.push(replica.view().members().get(member).replica(), member, lastDelivered);
    }
  }

  void onReconnect(int other) {
    replica.send(other, status());
    Peer peer = peers[replica.view().indexOf(other)];
    resendVotes(other, peer.lastDelivered, replica.now());
    replica.synchronizer().resendTo(other, replica.synchronizer().installed(), false);
  }

  private boolean isFresh(Peer peer) {
    return replica.now() - peer.heardAt <= FRESH_PERIODS * period;
  }

  long highestHeard() {
    long[] said = new long[peers.length];
    for (int i = 0; i < peers.length; i++) {
      said[i] = isFresh(peers[i]) ? peers[i].lastDelivered : 0;
    }
    Arrays.sort(said);
    int liars = replica.view().byzantine() ? replica.view().faults() : 0;
    return said[said.length - 1 - liars];
  }

  /** Whether enough others are so far ahead that this replica's own complaints mean nothing. */
  boolean isLagging() {
    long ahead = 0;
    for (int member = 0; member < peers.length; member++) {
      if (isFresh(peers[member])
          && peers[member].lastDelivered > replica.lastDelivered() + replica.view().window()) {
        ahead |= 1L << member;
      }
    }
    return ahead != 0 && replica.quorums().hasOneCorrect(ahead);
  }

  /**
   * Whether a replica that lost its votes waits for more instances, by its own word or, for the
   * leader, by that of somebody who heard it (RULES 27).
   */
  boolean somebodyLearns() {
    for (Peer peer : peers) {
      if (isLearning(peer) || isWish(peer, peer.othersLearnUntil)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a learner told this replica itself, for longer than this without any delivery. */
  boolean hasWaitingLearner(long micros) {
    return highestWish() > 0 && replica.now() - waitingSince > micros;
  }

  /** Something was delivered: nobody waits in vain. */
  void onDelivered() {
    waitingSince = replica.now();
    fetcher.onDelivered();
  }

  boolean isLearning(int other) {
    int member = replica.view().indexOf(other);
    return member != replica.selfIndex() && isLearning(peers[member]);
  }

  private boolean isLearning(Peer peer) {
    return isWish(peer, peer.learnUntil);
  }

  /** More than 4W ahead of this replica is no honest wish, or none that it can help with yet. */
  private boolean isWish(Peer peer, long until) {
    return isFresh(peer)
        && until > replica.lastDelivered()
        && until <= replica.lastDelivered() + 4L * replica.view().window();
  }

  // ---- votes
  // ------------------------------------------------------------------------------------------

  /** Sends this replica's proposal and votes again for instances that are open for too long. */
  private void resendVotes(int other, long otherLast, long openBefore) {
    long regency = replica.synchronizer().installed();
    boolean leader = replica.view().leader(regency) == replica.id();
    for (Slot slot : replica.slots()) {
      if (slot.instance <= otherLast || slot.instance > otherLast + 2L * replica.view().window()) {
        continue;
      }
      if (slot.consensus.decision() != null) {
        Batch value = slot.decidedValue();
        if (value != null
            && replica.pool().hasAllBodies(value)
            && replica.rules().regency().handsOutDecisions()) {
          replica.send(
              other,
              new Message.Decision(value, slot.consensus.decision(), replica.pool().bodies(value)));
        }
        continue;
      }
      if (slot.openSince < 0 || slot.openSince > openBefore) {
        continue;
      }
      if (leader && slot.proposal != null) {
        replica.send(other, slot.proposal);
      }
      replica.count(Event.RESENT, other);
      slot.consensus.resend(regency, new Resending(other, slot.instance));
    }
  }

  private final class Resending implements Consensus.Resend {
    private final int other;
    private final long instance;

    Resending(int other, long instance) {
      this.other = other;
      this.instance = instance;
    }

    @Override
    public void write(long regency, Digest digest) {
      replica.send(other, new Message.Write(instance, regency, digest));
    }

    @Override
    public void accept(long regency, Digest digest, Bytes signature) {
      replica.send(other, new Message.Accept(instance, regency, digest, signature));
    }
  }

  // ---- decisions
  // --------------------------------------------------------------------------------------

  /** After a SYNC: whoever is behind its prefix hears at once what it lacks. */
  void onSynced() {
    for (int member = 0; member < peers.length; member++) {
      if (member != replica.selfIndex()
          && isFresh(peers[member])
          && peers[member].lastDelivered < replica.lastDelivered()) {
        server.push(
            replica.view().members().get(member).replica(), member, peers[member].lastDelivered);
      }
    }
  }

  // ---- values and bodies
  // --------------------------------------------------------------------------------

  /** Whether the peer may be sent this many bodies more in this period. */
  boolean mayServe(int member, int bodies) {
    peers[member].bodiesLeft -= bodies;
    if (peers[member].bodiesLeft < 0) {
      replica.count(Event.OVER_BUDGET, replica.view().members().get(member).replica());
      return false;
    }
    return true;
  }

  /** Whether one more retransmitted request may be passed on in this period. */
  boolean mayRelay() {
    return relaysLeft-- > 0;
  }

  void onFetchValue(int sender, int member, Message.FetchValue fetch) {
    Batch value = null;
    if (fetch.instance() >= 1 && fetch.instance() <= replica.lastDelivered()) {
      server.push(sender, member, fetch.instance() - 1);
      return;
    }
    Slot slot = replica.slotOrNull(fetch.instance());
    if (slot != null) {
      value = slot.values.get(fetch.digest());
    }
    if (value != null && mayServe(member, 1)) {
      replica.send(sender, new Message.Value(value));
    }
  }

  void onFetchRequests(int sender, int member, Message.FetchRequests fetch) {
    if (fetch.digests().size() > replica.view().limits().batchRequests()
        || !mayServe(member, fetch.digests().size())) {
      replica.count(Event.OVER_BUDGET, sender);
      return;
    }
    List<Request> vouched = new ArrayList<>();
    List<Request> held = new ArrayList<>();
    for (Digest digest : fetch.digests()) {
      Request body = replica.pool().bodyOrNull(digest);
      if (body != null && replica.pool().isKnownAuthentic(digest)) {
        vouched.add(body);
        continue;
      }
      if (body != null) {
        held.add(body);
      }
      if (fetch.vouch()) {
        replica.pool().rememberAsker(digest, sender);
      }
    }
    if (!vouched.isEmpty()) {
      replica.send(sender, new Message.Forwarded(vouched));
    }
    if (!held.isEmpty()) {
      replica.send(sender, new Message.Bodies(held));
    }
  }
}
