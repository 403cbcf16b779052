package dev.lockstep.protocol.port;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import java.util.List;

/**
 * A delivered batch for the service. Nothing in it differs between correct replicas (RULES 8).
 *
 * @param timestampMicros ordered time, strictly increasing
 * @param regency regency in which the batch was first proposed
 * @param leader leader of that regency
 * @param commands the requests to execute, in order; duplicates and requests out of turn are gone
 */
public record Delivery(
    long instance,
    long timestampMicros,
    Digest nonceSeed,
    long regency,
    int leader,
    List<Command> commands) {
  public Delivery {
    commands = List.copyOf(commands);
  }

  /**
   * One request to execute.
   *
   * @param index its position among the references of the batch
   */
  public record Command(int index, ClientId client, long session, long sequence, Request request) {}
}
