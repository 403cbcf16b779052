package dev.lockstep.simulator.script;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.Describe;

/**
 * A message on its way. Clients have the endpoints from n on.
 *
 * @param at when it was sent
 */
public record Envelope(long at, int from, int to, Message message) {
  public boolean isFrom(int endpoint) {
    return from == endpoint;
  }

  public boolean isTo(int endpoint) {
    return to == endpoint;
  }

  public boolean is(Class<? extends Message> type) {
    return type.isInstance(message);
  }

  /** The instance of a PROPOSE, WRITE, ACCEPT or DECISION; -1 of any other message. */
  public long instance() {
    if (message instanceof Message.Propose m) {
      return m.instance();
    } else if (message instanceof Message.Write m) {
      return m.instance();
    } else if (message instanceof Message.Accept m) {
      return m.instance();
    } else if (message instanceof Message.Decision m) {
      return m.batch().instance();
    }
    return -1;
  }

  @Override
  public String toString() {
    return String.format("%.6f %d->%d %s", at / 1e6, from, to, Describe.message(message));
  }
}
