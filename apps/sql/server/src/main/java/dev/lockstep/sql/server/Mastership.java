package dev.lockstep.sql.server;

import dev.lockstep.sql.server.ReplicatedState.Suspicions;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which replica is the master, and who may have it replaced. Service thread only. */
final class Mastership {
  private static final Logger LOG = LoggerFactory.getLogger(Mastership.class);

  /** A client is not believed again for this long, twice as long each time. */
  private static final long SUSPICION_PAUSE_MICROS = 500_000;

  private static final int SUSPICION_DOUBLINGS_MAX = 10;

  private final ReplicatedState state;
  private final int self;
  private final int replicas;

  Mastership(ReplicatedState state, int self, int replicas) {
    this.state = state;
    this.self = self;
    this.replicas = replicas;
  }

  int master() {
    return (int) Math.floorMod(state.epoch, (long) replicas);
  }

  /** A client wants another master. Clients can lie, so each is believed rarely. */
  void suspect(UUID client, long now) {
    Suspicions before = state.suspicions.get(client);
    if (before != null) {
      int doublings = Math.min(before.count() - 1, SUSPICION_DOUBLINGS_MAX);
      long since = now - before.lastMicros();
      if (since < SUSPICION_PAUSE_MICROS << doublings) {
        return;
      }
      if (since > SUSPICION_PAUSE_MICROS << SUSPICION_DOUBLINGS_MAX) {
        before = null;
      }
    } else if (state.suspicions.size() >= ReplicatedState.SUSPECTING_MAX) {
      forgetOldest(now);
    }
    state.suspicions.put(client, new Suspicions(before == null ? 1 : before.count() + 1, now));
    int was = master();
    state.epoch++;
    LOG.warn(
        "replica {}: client {} suspects master {}; from epoch {} on replica {} is the master",
        self,
        client,
        was,
        state.epoch,
        master());
  }

  private void forgetOldest(long now) {
    long oldest =
        state.suspicions.values().stream().mapToLong(Suspicions::lastMicros).min().orElse(now);
    state.suspicions.values().removeIf(each -> each.lastMicros() == oldest);
  }
}
