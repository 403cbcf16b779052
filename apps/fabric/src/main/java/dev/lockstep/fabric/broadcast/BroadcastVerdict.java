package dev.lockstep.fabric.broadcast;

import dev.lockstep.fabric.config.ConfigUpdates;
import org.hyperledger.fabric.protos.common.Status;

/**
 * What is to become of an envelope that a client broadcast.
 *
 * @param status SUCCESS if it may be ordered; else the answer
 * @param info the reason if it may not; else empty
 * @param channelId the channel that it is for; empty if it does not say
 * @param proposalOrNull if it is a configuration update that may be ordered, what it makes of the
 *     configuration, which is ordered in its place; else null
 */
public record BroadcastVerdict(
    Status status, String info, String channelId, ConfigUpdates.Proposal proposalOrNull) {

  static BroadcastVerdict accepted(String channelId, ConfigUpdates.Proposal proposalOrNull) {
    return new BroadcastVerdict(Status.SUCCESS, "", channelId, proposalOrNull);
  }

  static BroadcastVerdict badRequest(String channelId, String info) {
    return new BroadcastVerdict(Status.BAD_REQUEST, info, channelId, null);
  }

  static BroadcastVerdict forbidden(String channelId, String info) {
    return new BroadcastVerdict(Status.FORBIDDEN, info, channelId, null);
  }

  /** Whether it may be ordered. */
  public boolean isAccepted() {
    return status == Status.SUCCESS;
  }

  BroadcastVerdict because(String context) {
    return new BroadcastVerdict(status, context + info, channelId, proposalOrNull);
  }
}
