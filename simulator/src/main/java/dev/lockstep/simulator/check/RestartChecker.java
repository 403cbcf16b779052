package dev.lockstep.simulator.check;

import dev.lockstep.protocol.port.StartState;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Sighting.Truncated;
import dev.lockstep.simulator.Violation;

/**
 * D1: whatever the moment of a crash, a replica whose storage is intact finds a checkpoint once it
 * has dropped the beginning of its log. Else a crash of all at once could lose what was
 * acknowledged.
 */
public final class RestartChecker implements Observer {
  private final Group group;
  private final boolean[] truncated;

  public RestartChecker(CheckContext context) {
    group = new Group(context.view(), context.byzantine());
    truncated = new boolean[group.size()];
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica(), seen.state());
    } else if (sighting instanceof Truncated seen) {
      truncated(seen.replica(), seen.records());
    }
  }

  private void truncated(int replica, int records) {
    truncated[group.position(replica)] |= records > 0;
  }

  private void started(int replica, StartState state) {
    int at = group.position(replica);
    if (state.kind() == StartState.Kind.LOST) {
      truncated[at] = false;
    } else if (truncated[at] && state.checkpoint() == null) {
      throw new Violation(
          "D1", "replica " + replica + " has dropped its log and finds no checkpoint");
    }
  }
}
