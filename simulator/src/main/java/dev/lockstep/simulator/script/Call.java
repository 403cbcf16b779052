package dev.lockstep.simulator.script;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.simulator.machine.ClientNode;

/** An operation of a correct client. */
public final class Call {
  private final ClientNode node;
  private final long id;

  Call(ClientNode node, long id) {
    this.node = node;
    this.id = id;
  }

  public boolean isDone() {
    return !node.isPending(id);
  }

  /** Whether it is done and its result is known. */
  public boolean hasResult() {
    return node.resultOrNull(id) != null;
  }

  /** The number that the service answered. */
  public long result() {
    Bytes result = node.resultOrNull(id);
    if (result == null) {
      throw new AssertionError("call " + id + " has no result");
    }
    return KvOperation.resultOf(result);
  }
}
