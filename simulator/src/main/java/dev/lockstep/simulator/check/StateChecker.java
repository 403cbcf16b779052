package dev.lockstep.simulator.check;

import dev.lockstep.protocol.message.Digest;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Violation;
import java.util.HashMap;
import java.util.Map;

/** I8: after the same instance the services of correct replicas are in the same state. */
public final class StateChecker implements Observer {
  private final Map<Long, Digest> states = new HashMap<>();

  @Override
  public void executed(long now, int replica, long instance, Digest stateHash) {
    Digest first = states.putIfAbsent(instance, stateHash);
    if (first != null && !first.equals(stateHash)) {
      throw new Violation(
          "I8",
          "after instance "
              + instance
              + " replica "
              + replica
              + " is in state "
              + stateHash
              + ", another one was in "
              + first);
    }
  }
}
