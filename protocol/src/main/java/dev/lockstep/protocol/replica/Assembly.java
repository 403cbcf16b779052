package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.ledger.ClaimCheck;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.replica.admission.Admission;
import dev.lockstep.protocol.replica.admission.LostRequests;
import dev.lockstep.protocol.replica.admission.Replies;
import dev.lockstep.protocol.replica.admission.RequestChecks;
import dev.lockstep.protocol.replica.catchup.DecisionFetcher;
import dev.lockstep.protocol.replica.catchup.DecisionServer;
import dev.lockstep.protocol.replica.catchup.StatusExchange;
import dev.lockstep.protocol.replica.catchup.ValueServer;
import dev.lockstep.protocol.replica.catchup.VoteResender;
import dev.lockstep.protocol.replica.checkpoint.CheckpointServer;
import dev.lockstep.protocol.replica.checkpoint.Checkpoints;
import dev.lockstep.protocol.replica.checkpoint.ReplicatedState;
import dev.lockstep.protocol.replica.delivery.Deliverer;
import dev.lockstep.protocol.replica.delivery.ExecutionQueue;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.RequestCarrier;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Values;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Life;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.RegencyListener;
import dev.lockstep.protocol.replica.kernel.Timer;
import dev.lockstep.protocol.replica.kernel.Timers;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.ordering.Decisions;
import dev.lockstep.protocol.replica.ordering.InstanceHost;
import dev.lockstep.protocol.replica.ordering.Proposer;
import dev.lockstep.protocol.replica.ordering.ValueFetcher;
import dev.lockstep.protocol.replica.ordering.Voter;
import dev.lockstep.protocol.replica.recovery.Recovery;
import dev.lockstep.protocol.replica.regency.Entries;
import dev.lockstep.protocol.replica.regency.Stops;
import dev.lockstep.protocol.replica.regency.SyncFollower;
import dev.lockstep.protocol.replica.regency.SyncLeader;
import dev.lockstep.protocol.replica.regency.Testifier;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.replica.transfer.Transfer;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.state.ReplyCache;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.List;

/**
 * Puts a replica together: first the facts, then the parts, each given the facts that it names;
 * then who hears of what, in which order. The table of contents of the protocol.
 */
final class Assembly {
  /** STATUS periods for which a checkpoint is kept after somebody asked for a piece of it. */
  private static final int PINNED_PERIODS = 64;

  /** Request timeouts for which requests of a session are held that is not open yet. */
  private static final int EARLY_TIMEOUTS = 4;

  /** Longest request timeouts for which requests are held that too few have vouched for. */
  private static final int VOUCHED_TIMEOUTS = 4;

  private final long earlyMicros;
  private final long vouchedMicros;

  // -------- kernel

  final Clock clock = new Clock();
  final Work work = new Work();
  final Life life = new Life();
  final Timers timers = new Timers(clock);

  final Outbox out;
  final Durable durable;

  // -------- facts

  final Genesis genesis;
  final ViewHistory views;
  final DecisionLog log;
  final Regency regency;
  final Peers peers;
  final Voice voice;
  final Incarnations incarnations;
  final PeerCosts costs;
  final Timeouts timeouts;
  final Sessions sessions;
  final ReplyCache held;
  final ReplicatedState protocolState;
  final RequestPool pool;
  final Values values;
  final Window window;

  // -------- parts

  final Stops stops;
  final Testifier testimony;
  final SyncLeader syncLeader;
  final SyncFollower syncFollower;
  final Recovery recovery;
  final Replies replies;
  final LostRequests lost;
  final Admission admission;
  final ValueFetcher valueFetcher;
  final Voter voter;
  final Proposer proposer;
  final Decisions decisions;
  final DecisionServer server;
  final DecisionFetcher fetcher;
  final StatusExchange status;
  final ValueServer valueServer;
  final Checkpoints checkpoints;
  final CheckpointServer checkpointServer;
  final Transfer transfer;
  final ExecutionQueue executing;
  final Deliverer deliverer;
  final Startup startup;
  final Inbox inbox;

