package dev.lockstep.protocol.replica.catchup;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Resends;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.List;

/**
 * Says periodically how far this replica is, and has what a peer lacks by its own STATUS said to it
 * again (RULES 24). What one peer can make this replica send per STATUS period is bounded.
 */
public final class StatusExchange implements DeliveryListener, RegencyListener {
  private static final class Helped {
    /** When the peer was helped last, in microseconds. */
    long at = Long.MIN_VALUE / 2;
  }

  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Regency regency;
  private final Voice voice;
  private final Peers peers;
  private final List<Resends> regencyResends;
  private final Resends votes;
  private final DecisionServer server;
  private final long periodMicros;
  private final PeerTable<Helped> helped;
  private long nextStatus;

  /** The last delivered instance when STATUS was sent last. */
  private long lastDeliveredAtStatus;

  /**
   * @param regencyResends who repeats what belongs to the change of regency, in this order
   * @param votes repeats votes and proposals
   * @param periodMicros how often STATUS is sent
   */
  public StatusExchange(
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Regency regency,
      Voice voice,
      Peers peers,
      List<Resends> regencyResends,
      Resends votes,
      DecisionServer server,
      long periodMicros) {
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.regency = regency;
    this.voice = voice;
    this.peers = peers;
    this.regencyResends = List.copyOf(regencyResends);
    this.votes = votes;
    this.server = server;
    this.periodMicros = periodMicros;
    helped = new PeerTable<>(views.peers(), id -> new Helped());
  }

  public void start() {
    nextStatus = clock.now();
  }

  public long nextDeadline() {
    return nextStatus;
  }

  public void onTime() {
    if (clock.now() >= nextStatus) {
      nextStatus = clock.now() + periodMicros;
      server.onPeriod();
      lastDeliveredAtStatus = log.last();
      out.broadcast(status());
    }
  }

  private Message.Status status() {
    return new Message.Status(
        views.newest().id(),
        regency.installed(),
        regency.asked(),
        regency.isSynced(),
        log.last(),
        voice.learnUntil(),
        peers.highestWish());
  }

  /** A peer speaks of itself; what it lacks is said again, at most twice per period. */
  public void onStatus(int from, Message.Status status) {
    Helped peer = helped.of(from);
    if (clock.now() - peer.at < periodMicros / 2) {
      return; // no refusal: its word was heard, only the help waits
    }
    peer.at = clock.now();
    Resends.Lack lack =
        new Resends.Lack(
            from,
            status.regency(),
            status.synced(),
            status.lastDelivered(),
            clock.now() - periodMicros);
    regencyResends.forEach(each -> each.resend(lack));
    // A peer that lacks what was delivered a period ago did not just happen to look too early.
    if (status.lastDelivered() < lastDeliveredAtStatus) {
      server.push(from, status.lastDelivered());
    }
    votes.resend(lack);
  }

  /** A message shows that the sender had not delivered more than this when it sent it. */
  public void noteLastDelivered(int from, long lastDelivered) {
    if (lastDelivered >= 0 && lastDelivered < lastDeliveredAtStatus) {
      server.push(from, lastDelivered);
    }
  }

  /** The channel to the peer was made anew; what was sent on the old one may be lost. */
  public void onReconnect(int peer) {
    out.send(peer, status());
    Resends.Lack lack =
        new Resends.Lack(peer, regency.installed(), false, peers.lastDelivered(peer), clock.now());
    votes.resend(lack);
    regencyResends.forEach(each -> each.resend(lack));
  }

  /** After a SYNC: whoever is behind its prefix hears at once what it lacks. */
  @Override
  public void onSynced(List<Batch> values) {
    for (int peer : out.others()) {
      if (peers.isFresh(peer) && peers.lastDelivered(peer) < log.last()) {
        server.push(peer, peers.lastDelivered(peer));
      }
    }
  }

  @Override
  public void onDelivered() {
    peers.learnersWaitAnew();
  }
}
