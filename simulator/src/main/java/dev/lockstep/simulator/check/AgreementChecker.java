package dev.lockstep.simulator.check;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Violation;
import java.util.HashMap;
import java.util.Map;

/**
 * I1: whatever correct replicas call decided at an instance has the same digest, in their logs, in
 * the decisions that they pass on and in their STOPDATA.
 */
public final class AgreementChecker implements Observer {
  private record First(Digest digest, int replica) {}

  private final Map<Long, First> decided = new HashMap<>();

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Sent seen) {
      sent(seen.from(), seen.message());
    } else if (sighting instanceof Persisting seen) {
      persisting(seen.replica(), seen.record());
    }
  }

  private void persisting(int replica, Record record) {
    if (record instanceof Record.Decided decision) {
      decided(replica, decision.batch().instance(), decision.batch().digest());
    }
  }

  private void sent(int from, Message.ReplicaMessage message) {
    if (message instanceof Message.Decision decision) {
      decided(from, decision.batch().instance(), decision.batch().digest());
    } else if (message instanceof Message.StopData stop) {
      for (Testimony.Decided entry : stop.testimony().core().prefix()) {
        decided(from, entry.instance(), entry.digest());
      }
      for (Testimony.Open entry : stop.testimony().core().open()) {
        if (entry.decided() != null) {
          decided(from, entry.instance(), entry.decided());
        }
      }
    }
  }

  private void decided(int replica, long instance, Digest digest) {
    First first = decided.get(instance);
    if (first == null) {
      decided.put(instance, new First(digest, replica));
    } else if (!first.digest.equals(digest)) {
      throw new Violation(
          "I1",
          "instance "
              + instance
              + " is decided as "
              + first.digest
              + " at replica "
              + first.replica
              + " and as "
              + digest
              + " at replica "
              + replica);
    }
  }
}
