package dev.lockstep.fabric.broadcast;

import org.hyperledger.fabric.protos.common.Status;

/**
 * What is to become of an envelope that a client broadcast.
 *
 * @param status SUCCESS if it may be ordered; else the answer
 * @param info the reason if it may not; else empty
 * @param kind what it is, which says something only if the status is SUCCESS
 * @param channelId the channel that it is for; empty if it does not say
 */
public record BroadcastVerdict(Status status, String info, Kind kind, String channelId) {
  /** What is to be ordered. */
  public enum Kind {
    /** The envelope itself. */
    NORMAL,

    /** A configuration that has to be made of it. */
    CONFIG_UPDATE
  }

  /** Whether it may be ordered. */
  public boolean isAccepted() {
    return status == Status.SUCCESS;
  }
}