  Assembly(ReplicaConfig config, Rules rules, Signer signer, Verifier verifier, Actions actions) {
    int self = config.id();
    View view = config.view();
    ReplicaConfig.Timing timing = config.timing();

    earlyMicros = EARLY_TIMEOUTS * timing.requestTimeout();
    vouchedMicros = VOUCHED_TIMEOUTS * timing.requestTimeout() << timing.timeoutDoublings();
    genesis = config.genesis();
    views = new ViewHistory(view, rules.quorum());
    log = new DecisionLog(genesis.window(), config.budgets().logBytes(), actions.storesDecisions());
    regency = new Regency(self, views);
    out = new Outbox(self, views, actions, actions, regency::installed, log::last);
    durable = new Durable(actions);
    peers = new Peers(self, genesis, views, log, clock, timing.statusPeriod());
    voice = new Voice(genesis, log, regency, peers, rules.voting(), actions, work);
    incarnations = new Incarnations(views);
    costs = new PeerCosts(views, clock, out, config.budgets().transferBytes());
    RequestCarrier carrier = new RequestCarrier(out, costs);
    timeouts = new Timeouts(timing.requestTimeout(), timing.timeoutDoublings());
    sessions = new Sessions(view.limits(), rules.delivery());
    held = new ReplyCache(view.limits());
    protocolState =
        new ReplicatedState(
            view.limits(), rules.delivery(), genesis.window(), sessions, held, log, views);
    pool =
        new RequestPool(
            views.quorums(1), self, work, rules.requests(), sessions, config.budgets().requests());
    values = new Values(pool, work);
    window =
        new Window(
            genesis.window(),
            log,
            regency,
            views,
            new InstanceHost(
                self, genesis, out, durable, work, regency, voice, pool, rules.voting(), actions));
    CodecLimits codecLimits = view.codecLimits();
    CertificateCheck certificates =
        new CertificateCheck(genesis.domains(), views.quorums(1), rules.voting(), verifier);
    ClaimCheck claims = new ClaimCheck(genesis, verifier);

    stops = new Stops(self, views, clock, out, log, regency, voice, timeouts, life);
    Entries entries =
        new Entries(
            genesis, log, window, incarnations, certificates, claims, verifier, rules.entries());
    syncFollower =
        new SyncFollower(
            genesis,
            views,
            out,
            log,
            window,
            regency,
            voice,
            entries,
            verifier,
            rules.selection(),
            stops,
            life);
    syncLeader =
        new SyncLeader(
            self,
            genesis,
            views,
            out,
            log,
            window,
            regency,
            entries,
            signer,
            rules.selection(),
            syncFollower);
    testimony =
        new Testifier(
            self,
            genesis,
            out,
            durable,
            log,
            window,
            regency,
            voice,
            incarnations,
            signer,
            rules.entries(),
            own -> syncLeader.onStopData(self, own));
    server = new DecisionServer(views, out, log, costs, actions);
    fetcher =
        new DecisionFetcher(
            self,
            genesis,
            views,
            clock,
            out,
            log,
            window,
            pool,
            timing.fetchPeriod(),
            timing.statusPeriod());
    status =
        new StatusExchange(
            views,
            clock,
            out,
            log,
            regency,
            voice,
            peers,
            List.of(syncFollower, testimony, stops),
            new VoteResender(genesis, out, window, regency, pool),
            server,
            timing.statusPeriod());
    valueServer = new ValueServer(views, out, log, window, costs, carrier, pool, server);
    recovery =
        new Recovery(
            self,
            genesis,
            views,
            clock,
            out,
            durable,
            log,
            regency,
            voice,
            incarnations,
            certificates,
            claims,
            signer,
            rules.restart(),
            config.entropy(),
            timing.statusPeriod());
    checkpoints =
        new Checkpoints(
            self,
            views,
            clock,
            out,
            log,
            voice,
            protocolState,
            actions,
            actions,
            actions,
            codecLimits,
            config.checkpointing().period(),
            config.checkpointing().pieceBytes(),
            PINNED_PERIODS * timing.statusPeriod());
    checkpointServer =
        new CheckpointServer(
            views,
            clock,
            out,
            log,
            costs,
            actions,
            checkpoints,
            config.checkpointing().pieceBytes());
    transfer =
        new Transfer(
            self,
            genesis,
            views,
            clock,
            out,
            log,
            peers,
            voice,
            checkpoints,
            fetcher,
            protocolState,
            certificates,
            codecLimits,
            actions,
            actions,
            rules.transfer(),
            life,
            timing.statusPeriod(),
            8 * timing.fetchPeriod(),
            config.checkpointing().pieceBytes());

    replies = new Replies(self, views, log, voice, held, actions);
    lost = new LostRequests(out, sessions, replies);
    admission =
        new Admission(
            views,
            clock,
            out,
            window,
            voice,
            regency,
            costs,
            carrier,
            timeouts,
            pool,
            sessions,
            replies,
            stops,
            new RequestChecks(genesis, views, out, costs, actions, config.budgets().peerBytes()),
            config.budgets().requests(),
            actions);
    valueFetcher =
        new ValueFetcher(
            self,
            clock,
            work,
            out,
            window,
            regency,
            pool,
            timing.fetchPeriod(),
            timing.requestTimeout());
    voter =
        new Voter(
            genesis,
            clock,
            work,
            out,
            log,
            window,
            regency,
            voice,
            timeouts,
            values,
            pool,
            sessions,
            valueFetcher,
            admission,
            stops,
            rules.validity());
    proposer =
        new Proposer(
            genesis,
            clock,
            out,
            log,
            window,
            regency,
            voice,
            peers,
            timeouts,
            pool,
            voter,
            stops,
            config.entropy(),
            timing.batchPause(),
            timing.fetchPeriod());
    decisions =
        new Decisions(
            views, out, costs, work, log, window, regency, values, pool, certificates::isValid);
    executing = new ExecutionQueue(views, held, replies);
    deliverer =
        new Deliverer(
            clock,
            work,
            out,
            durable,
            views,
            log,
            window,
            voice,
            timeouts,
            values,
            pool,
            sessions,
            executing,
            lost,
            valueFetcher,
            transfer,
            life,
            actions);
    startup =
        new Startup(
            clock,
            log,
            window,
            voice,
            incarnations,
            values,
            pool,
            protocolState,
            checkpoints,
            deliverer,
            executing,
            codecLimits,
            rules.restart());
    inbox =
        new Inbox(
            genesis,
            out,
            log,
            window,
            regency,
            peers,
            admission,
            voter,
            decisions,
            stops,
            syncLeader,
            syncFollower,
            status,
            valueServer,
            server,
            fetcher,
            checkpointServer,
            transfer,
            recovery);
    listen();
    setTimers();
  }

