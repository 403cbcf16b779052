package dev.lockstep.protocol.replica.catchup;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Sources;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.VoteSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Brings this replica forward by decisions when it is behind (RULES 24): a bounded number of
 * FETCH_DECISIONS is under way, for different ranges, spread over the peers that claim to have
 * them; the next one leaves as soon as one is answered, so that a laggard gains on a group that
 * decides at full speed.
 *
 * <p>Decisions prove themselves, so a source can only be useless: silent, slow, or without what it
 * claims. It is replaced after {@link #patienceMicros} and shunned for a while, longer each time.
 */
public final class DecisionFetcher implements DeliveryListener {
  /** Decisions asked for at a time. */
  private static final int RANGE = 64;

  /** Bytes asked for at a time. */
  private static final int RANGE_BYTES = 1 << 20;

  /** Questions under way. */
  private static final int OUTSTANDING = 4;

  /** How much longer than a single answer a whole range may take. */
  private static final int RANGE_PATIENCE = 4;

  /** What a peer says that it has. */
  private static final class Claim {
    /** The last instance that it claims to have delivered. */
    long last;

    /** Oldest decision that it still has, by its word. */
    long first = 1;
  }

  private static final class Range {
    final long from;
    final long to;
    final int source;
    final long since;
    long next;
    long deadline;

    Range(long from, long to, int source, long since) {
      this.from = from;
      this.to = to;
      this.source = source;
      this.since = since;
      next = from;
    }
  }

  private final int self;
  private final Genesis genesis;
  private final ViewHistory views;
  private final Clock clock;
  private final Outbox out;
  private final DecisionLog log;
  private final Window window;
  private final RequestPool pool;
  private final long fetchPeriodMicros;
  private final Sources sources;
  private final PeerTable<Claim> claims;

  /** How long the word of a peer about itself counts, in microseconds. */
  private final long freshMicros;

  private final long patienceMicros;
  private final List<Range> ranges = new ArrayList<>();
  private boolean catching;
  private long nextLook;
  private long deliveredAtLook;
  private long deliveredAt;

  /**
   * @param fetchPeriodMicros how long to wait before it is looked again what is missing
   * @param statusPeriodMicros how often peers speak of themselves
   */
  public DecisionFetcher(
      int self,
      Genesis genesis,
      ViewHistory views,
      Clock clock,
      Outbox out,
      DecisionLog log,
      Window window,
      RequestPool pool,
      long fetchPeriodMicros,
      long statusPeriodMicros) {
    this.self = self;
    this.genesis = genesis;
    this.views = views;
    this.clock = clock;
    this.out = out;
    this.log = log;
    this.window = window;
    this.pool = pool;
    this.fetchPeriodMicros = fetchPeriodMicros;
    freshMicros = Peers.FRESH_PERIODS * statusPeriodMicros;
    patienceMicros = 4 * fetchPeriodMicros;
    sources = new Sources(self, views, clock, patienceMicros);
    claims = new PeerTable<>(views.peers(), id -> new Claim());
  }

  public void start() {
    nextLook = clock.now() + fetchPeriodMicros;
    // Nobody had a chance to send anything yet.
    deliveredAt = clock.now();
  }

  public long nextDeadline() {
    long next = nextLook;
    for (Range range : ranges) {
      next = Math.min(next, range.deadline);
    }
    return next;
  }

  /** The peer says itself how far it is. */
  public void onClaim(int from, long lastDelivered) {
    claims.of(from).last = lastDelivered;
    sources.onHeard(from);
    if (lastDelivered > log.last() + 2L * genesis.window()) {
      pump();
    }
  }

  /** A message shows that the peer has delivered at least this. */
  public void onHint(int from, long lastDelivered) {
    Claim claim = claims.of(from);
    sources.onHeard(from);
    if (lastDelivered > claim.last) {
      claim.last = lastDelivered;
      if (ranges.size() < OUTSTANDING && lastDelivered > log.last() + 2L * genesis.window()) {
        pump();
      }
    }
  }

  private boolean isFresh(int source) {
    return clock.now() - sources.heardAt(source) <= freshMicros;
  }

  private long highestClaim() {
    long highest = 0;
    for (int i = 0; i < claims.size(); i++) {
      if (isFresh(claims.idAt(i))) {
        highest = Math.max(highest, claims.at(i).last);
      }
    }
    return highest;
  }

  /** Asks for as much as may be under way, if this replica is behind. */
  private void pump() {
    long last = log.last();
    long target = highestClaim();
    if (target <= last) {
      catching = false;
      return;
    }
    if (!catching && target <= last + 2L * genesis.window()) {
      return;
    }
    catching = true;
    long end = Math.min(target, last + window.lookahead());
    while (ranges.size() < OUTSTANDING) {
      long from = firstMissing(last + 1, end);
      if (from > end || (from > last + 1 && window.isFull())) {
        return;
      }
      int source = sources.choose(id -> has(id, from));
      if (source < 0) {
        return;
      }
      ask(source, from, endOfGap(from, Math.min(end, from + RANGE - 1)));
    }
  }

  private long firstMissing(long from, long end) {
    long t = from;
    while (t <= end) {
      Range range = rangeOf(t);
      if (range != null) {
        t = range.to + 1;
      } else if (isHeld(t)) {
        t++;
      } else {
        return t;
      }
    }
    return t;
  }

  private long endOfGap(long from, long end) {
    long t = from;
    while (t < end && rangeOf(t + 1) == null && !isHeld(t + 1)) {
      t++;
    }
    return t;
  }

  private Range rangeOf(long instance) {
    for (Range range : ranges) {
      if (range.next <= instance && instance <= range.to) {
        return range;
      }
    }
    return null;
  }

  private boolean isHeld(long instance) {
    Slot slot = window.slotOrNull(instance);
    if (slot == null || slot.decidedValueOrNull() == null) {
      return false;
    }
    // Others have forgotten the bodies of what they delivered, but for their logs.
    return instance > log.last() + 1 || pool.hasAllBodies(slot.decidedValueOrNull());
  }

  private boolean has(int source, long instance) {
    Claim claim = claims.of(source);
    return isFresh(source) && claim.last >= instance && claim.first <= instance;
  }

  private void ask(int source, long from, long to) {
    Range range = new Range(from, to, source, clock.now());
    range.deadline = clock.now() + patienceMicros;
    ranges.add(range);
    sources.onAsked(source);
    out.send(source, new Message.FetchDecisions(from, to, RANGE_BYTES));
  }

  /** A good decision came from the peer, asked for or not. */
  public void onDecision(int from, long instance) {
    for (Range range : ranges) {
      if (range.source == from && range.from <= instance && instance <= range.to) {
        range.next = Math.max(range.next, instance + 1);
        range.deadline =
            Math.min(clock.now() + patienceMicros, range.since + RANGE_PATIENCE * patienceMicros);
      }
    }
  }

  /** The peer sent something that is no decision although it says so. */
  public void onFalseDecision(int from) {
    for (Iterator<Range> each = ranges.iterator(); each.hasNext(); ) {
      if (each.next().source == from) {
        each.remove();
        sources.onAnswered(from);
      }
    }
    sources.shun(from);
    pump();
  }

  public void onFetched(int from, Message.Fetched fetched) {
    for (Iterator<Range> each = ranges.iterator(); each.hasNext(); ) {
      Range range = each.next();
      if (range.source == from && range.from == fetched.from()) {
        each.remove();
        sources.onAnswered(from);
        sources.onHeard(from);
        claims.of(from).last = fetched.lastDelivered();
        claims.of(from).first = fetched.first();
        if (range.next > range.from || fetched.lastDelivered() < range.from) {
          sources.onUseful(from);
        } else {
          sources.shun(from);
        }
        pump();
        return;
      }
    }
  }

  /**
   * Whether peers of which one is correct say that the next decision is gone, and nothing came
   * forward for a while.
   */
  public boolean isOutOfReach() {
    long next = log.last() + 1;
    VoteSet gone = views.installing().none();
    for (int i = 0; i < claims.size(); i++) {
      int id = claims.idAt(i);
      Claim claim = claims.at(i);
      if (id != self && isFresh(id) && claim.last >= next && claim.first > next) {
        gone.add(id);
      }
    }
    return gone.hasOneCorrect() && clock.now() - deliveredAt > patienceMicros;
  }

  /** This replica goes on from somewhere else. */
  private void restart() {
    ranges.clear();
    sources.forgetQuestions();
    sources.pardonAll();
    deliveredAt = clock.now();
    catching = true;
    pump();
  }

  @Override
  public void onAdopted(long instance) {
    restart();
  }

  /** Something was delivered: there may be room to ask for more. */
  @Override
  public void onDelivered() {
    deliveredAt = clock.now();
    if (catching && ranges.size() < OUTSTANDING) {
      pump();
    }
  }

  public void onTime() {
    boolean look = clock.now() >= nextLook;
    boolean expired = expire();
    if (look) {
      nextLook = clock.now() + fetchPeriodMicros;
      // A peer is ahead and nothing happens: what would bring this replica forward was lost.
      catching |= deliveredAtLook == log.last();
      deliveredAtLook = log.last();
    }
    if (look || expired) {
      pump();
    }
  }

  private boolean expire() {
    boolean any = false;
    for (Iterator<Range> each = ranges.iterator(); each.hasNext(); ) {
      Range range = each.next();
      if (clock.now() < range.deadline) {
        continue;
      }
      each.remove();
      sources.onAnswered(range.source);
      any = true;
      if (range.next <= range.to && log.last() < range.to) {
        sources.shun(range.source);
        out.count(Event.SOURCE_REPLACED, range.source);
      }
    }
    return any;
  }
}
