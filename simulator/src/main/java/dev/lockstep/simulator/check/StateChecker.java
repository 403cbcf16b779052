package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Executed;
import dev.lockstep.simulator.Sighting.Sessions;
import dev.lockstep.simulator.Violation;
import java.util.HashMap;
import java.util.Map;

/** I8: after the same instance the services and session tables of correct replicas are the same. */
public final class StateChecker implements Observer {
  private final Map<Long, Digest> states = new HashMap<>();

  private final Map<Long, Digest> tables = new HashMap<>();

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Sessions seen) {
      sessions(seen.replica(), seen.instance(), seen.hash());
    } else if (sighting instanceof Executed seen) {
      executed(seen.replica(), seen.instance(), seen.stateHash());
    }
  }

  private void executed(int replica, long instance, Digest stateHash) {
    compare(states, "state", replica, instance, stateHash);
  }

  private void sessions(int replica, long instance, Digest hash) {
    compare(tables, "session state", replica, instance, hash);
  }

  private static void compare(
      Map<Long, Digest> known, String what, int replica, long instance, Digest stateHash) {
    Digest first = known.putIfAbsent(instance, stateHash);
    if (first != null && !first.equals(stateHash)) {
      throw new Violation(
          "I8",
          "after instance "
              + instance
              + " replica "
              + replica
              + " is in "
              + what
              + " "
              + stateHash
              + ", another one was in "
              + first);
    }
  }
}
