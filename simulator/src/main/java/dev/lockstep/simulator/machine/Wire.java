package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.Violation;

/** Sends messages through their bytes, as a real network does. */
final class Wire {
  private Wire() {}

  /**
   * What arrives of a message. Null when a Byzantine sender made something that its receivers
   * refuse to decode; for a correct sender that is a finding.
   */
  static Message roundTrip(Message message, CodecLimits limits, boolean correctSender) {
    try {
      return Codec.decode(Codec.encode(message), limits);
    } catch (DecodeException | RuntimeException e) {
      if (correctSender) {
        throw new Violation(
            "CODEC", "a correct sender's message is refused: " + e + ": " + message);
      }
      return null;
    }
  }
}
