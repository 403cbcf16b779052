package dev.lockstep.simulator.script;

import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Started;
import dev.lockstep.simulator.Sighting;
import java.util.ArrayList;
import java.util.List;

/** Notes what correct replicas deliver and count, for the questions of a script. */
final class Recorder implements Observer {
  private final List<List<Delivery>> deliveries = new ArrayList<>();
  private final long[][] counts;

  Recorder(int replicas) {
    counts = new long[replicas][Event.values().length];
    for (int i = 0; i < replicas; i++) {
      deliveries.add(new ArrayList<>());
    }
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Started seen) {
      started(seen.replica());
    } else if (sighting instanceof Delivered seen) {
      delivered(seen.replica(), seen.delivery());
    }
  }

  private void started(int replica) {
    deliveries.get(replica).clear();
  }

  private void delivered(int replica, Delivery delivery) {
    deliveries.get(replica).add(delivery);
  }

  void counted(int replica, Event event) {
    counts[replica][event.ordinal()]++;
  }

  long count(int replica, Event event) {
    return counts[replica][event.ordinal()];
  }

  /** What it delivered since its last start. */
  List<Delivery> delivered(int replica) {
    return List.copyOf(deliveries.get(replica));
  }
}
