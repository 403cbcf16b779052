package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.port.Monitor;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.Genesis;

/**
 * What this replica may say. All that silences it is here, and nobody else asks why.
 *
 * <pre>
 *   mode        because                                   votes    testifies  answers  reads
 *   HALTED      more than f are faulty                      -          -         -       -
 *   TENTATIVE   its state is that of others, not proved     -          -         -       -
 *   LEARNER     it lost its votes (RULES 27)                -          -        yes      -
 *   MUTED       it did: silent until what it may have     above        -        yes      -
 *               voted on is delivered
 *   SILENT      its votes reach further than its log        -          -        yes      -
 *               (RULES 26)
 *   FULL                                                   yes        yes       yes     yes
 * </pre>
 *
 * A replica testifies when it says what it voted for (STOPDATA, RECOVER). It accuses a leader if it
 * testifies and is not so far behind that its complaints mean nothing. It answers reads, besides,
 * only once it has delivered all that it had voted on before a restart.
 */
public final class Voice {
  private final DecisionLog log;
  private final Regency regency;
  private final Peers peers;
  private final VotingRule rule;
  private final Monitor monitor;
  private final Work work;
  private final int window;

  private boolean halted;

  /** It lost its votes, and a quorum has not confirmed a new incarnation. */
  private boolean learner;

  private boolean tentative;

  /** This replica's own incarnation: how often it lost its votes. */
  private long incarnation;

  /** No vote up to this instance (RULES 27); 0 if it never lost its votes. */
  private long muteUntil;

  /** No word about votes before this instance is delivered (RULES 26). */
  private long silentUntil;

  /** Highest instance voted on before a restart: reads wait for its delivery. */
  private long readsFrom;

  public Voice(
      Genesis genesis,
      DecisionLog log,
      Regency regency,
      Peers peers,
      VotingRule rule,
      Monitor monitor,
      Work work) {
    this.work = work;
    this.window = genesis.window();
    this.log = log;
    this.regency = regency;
    this.peers = peers;
    this.rule = rule;
    this.monitor = monitor;
  }

  /** Why a replica is not heard in full; the first that holds. */
  public enum Mode {
    HALTED,
    TENTATIVE,
    LEARNER,
    MUTED,
    SILENT,
    FULL
  }

  public Mode mode() {
    if (halted) {
      return Mode.HALTED;
    } else if (tentative) {
      return Mode.TENTATIVE;
    } else if (learner) {
      return Mode.LEARNER;
    } else if (log.last() < muteUntil) {
      return Mode.MUTED;
    }
    return log.last() < silentUntil ? Mode.SILENT : Mode.FULL;
  }

  // -------- what may be said

  /** Whether a vote for the instance may be cast in the regency now. */
  public boolean mayVote(long instance, long inRegency) {
    return !halted
        && inRegency == regency.installed()
        && regency.isSynced()
        && instance > regency.selection().prefix()
        && !learner
        && !tentative
        && instance > muteUntil
        && log.last() >= silentUntil
        && rule.inWindow(instance, log.last(), window);
  }

  /** Whether this replica may say what it voted for: all of it is known (RULES 26, 27). */
  public boolean mayTestify() {
    return !learner && !tentative && log.last() >= muteUntil && log.last() >= silentUntil;
  }

  /** Whether it may ask for another leader on its own account. */
  public boolean maySuspect() {
    return !halted && mayTestify() && !peers.isLagging();
  }

  /** Whether clients may be answered from its state. */
  public boolean mayReply() {
    return !tentative;
  }

  /**
   * Whether a read may be answered on the delivered state. A write that was acknowledged at t left
   * votes at t with a quorum, and every read quorum meets it in a correct replica. That replica may
   * have delivered t and forgotten the delivery in a crash, but not its vote: it must not answer
   * before it has delivered up to its votes again, nor, if it lost them, before it is a full
   * member.
   */
  public boolean mayAnswerReads() {
    return mayTestify() && log.last() >= readsFrom;
  }

  // -------- what is so

  public boolean isHalted() {
    return halted;
  }

  /** Whether its state came from others and is not proved yet. */
  public boolean isTentative() {
    return tentative;
  }

  /** Whether it lost its votes and has no new incarnation yet. */
  public boolean isLearner() {
    return learner;
  }

  /** How often this replica lost its votes. */
  public long incarnation() {
    return incarnation;
  }

  /** The instance with whose delivery it is not muted any more; 0 if it never was. */
  public long muteUntil() {
    return muteUntil;
  }

  /** The instance that it must deliver before it is a full member again, or 0. */
  public long learnUntil() {
    long until = Math.max(muteUntil, silentUntil);
    return !learner && log.last() < until ? until : 0;
  }

  // -------- what changes it

  /** More than f replicas are faulty, or this replica contradicts itself: it stops for good. */
  public void halt(String reason) {
    halted = true;
    monitor.halt(reason);
  }

  /** It lost its votes. */
  public void learn() {
    learner = true;
  }

  /** Storage says that it was muted before. */
  public void restoreMuted(long known, long until) {
    incarnation = Math.max(incarnation, known);
    muteUntil = Math.max(muteUntil, until);
  }

  /**
   * It kept its votes over a restart.
   *
   * @param highestVoted the highest instance that it voted on, or 0
   */
  public void restoreVotes(long highestVoted, RestartRule restart) {
    readsFrom = restart.readsFrom(highestVoted);
    silentUntil = restart.silentUntil(highestVoted, window);
  }

  /**
   * Another state was taken up: reads wait for everything that this replica may have voted on.
   *
   * @param highestVoted the highest instance above that state on which it may have voted, or 0
   */
  public void onLowered(long highestVoted) {
    readsFrom = Math.max(readsFrom, highestVoted);
  }

  /** A quorum knows of its new incarnation; it is muted up to here and then a full member. */
  public void mute(long confirmed, long until) {
    incarnation = confirmed;
    muteUntil = until;
    learner = false;
    work.touchAll();
  }

  /** Its state is that of others from now on, and is not proved; or it is. */
  public void setTentative(boolean tentative) {
    this.tentative = tentative;
  }
}
