package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.VoteSet;
import java.util.Arrays;

/** What the other replicas last said of themselves in STATUS. All of it may be a lie. */
public final class Peers {
  /** STATUS older than this many periods says nothing about the present. */
  public static final int FRESH_PERIODS = 5;

  private static final class Peer {
    /** The last instance that it has delivered. */
    long lastDelivered;

    /** The instance that it must see to become a full member, or 0. */
    long learnUntil;

    /** What it heard of such a wish from a learner that may not reach this replica, or 0. */
    long othersLearnUntil;

    /** When it said so, in microseconds. */
    long heardAt = Long.MIN_VALUE / 2;
  }

  private final int self;
  private final Genesis genesis;
  private final ViewHistory views;
  private final DecisionLog log;
  private final Clock clock;
  private final long freshMicros;
  private final PeerTable<Peer> peers;

  /** Last delivery, or when a learner was first heard of after none was; in microseconds. */
  private long waitingSince;

  /**
   * @param statusPeriodMicros how often STATUS is sent
   */
  public Peers(
      int self,
      Genesis genesis,
      ViewHistory views,
      DecisionLog log,
      Clock clock,
      long statusPeriodMicros) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.log = log;
    this.clock = clock;
    freshMicros = FRESH_PERIODS * statusPeriodMicros;
    peers = new PeerTable<>(views.peers(), id -> new Peer());
  }

  /** A peer speaks of itself. */
  public void onStatus(int from, Message.Status status) {
    boolean nobodyWaited = highestWish() == 0;
    Peer peer = peers.of(from);
    peer.lastDelivered = status.lastDelivered();
    peer.learnUntil = status.learnUntil();
    peer.othersLearnUntil = status.othersLearnUntil();
    peer.heardAt = clock.now();
    if (nobodyWaited) {
      waitingSince = clock.now();
    }
  }

  /** Something was delivered: nobody waits in vain. */
  public void learnersWaitAnew() {
    waitingSince = clock.now();
  }

  // -------- how far they are

  /** Whether the peer spoke of late. */
  public boolean isFresh(int replica) {
    return isFresh(peers.of(replica));
  }

  private boolean isFresh(Peer peer) {
    return clock.now() - peer.heardAt <= freshMicros;
  }

  /** The last instance that the peer has delivered, by its word, however old. */
  public long lastDelivered(int replica) {
    return peers.of(replica).lastDelivered;
  }

  /**
   * The highest instance that at least one correct other replica had delivered of late, as far as
   * can be told: f others may lie.
   */
  public long highestHeard() {
    long[] said = new long[peers.size()];
    for (int i = 0; i < said.length; i++) {
      Peer peer = peers.at(i);
      said[i] = isFresh(peer) ? peer.lastDelivered : 0;
    }
    Arrays.sort(said);
    int liars = genesis.byzantine() ? views.newest().faults() : 0;
    return said[said.length - 1 - liars];
  }

  /** Whether enough others are so far ahead that this replica's own complaints mean nothing. */
  public boolean isLagging() {
    VoteSet ahead = views.installing().none();
    for (int i = 0; i < peers.size(); i++) {
      Peer peer = peers.at(i);
      if (isFresh(peer) && peer.lastDelivered > log.last() + genesis.window()) {
        ahead.add(peers.idAt(i));
      }
    }
    return !ahead.isEmpty() && ahead.hasOneCorrect();
  }

  // -------- who learns

  /** The highest wish that learners said themselves, or 0: else it would echo for ever. */
  public long highestWish() {
    long highest = 0;
    for (int i = 0; i < peers.size(); i++) {
      Peer peer = peers.at(i);
      if (isWish(peer, peer.learnUntil)) {
        highest = Math.max(highest, peer.learnUntil);
      }
    }
    return highest;
  }

  /**
   * Whether a replica that lost its votes waits for more instances, by its own word or, for the
   * leader, by that of somebody who heard it (RULES 27).
   */
  public boolean somebodyLearns() {
    for (int i = 0; i < peers.size(); i++) {
      Peer peer = peers.at(i);
      if (isWish(peer, peer.learnUntil) || isWish(peer, peer.othersLearnUntil)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a learner told this replica itself, for longer than this without any delivery. */
  public boolean hasWaitingLearner(long micros) {
    return highestWish() > 0 && clock.now() - waitingSince > micros;
  }

  /** Whether another replica says that it lost its votes. */
  public boolean isLearning(int replica) {
    Peer peer = peers.of(replica);
    return replica != self && isWish(peer, peer.learnUntil);
  }

  /** More than 4W ahead of this replica is no honest wish, or none that it can help with yet. */
  private boolean isWish(Peer peer, long until) {
    return isFresh(peer) && until > log.last() && until <= log.last() + 4L * genesis.window();
  }
}