  /**
   * Who hears of what, in this order. The slots are in order before anybody asks for what they
   * lack; a transfer that deliveries have overtaken ends before a word about votes is said.
   */
  private void listen() {
    life.add((DeliveryListener) proposer);
    life.add(deliverer);
    life.add(recovery);
    life.add((DeliveryListener) status);
    life.add(fetcher);
    life.add(checkpoints);
    life.add(transfer);
    life.add(stops);
    life.add((DeliveryListener) testimony);

    life.add((RegencyListener) voter);
    life.add((RegencyListener) proposer);
    life.add(decisions);
    life.add((RegencyListener) status);
    life.add((RegencyListener) testimony);
    life.add(syncLeader);
  }

  /** All that happens because time passes. */
  private void setTimers() {
    timers.on(Timer.SYNC, stops::nextDeadline, stops::onTime);
    timers.on(
        Timer.STATUS,
        () -> Math.min(status.nextDeadline(), fetcher.nextDeadline()),
        this::onStatusTime);
    timers.on(Timer.RECOVER, recovery::nextDeadline, recovery::onTime);
    timers.on(Timer.CHECKPOINT_PIECES, checkpointServer::nextDeadline, checkpointServer::onTime);
    timers.on(Timer.TRANSFER, transfer::nextDeadline, transfer::onTime);
    timers.on(Timer.REQUEST, admission::nextDeadline, admission::onTime);
    timers.on(Timer.VALUE, valueFetcher::nextDeadline, valueFetcher::onTime);
    timers.on(Timer.VOUCHES, proposer::vouchesDue, proposer::askForVouches);
    // What is due is proposed at the end of the bundle, as always.
    timers.on(Timer.BATCH, proposer::batchDue, () -> {});
    timers.on(Timer.FILLER, proposer::fillerDue, () -> {});
  }

  private void onStatusTime() {
    status.onTime();
    fetcher.onTime();
    if (fetcher.isOutOfReach()) {
      transfer.onOutOfReach();
    }
    pool.forgetOld(clock.now(), earlyMicros, vouchedMicros, lost);
    proposer.watchFillers();
  }
}
