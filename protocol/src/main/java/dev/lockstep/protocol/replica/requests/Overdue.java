package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.message.Request;
import java.util.List;

/**
 * What requests that wait too long ask for (RULES 13, 36).
 *
 * @param forward requests to be passed on to all others
 * @param suspect whether the leader is to be suspected
 */
public record Overdue(List<Request> forward, boolean suspect) {
  static final Overdue NOTHING = new Overdue(List.of(), false);
}
