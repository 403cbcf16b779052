package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Digest;
import dev.lockstep.protocol.message.Encoder;
import dev.lockstep.protocol.message.Request;
import java.util.ArrayList;
import java.util.List;

/**
 * The delivered decisions, gapless from instance 1, and the chain of their headers (RULES 6). Grows
 * until checkpoints arrive.
 */
final class DecisionLog {
  record Entry(Batch batch, Certificate certificate, List<Request> bodies, Digest header) {}

  private final List<Entry> entries = new ArrayList<>();

  long last() {
    return entries.size();
  }

  Entry get(long instance) {
    return entries.get((int) (instance - 1));
  }

  /** The header digest of an instance; zero before the first. */
  Digest header(long instance) {
    return instance < 1 ? Digest.ZERO : get(instance).header;
  }

  void append(Batch batch, Certificate certificate, List<Request> bodies) {
    long instance = last() + 1;
    Digest header =
        new Encoder(96)
            .label("LOCKSTEP-HEADER")
            .i64(instance)
            .digest(header(instance - 1))
            .digest(batch.digest())
            .hash();
    entries.add(new Entry(batch, certificate, bodies, header));
  }
}
