package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.port.Event;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ReplicaCountersTest {
  /** Ids may be any numbers; what is counted of few replicas takes the room of few. */
  @Test
  void replicasMayHaveAnyIds() {
    ReplicaCounters counters = new ReplicaCounters(Integer.MAX_VALUE, 7);
    Event event = Event.values()[0];
    counters.count(event, Integer.MAX_VALUE);
    counters.count(event, 7);
    counters.count(event, 7);
    counters.count(event, -1);
    counters.count(event, 8);
    counters.badPeerMessage(7);
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    counters.bindTo(metrics);
    assertThat(count(metrics, event, "2147483647")).isEqualTo(1);
    assertThat(count(metrics, event, "7")).isEqualTo(2);
    assertThat(count(metrics, event, "none")).as("of nobody, or of no member").isEqualTo(2);
    assertThat(counters.total(event)).isEqualTo(5);
    assertThat(metrics.get("lockstep.peer.bad.messages").tag("peer", "7").functionCounter().count())
        .isEqualTo(1);
  }

  private static double count(SimpleMeterRegistry metrics, Event event, String peer) {
    return metrics
        .get("lockstep.protocol.events")
        .tag("event", event.name().toLowerCase(Locale.ROOT))
        .tag("peer", peer)
        .functionCounter()
        .count();
  }
}
