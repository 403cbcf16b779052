package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.function.IntPredicate;

/**
 * Peers that are asked for something that proves itself: decisions, pieces of a checkpoint. Such a
 * source can only be useless, that is silent, slow, or without what it claims. It is then left out
 * for a while, longer each time, and those that are left are asked in turn.
 */
public final class Sources {
  /** A source is shunned for at most so many times the patience. */
  private static final int SHUN_MAX = 32;

  private static final class Source {
    /** When it spoke last, in microseconds. */
    long heardAt = Long.MIN_VALUE / 2;

    /** It is not asked before this time, in microseconds. */
    long shunnedUntil = Long.MIN_VALUE;

    /** For how long it was shunned the last time; halved by each good answer. Microseconds. */
    long shunFor;

    /** Questions to it that are under way. */
    int asked;
  }

  private final int self;
  private final Clock clock;
  private final long patienceMicros;
  private final PeerTable<Source> sources;

  /** Where the search for the next source begins, so that they take turns. */
  private int turn;

  /**
   * @param patienceMicros how long a question may take
   */
  public Sources(int self, ViewHistory views, Clock clock, long patienceMicros) {
    this.self = self;
    this.clock = clock;
    this.patienceMicros = patienceMicros;
    sources = new PeerTable<>(views.peers(), id -> new Source());
  }

  /**
   * Of those that fit and are not shunned, one with the fewest questions, in turn; -1 if there is
   * none.
   */
  public int choose(IntPredicate fits) {
    int best = -1;
    int fewest = Integer.MAX_VALUE;
    turn++;
    for (int i = 0; i < sources.size(); i++) {
      int place = (turn + i) % sources.size();
      int id = sources.idAt(place);
      Source source = sources.at(place);
      if (id != self && source.asked < fewest && !isShunned(source) && fits.test(id)) {
        best = id;
        fewest = source.asked;
      }
    }
    return best;
  }

  /** A question to the source is under way. */
  public void onAsked(int source) {
    sources.of(source).asked++;
  }

  /** A question to the source is answered, or given up. */
  public void onAnswered(int source) {
    sources.of(source).asked--;
  }

  /** No question is under way. */
  public void forgetQuestions() {
    sources.forEachState(source -> source.asked = 0);
  }

  /** The source spoke. */
  public void onHeard(int source) {
    sources.of(source).heardAt = clock.now();
  }

  /** When the source spoke last, in microseconds. */
  public long heardAt(int source) {
    return sources.of(source).heardAt;
  }

  /** The source was of no use. */
  public void shun(int source) {
    Source shunned = sources.of(source);
    shunned.shunFor =
        Math.min(SHUN_MAX * patienceMicros, Math.max(patienceMicros, 2 * shunned.shunFor));
    shunned.shunnedUntil = clock.now() + shunned.shunFor;
  }

  /** The source was of use: the next time it is shunned for half as long. */
  public void onUseful(int source) {
    sources.of(source).shunFor /= 2;
  }

  /** The source may be asked again. */
  public void pardon(int source) {
    sources.of(source).shunnedUntil = Long.MIN_VALUE;
  }

  /** All may be asked again. */
  public void pardonAll() {
    sources.forEachState(source -> source.shunnedUntil = Long.MIN_VALUE);
  }

  public boolean isShunned(int source) {
    return isShunned(sources.of(source));
  }

  private boolean isShunned(Source source) {
    return source.shunnedUntil > clock.now();
  }
}
