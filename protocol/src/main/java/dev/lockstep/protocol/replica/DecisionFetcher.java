package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Actions.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Brings this replica forward by decisions when it is behind (PROTOCOL 1.15): a bounded number of
 * FETCH_DECISIONS is under way, for different ranges, spread over the peers that claim to have
 * them; the next one leaves as soon as one is answered, so that a laggard gains on a group that
 * decides at full speed.
 *
 * <p>Decisions prove themselves, so a source can only be useless: silent, slow, or without what it
 * claims. It is replaced after {@link #patience} and shunned for a while, longer each time.
 */
final class DecisionFetcher {
  /** Decisions asked for at a time. */
  private static final int RANGE = 64;

  /** Bytes asked for at a time. */
  private static final int RANGE_BYTES = 1 << 20;

  /** Questions under way. */
  private static final int OUTSTANDING = 4;

  /** Bytes of decisions above a gap beyond which only the gap is asked for. */
  private static final long HELD_BYTES = 16L << 20;

  /** How much longer than a single answer a whole range may take. */
  private static final int RANGE_PATIENCE = 4;

  /** A source is shunned for at most so many times the patience. */
  private static final int SHUN_MAX = 32;

  private static final class Source {
    /** The last instance that it claims to have delivered. */
    long claim;

    /** Oldest decision that it still has, by its word. */
    long first = 1;

    long heardAt = Long.MIN_VALUE / 2;
    long shunnedUntil = Long.MIN_VALUE;
    long shunFor;
    int asked;
  }

  private static final class Range {
    final long from;
    final long to;
    final int member;
    final long since;
    long next;
    long deadline;

    Range(long from, long to, int member, long since) {
      this.from = from;
      this.to = to;
      this.member = member;
      this.since = since;
      next = from;
    }
  }

  private final Replica replica;
  private final Source[] sources;
  private final long fresh;
  private final long patience;
  private final List<Range> ranges = new ArrayList<>();
  private boolean catching;
  private long heldBytes;
  private long nextLook;
  private long deliveredAtLook;
  private int turn;
  private long deliveredAt;

  /**
   * @param fresh how long the word of a peer about itself counts, in microseconds
   */
  DecisionFetcher(Replica replica, long fresh) {
    this.replica = replica;
    this.fresh = fresh;
    patience = 4 * replica.config().timing().fetchPeriod();
    sources = new Source[replica.view().size()];
    Arrays.setAll(sources, i -> new Source());
  }

  /** Decisions are taken up to this far above the last delivered instance. */
  static long lookahead(int window) {
    return Math.max(2L * window, (long) OUTSTANDING * RANGE);
  }

  void start() {
    nextLook = replica.now() + replica.config().timing().fetchPeriod();
    // Nobody had a chance to send anything yet.
    deliveredAt = replica.now();
  }

  long nextDeadline() {
    long next = nextLook;
    for (Range range : ranges) {
      next = Math.min(next, range.deadline);
    }
    return next;
  }

  // ---- what is known of the sources
  // ---------------------------------------------------------------

  /** The peer says itself how far it is. */
  void onClaim(int member, long lastDelivered) {
    Source source = sources[member];
    source.claim = lastDelivered;
    source.heardAt = replica.now();
    if (lastDelivered > replica.lastDelivered() + 2L * replica.view().window()) {
      pump();
    }
  }

  /** A message shows that the peer has delivered at least this. */
  void onHint(int member, long lastDelivered) {
    Source source = sources[member];
    source.heardAt = replica.now();
    if (lastDelivered > source.claim) {
      source.claim = lastDelivered;
      if (ranges.size() < OUTSTANDING
          && lastDelivered > replica.lastDelivered() + 2L * replica.view().window()) {
        pump();
      }
    }
  }

  private boolean isFresh(Source source) {
    return replica.now() - source.heardAt <= fresh;
  }

  private long highestClaim() {
    long highest = 0;
    for (Source source : sources) {
      if (isFresh(source)) {
        highest = Math.max(highest, source.claim);
      }
    }
    return highest;
  }

  // ---- asking
  // -------------------------------------------------------------------------------------

  /** Asks for as much as may be under way, if this replica is behind. */
  private void pump() {
    long last = replica.lastDelivered();
    long target = highestClaim();
    if (target <= last) {
      catching = false;
      return;
    }
    if (!catching && target <= last + 2L * replica.view().window()) {
      return;
    }
    catching = true;
    long end = Math.min(target, last + lookahead(replica.view().window()));
    while (ranges.size() < OUTSTANDING) {
      long from = firstMissing(last + 1, end);
      if (from > end || (from > last + 1 && heldBytes > HELD_BYTES)) {
        return;
      }
      int member = choose(from);
      if (member < 0) {
        return;
      }
      ask(member, from, endOfGap(from, Math.min(end, from + RANGE - 1)));
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
    Slot slot = replica.slotOrNull(instance);
    if (slot == null || slot.decidedValue() == null) {
      return false;
    }
    // Others have forgotten the bodies of what they delivered, but for their logs.
    return instance > replica.lastDelivered() + 1
        || replica.pool().hasAllBodies(slot.decidedValue());
  }

  /** Of those that claim to have the instance, one with the fewest questions; in turn. */
  private int choose(long instance) {
    int best = -1;
    turn++;
    for (int i = 0; i < sources.length; i++) {
      int member = (turn + i) % sources.length;
      Source source = sources[member];
      if (member != replica.selfIndex()
          && isFresh(source)
          && source.claim >= instance
          && source.first <= instance
          && source.shunnedUntil <= replica.now()
          && (best < 0 || source.asked < sources[best].asked)) {
        best = member;
      }
    }
    return best;
  }

  private void ask(int member, long from, long to) {
    Range range = new Range(from, to, member, replica.now());
    range.deadline = replica.now() + patience;
    ranges.add(range);
    sources[member].asked++;
    replica.send(
        replica.view().members().get(member).replica(),
        new Message.FetchDecisions(from, to, RANGE_BYTES));
  }

  // ---- answers
  // ------------------------------------------------------------------------------------

  /** Whether a decision this far above the last delivered one may be held. */
  boolean mayHold(long instance) {
    long above = instance - replica.lastDelivered();
    int window = replica.view().window();
    return above <= 2L * window || (above <= lookahead(window) && heldBytes <= HELD_BYTES);
  }

  /** A verified decision is held. */
  void onHeld(Slot slot, long bytes) {
    if (slot.heldBytes == 0) {
      slot.heldBytes = bytes;
      heldBytes += bytes;
    }
  }

  /** The slot is done with. */
  void onDropped(Slot slot) {
    heldBytes -= slot.heldBytes;
    slot.heldBytes = 0;
  }

  /** A good decision came from the peer, asked for or not. */
  void onDecision(int member, long instance) {
    for (Range range : ranges) {
      if (range.member == member && range.from <= instance && instance <= range.to) {
        range.next = Math.max(range.next, instance + 1);
        range.deadline =
            Math.min(replica.now() + patience, range.since + RANGE_PATIENCE * patience);
      }
    }
  }

  /** The peer sent something that is no decision although it says so. */
  void onFalseDecision(int member) {
    for (Iterator<Range> each = ranges.iterator(); each.hasNext(); ) {
      if (each.next().member == member) {
        each.remove();
        sources[member].asked--;
      }
    }
    shun(sources[member]);
    pump();
  }

  void onFetched(int member, Message.Fetched fetched) {
    for (Iterator<Range> each = ranges.iterator(); each.hasNext(); ) {
      Range range = each.next();
      if (range.member == member && range.from == fetched.from()) {
        each.remove();
        Source source = sources[member];
        source.asked--;
        source.claim = fetched.lastDelivered();
        source.first = fetched.first();
        source.heardAt = replica.now();
        if (range.next > range.from || fetched.lastDelivered() < range.from) {
          source.shunFor /= 2;
        } else {
          shun(source);
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
  boolean isOutOfReach() {
    long next = replica.lastDelivered() + 1;
    long gone = 0;
    for (int member = 0; member < sources.length; member++) {
      Source source = sources[member];
      if (member != replica.selfIndex()
          && isFresh(source)
          && source.claim >= next
          && source.first > next) {
        gone |= 1L << member;
      }
    }
    return replica.quorums().hasOneCorrect(gone) && replica.now() - deliveredAt > patience;
  }

  /** This replica goes on from somewhere else. */
  void restart() {
    ranges.clear();
    for (Source source : sources) {
      source.asked = 0;
      source.shunnedUntil = Long.MIN_VALUE;
    }
    deliveredAt = replica.now();
    catching = true;
    pump();
  }

  /** Something was delivered: there may be room to ask for more. */
  void onDelivered() {
    deliveredAt = replica.now();
    if (catching && ranges.size() < OUTSTANDING) {
      pump();
    }
  }

  private void shun(Source source) {
    source.shunFor = Math.min(SHUN_MAX * patience, Math.max(patience, 2 * source.shunFor));
    source.shunnedUntil = replica.now() + source.shunFor;
  }

  // ---- time
  // ---------------------------------------------------------------------------------------

  void onTime() {
    boolean look = replica.now() >= nextLook;
    boolean expired = expire();
    if (look) {
      nextLook = replica.now() + replica.config().timing().fetchPeriod();
      // A peer is ahead and nothing happens: what would bring this replica forward was lost.
      catching |= deliveredAtLook == replica.lastDelivered();
      deliveredAtLook = replica.lastDelivered();
    }
    if (look || expired) {
      pump();
    }
  }

  private boolean expire() {
    boolean any = false;
    for (Iterator<Range> each = ranges.iterator(); each.hasNext(); ) {
      Range range = each.next();
      if (replica.now() < range.deadline) {
        continue;
      }
      each.remove();
      sources[range.member].asked--;
      any = true;
      if (range.next <= range.to && replica.lastDelivered() < range.to) {
        shun(sources[range.member]);
        replica.count(Event.SOURCE_REPLACED, replica.view().members().get(range.member).replica());
      }
    }
    return any;
  }
}
