package dev.lockstep.simulator.check;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Persisted;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Received;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Violation;
import java.util.ArrayDeque;

/**
 * I12: regencies of a correct replica only grow, also across a restart that did not lose them; and
 * a regency is installed only when enough replicas asked for it or a higher one; and since its
 * start a replica votes anew in a regency above 0 only after the SYNC of that regency.
 *
 * <p>A replica may also install a regency because of a valid SYNC. That needs no exception: a SYNC
 * holds the STOPDATA of a quorum, so some correct replica installed the regency before, and the
 * very first one had no SYNC to go by. Byzantine replicas are taken to have asked for everything.
 */
public final class RegencyChecker implements Observer {
  private record Promise(long ticket, long regency) {}

  private static final class State {
    final ArrayDeque<Promise> pending = new ArrayDeque<>();
    long promised;
    long persisted;
    long stopData;
    long status;

    /** Highest regency that the replica ever asked for; what was sent cannot be taken back. */
    long asked;

    /** The highest regency whose SYNC it received or made since the start. */
    long synced;
  }

  private final Group group;
  private final State[] states;

  public RegencyChecker(CheckContext context) {
    group = new Group(context.view(), context.byzantine());
    states = new State[group.size()];
    for (int i = 0; i < states.length; i++) {
      states[i] = new State();
    }
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica(), seen.state());
    } else if (sighting instanceof Sent seen) {
      sent(seen.from(), seen.message());
    } else if (sighting instanceof Received seen && seen.message() instanceof Message.Sync sync) {
      synced(seen.to(), sync.regency());
    } else if (sighting instanceof Persisting seen) {
      persisting(seen.replica(), seen.ticket(), seen.record());
    } else if (sighting instanceof Persisted seen) {
      persisted(seen.replica(), seen.ticket());
    }
  }

  private void started(int replica, StartState start) {
    State state = states[group.position(replica)];
    state.pending.clear();
    if (start.kind() != StartState.Kind.INTACT) {
      state.persisted = 0;
    } else {
      for (Record record : start.records()) {
        if (record instanceof Record.Promised promised) {
          state.persisted = Math.max(state.persisted, promised.regency());
        }
      }
    }
    state.promised = state.persisted;
    state.stopData = state.persisted;
    state.status = state.persisted;
    state.synced = 0;
  }

  private void synced(int replica, long regency) {
    State state = states[group.position(replica)];
    state.synced = Math.max(state.synced, regency);
  }

  /** A vote of an earlier life may be sent again; one that is new has a record that is new. */
  private void votes(int replica, long regency, Record vote) {
    State state = states[group.position(replica)];
    if (regency > state.synced) {
      throw new Violation(
          "I12",
          "replica "
              + replica
              + " has the SYNC of regency "
              + state.synced
              + " since its start, and votes: "
              + vote);
    }
  }

  private void persisting(int replica, long ticket, Record record) {
    if (record instanceof Record.Promised promised) {
      State state = states[group.position(replica)];
      state.promised = grow(replica, "promises", state.promised, promised.regency());
      state.pending.add(new Promise(ticket, promised.regency()));
      checkInstall(replica, promised.regency());
    } else if (record instanceof Record.Wrote wrote) {
      votes(replica, wrote.regency(), wrote);
    } else if (record instanceof Record.Locked locked) {
      votes(replica, locked.regency(), locked);
    }
  }

  private void persisted(int replica, long ticket) {
    State state = states[group.position(replica)];
    while (!state.pending.isEmpty() && state.pending.peek().ticket <= ticket) {
      state.persisted = Math.max(state.persisted, state.pending.poll().regency);
    }
  }

  private void sent(int from, Message.ReplicaMessage message) {
    State state = states[group.position(from)];
    if (message instanceof Message.Stop stop) {
      state.asked = Math.max(state.asked, stop.regency());
    } else if (message instanceof Message.Status status) {
      state.asked = Math.max(state.asked, status.nextRegency());
      state.status =
          grow(from, "reports", Math.max(state.status, state.persisted), status.regency());
    } else if (message instanceof Message.StopData stop) {
      long regency = stop.testimony().core().regency();
      if (regency > state.stopData) {
        checkInstall(from, regency);
      }
      state.stopData = grow(from, "sends the STOPDATA of", state.stopData, regency);
    } else if (message instanceof Message.Sync sync) {
      synced(from, sync.regency());
    }
  }

  private static long grow(int replica, String what, long before, long regency) {
    if (regency < before) {
      throw new Violation(
          "I12", "replica " + replica + " " + what + " regency " + regency + " after " + before);
    }
    return regency;
  }

  private void checkInstall(int replica, long regency) {
    if (regency == 0) {
      return;
    }
    // Its own STOP may leave in the same step as the promise, after it.
    long supporters = group.byzantineMask() | group.bit(replica);
    for (int i = 0; i < states.length; i++) {
      if (states[i].asked >= regency) {
        supporters |= 1L << i;
      }
    }
    if (Long.bitCount(supporters) < group.install()) {
      throw new Violation(
          "I12",
          "replica "
              + replica
              + " installs regency "
              + regency
              + " for which only the set "
              + Long.toBinaryString(supporters)
              + " can have asked");
    }
  }
}
