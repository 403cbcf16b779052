package dev.lockstep.protocol.replica.facts;

/**
 * What a message of a peer can cost this replica, and how much of it one peer may cause. The price
 * list: what is not bounded here is bounded in number by the protocol itself (votes of two windows,
 * one testimony a regency), or held in the budgets of {@code requests}. docs/protocol.md, "What a
 * message may cost", has the same table with the reasons.
 *
 * <p>A correct peer stays far below each of these, so whoever reaches one is slow at worst, and a
 * flood of one peer takes nothing from the others.
 */
public enum Cost {
  /** A message that wants an answer: a look at what is held, perhaps a read of the disk. */
  QUESTION(5_120, 512),

  /** Bytes that are sent because the peer asked for them, or would lack them. */
  ANSWERED_BYTES,

  /** Bytes of requests that the peer brings: they are hashed and compared with what is held. */
  BROUGHT_BYTES,

  /** A check of a client's signature on a request that the peer brings. */
  CLIENT_SIGNATURE(2_048, 4_096),

  /** A certificate or another proof of the peer's that was wrong: a correct one sends none. */
  FALSE_PROOF(16, 64);

  /** 0 where the configuration says it. */
  private final long perSecond;

  private final long atOnce;

  Cost(long perSecond, long atOnce) {
    this.perSecond = perSecond;
    this.atOnce = atOnce;
  }

  /** As much as the configuration allows one peer of decisions and checkpoints. */
  Cost() {
    this(0, 0);
  }

  /**
   * How much of it one peer may cause per second.
   *
   * @param transferBytes what the configuration allows one peer of decisions and checkpoints
   */
  long perSecond(long transferBytes) {
    return perSecond == 0 ? Math.max(1, transferBytes) : perSecond;
  }

  /** How much of it one peer may cause at once, when it has caused none for a while. */
  long atOnce(long transferBytes) {
    return perSecond == 0 ? Math.max(1, transferBytes / 8) : atOnce;
  }
}
