package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;

/** The protocol's own chain of headers, against which the auditor's is tested. */
public final class HeaderChain {
  private final DecisionLog log = new DecisionLog(1024, Long.MAX_VALUE, true);

  public void append(Record.Decided decided) {
    log.append(decided.batch(), decided.certificate(), decided.bodies());
  }

  public long last() {
    return log.last();
  }

  public Digest header(long instance) {
    return log.header(instance);
  }
}
