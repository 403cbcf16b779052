package dev.lockstep.protocol.replica.transfer;

/**
 * How far a state transfer is, for humans.
 *
 * @param phase none while nothing is transferred
 * @param instance of the checkpoint, or 0 while none is chosen
 * @param source replica that offered it, or -1
 */
public record TransferStatus(Phase phase, long instance, int source, int pieces, int piecesDone) {
  /** Nothing is transferred. */
  public static final TransferStatus NONE = new TransferStatus(Phase.NONE, 0, -1, 0, 0);

  /** In the order in which they come. */
  public enum Phase {
    NONE,
    /** Asking all others what they have. */
    ASKING,
    /** Waiting for the table of contents. */
    MANIFEST,
    /** Fetching the protocol's state. */
    STATE,
    /** Storage makes room. */
    RECEIVING,
    /** Fetching the service's state. */
    CONTENT,
    /** The service takes it up. */
    INSTALLING,
    /** Following the decisions to checkpoints of others that prove it; nothing is answered. */
    PROVING,
    /** It is right and becomes durable. */
    PUBLISHING
  }
}
