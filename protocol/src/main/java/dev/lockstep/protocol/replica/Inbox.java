package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.admission.Admission;
import dev.lockstep.protocol.replica.catchup.DecisionFetcher;
import dev.lockstep.protocol.replica.catchup.DecisionServer;
import dev.lockstep.protocol.replica.catchup.StatusExchange;
import dev.lockstep.protocol.replica.catchup.ValueServer;
import dev.lockstep.protocol.replica.checkpoint.CheckpointServer;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.ordering.Decisions;
import dev.lockstep.protocol.replica.ordering.Voter;
import dev.lockstep.protocol.replica.recovery.Recovery;
import dev.lockstep.protocol.replica.regency.Stops;
import dev.lockstep.protocol.replica.regency.SyncFollower;
import dev.lockstep.protocol.replica.regency.SyncLeader;
import dev.lockstep.protocol.replica.transfer.Transfer;
import dev.lockstep.protocol.view.Genesis;

/**
 * What every kind of message between replicas does, a few lines each: read this page first. A kind
 * that is forgotten does not compile.
 *
 * <p>Before it, {@link Replica#onMessage} has seen to it that the sender is another member and that
 * this replica has not halted.
 */
final class Inbox implements Message.Handler {
  private final Genesis genesis;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final Regency regency;
  private final Peers peers;
  private final Admission admission;
  private final Voter voter;
  private final Decisions decisions;
  private final Stops stops;
  private final SyncLeader syncLeader;
  private final SyncFollower syncFollower;
  private final StatusExchange statusExchange;
  private final ValueServer valueServer;
  private final DecisionServer server;
  private final DecisionFetcher fetcher;
  private final CheckpointServer checkpoints;
  private final Transfer transfer;
  private final Recovery recovery;

  Inbox(
      Genesis genesis,
      Outbox out,
      DecisionLog log,
      Window window,
      Regency regency,
      Peers peers,
      Admission admission,
      Voter voter,
      Decisions decisions,
      Stops stops,
      SyncLeader syncLeader,
      SyncFollower syncFollower,
      StatusExchange statusExchange,
      ValueServer valueServer,
      DecisionServer server,
      DecisionFetcher fetcher,
      CheckpointServer checkpoints,
      Transfer transfer,
      Recovery recovery) {
    this.genesis = genesis;
    this.out = out;
    this.log = log;
    this.window = window;
    this.regency = regency;
    this.peers = peers;
    this.admission = admission;
    this.voter = voter;
    this.decisions = decisions;
    this.stops = stops;
    this.syncLeader = syncLeader;
    this.syncFollower = syncFollower;
    this.statusExchange = statusExchange;
    this.valueServer = valueServer;
    this.server = server;
    this.fetcher = fetcher;
    this.checkpoints = checkpoints;
    this.transfer = transfer;
    this.recovery = recovery;
  }

  // -------- the normal phase

  @Override
  public void onPropose(int from, Message.Propose propose) {
    if (propose.regency() < 0 || from != regency.leaderOf(propose.regency())) {
      out.count(Event.NOT_LEADER, from);
    } else if (propose.regency() < regency.installed()) {
      out.count(Event.STALE_REGENCY, from);
    } else if (propose.instance() <= log.last()) {
      statusExchange.noteLastDelivered(from, propose.instance() - 1);
    } else if (!window.isKept(propose.instance())) {
      out.count(Event.OUT_OF_WINDOW, from);
    } else {
      voter.onPropose(from, propose);
    }
  }

  @Override
  public void onWrite(int from, Message.Write write) {
    if (isVoteKept(from, write.instance(), write.regency())) {
      voter.onWrite(from, write);
    }
  }

  @Override
  public void onAccept(int from, Message.Accept accept) {
    if (isVoteKept(from, accept.instance(), accept.regency())) {
      voter.onAccept(from, accept);
    }
  }

  /** A vote for what is delivered here shows a laggard; one far above shows that this one is. */
  private boolean isVoteKept(int from, long instance, long inRegency) {
    if (instance <= log.last()) {
      statusExchange.noteLastDelivered(from, instance - 1);
      return false;
    }
    if (!window.isKept(instance) || inRegency < 0) {
      out.count(Event.OUT_OF_WINDOW, from);
      fetcher.onHint(from, instance - genesis.window());
      return false;
    }
    return true;
  }

  @Override
  public void onValue(int from, Message.Value value) {
    decisions.onValue(value.batch());
  }

  @Override
  public void onDecision(int from, Message.Decision decision) {
    switch (decisions.onDecision(from, decision)) {
      case GOOD -> fetcher.onDecision(from, decision.batch().instance());
      case FALSE -> fetcher.onFalseDecision(from);
      case UNWANTED -> {}
    }
  }

  // -------- requests

  @Override
  public void onForwarded(int from, Message.Forwarded forwarded) {
    admission.onForwarded(from, forwarded);
  }

  @Override
  public void onRequestBodies(int from, Message.RequestBodies bodies) {
    admission.onBodies(from, bodies);
  }

  @Override
  public void onMissing(int from, Message.Missing missing) {
    admission.onMissing(from, missing);
  }

  // -------- change of regency

  @Override
  public void onStop(int from, Message.Stop stop) {
    stops.onStop(from, stop.regency());
  }

  @Override
  public void onStopData(int from, Message.StopData stopData) {
    statusExchange.noteLastDelivered(from, stopData.testimony().core().lastDelivered());
    syncLeader.onStopData(from, stopData);
  }

  @Override
  public void onSync(int from, Message.Sync sync) {
    syncFollower.onSync(from, sync);
  }

  // -------- catching up

  /** A STATUS is also a STOP, for a replica that lost the STOP itself. */
  @Override
  public void onStatus(int from, Message.Status status) {
    peers.onStatus(from, status);
    fetcher.onClaim(from, status.lastDelivered());
    stops.onStop(from, status.nextRegency());
    statusExchange.onStatus(from, status);
  }

  @Override
  public void onFetchDecisions(int from, Message.FetchDecisions fetch) {
    server.onFetch(from, fetch);
  }

  @Override
  public void onFetched(int from, Message.Fetched fetched) {
    fetcher.onFetched(from, fetched);
  }

  @Override
  public void onFetchValue(int from, Message.FetchValue fetch) {
    valueServer.onFetchValue(from, fetch);
  }

  @Override
  public void onFetchRequests(int from, Message.FetchRequests fetch) {
    valueServer.onFetchRequests(from, fetch);
  }

  // -------- checkpoints and transfer of state

  @Override
  public void onFetchOffers(int from, Message.FetchOffers fetch) {
    checkpoints.onFetchOffers(from);
  }

  @Override
  public void onFetchPiece(int from, Message.FetchPiece fetch) {
    checkpoints.onFetchPiece(from, fetch);
  }

  @Override
  public void onOffers(int from, Message.Offers offers) {
    transfer.onOffers(from, offers);
  }

  @Override
  public void onManifestOf(int from, Message.ManifestOf manifested) {
    transfer.onManifestOf(from, manifested);
  }

  @Override
  public void onPiece(int from, Message.Piece piece) {
    transfer.onPiece(from, piece);
  }

  // -------- lost votes

  @Override
  public void onRecover(int from, Message.Recover recover) {
    recovery.onRecover(from, recover);
  }

  @Override
  public void onRecoverReply(int from, Message.RecoverReply reply) {
    recovery.onReply(from, reply);
  }
}
