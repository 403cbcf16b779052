package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.ServingBudget;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings laggards forward and repairs what a channel lost (RULES 24; PROTOCOL 1.15, 2.4): periodic
 * STATUS, resending of votes and SYNC, DECISIONs for those who are behind, answers to fetches. What
 * one peer can make this replica send per STATUS period is bounded.
 */
final class CatchUp implements DeliveryListener, RegencyListener {
  private final int self;
  private final Genesis genesis;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Voice voice;
  private final Peers peers;
  private final ServingBudget budget;
  private final RequestPool pool;
  private final Rules rules;
  private final Synchronizer synchronizer;
  private final DecisionServer server;
  private final DecisionFetcher fetcher;
  private final long period;

  /** When each peer was helped last, in microseconds. */
  private final PeerTable<Helped> helped;

  private static final class Helped {
    long at = Long.MIN_VALUE / 2;
  }

  private long nextStatus;
  private long lastDeliveredAtStatus;

  CatchUp(
      int self,
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Window window,
      Regency regency,
      Voice voice,
      Peers peers,
      ServingBudget budget,
      RequestPool pool,
      Rules rules,
      Synchronizer synchronizer,
      DecisionServer server,
      DecisionFetcher fetcher,
      long period) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.voice = voice;
    this.peers = peers;
    this.budget = budget;
    this.pool = pool;
    this.rules = rules;
    this.synchronizer = synchronizer;
    this.server = server;
    this.fetcher = fetcher;
    this.period = period;
    helped = new PeerTable<>(views.peers(), id -> new Helped());
  }

  void start() {
    nextStatus = clock.now();
    fetcher.start();
  }

  long nextDeadline() {
    return Math.min(nextStatus, fetcher.nextDeadline());
  }

  void onTime() {
    if (clock.now() >= nextStatus) {
      nextStatus = clock.now() + period;
      budget.onPeriod();
      server.onPeriod();
      lastDeliveredAtStatus = log.last();
      out.broadcast(status());
    }
    fetcher.onTime();
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
  void onStatus(int from, Message.Status status) {
    Helped peer = helped.of(from);
    if (clock.now() - peer.at < period / 2) {
      return;
    }
    peer.at = clock.now();
    synchronizer.resendTo(from, status.regency(), status.synced());
    // A peer that lacks what was delivered a period ago did not just happen to look too early.
    if (status.lastDelivered() < lastDeliveredAtStatus) {
      server.push(from, status.lastDelivered());
    }
    resendVotes(from, status.lastDelivered(), clock.now() - period);
  }

  /** A message shows that the sender had not delivered more than this when it sent it. */
  void noteLastDelivered(int from, long lastDelivered) {
    if (lastDelivered >= 0 && lastDelivered < lastDeliveredAtStatus) {
      server.push(from, lastDelivered);
    }
  }

  void onReconnect(int peer) {
    out.send(peer, status());
    resendVotes(peer, peers.lastDelivered(peer), clock.now());
    synchronizer.resendTo(peer, regency.installed(), false);
  }

  // ---- votes
  // ------------------------------------------------------------------------------------------

  /** Sends this replica's proposal and votes again for instances that are open for too long. */
  private void resendVotes(int other, long otherLast, long openBefore) {
    for (Slot slot : window.slots()) {
      if (slot.instance <= otherLast || slot.instance > otherLast + 2L * genesis.window()) {
        continue;
      }
      if (slot.consensus.decision() != null) {
        Batch value = slot.decidedValueOrNull();
        if (value != null && pool.hasAllBodies(value) && rules.regency().handsOutDecisions()) {
          out.send(
              other, new Message.Decision(value, slot.consensus.decision(), pool.bodies(value)));
        }
        continue;
      }
      if (slot.openSince < 0 || slot.openSince > openBefore) {
        continue;
      }
      if (regency.isLeader() && slot.proposal != null) {
        out.send(other, slot.proposal);
      }
      out.count(Event.RESENT, other);
      slot.consensus.resend(regency.installed(), new Resending(other, slot.instance));
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
    public void write(long inRegency, Digest digest) {
      out.send(other, new Message.Write(instance, inRegency, digest));
    }

    @Override
    public void accept(long inRegency, Digest digest, Bytes signature) {
      out.send(other, new Message.Accept(instance, inRegency, digest, signature));
    }
  }

  // ---- decisions
  // --------------------------------------------------------------------------------------

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
    peers.onDelivered();
    fetcher.onDelivered();
  }

  // ---- values and bodies

  void onFetchValue(int from, Message.FetchValue fetch) {
    Batch value = null;
    if (fetch.instance() >= 1 && fetch.instance() <= log.last()) {
      server.push(from, fetch.instance() - 1);
      return;
    }
    Slot slot = window.slotOrNull(fetch.instance());
    if (slot != null) {
      value = slot.values.get(fetch.digest());
    }
    if (value != null && budget.mayHaveBodies(from, 1)) {
      out.send(from, new Message.Value(value));
    }
  }

  void onFetchRequests(int from, Message.FetchRequests fetch) {
    if (fetch.digests().size() > views.newest().limits().batchRequests()
        || !budget.mayHaveBodies(from, fetch.digests().size())) {
      out.count(Event.OVER_BUDGET, from);
      return;
    }
    List<Request> vouched = new ArrayList<>();
    List<Request> held = new ArrayList<>();
    for (Digest digest : fetch.digests()) {
      Request body = pool.bodyOrNull(digest);
      if (body != null && pool.isKnownAuthentic(digest)) {
        vouched.add(body);
        continue;
      }
      if (body != null) {
        held.add(body);
      }
      if (fetch.vouch()) {
        pool.rememberAsker(digest, from);
      }
    }
    if (!vouched.isEmpty()) {
      out.send(from, new Message.Forwarded(vouched));
    }
    if (!held.isEmpty()) {
      out.send(from, new Message.Bodies(held));
    }
  }
}
