package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.RequestPool;

/**
 * The values of slots, with their bodies. Invariant: a value that is in a slot is pinned in the
 * pool, once, so that its bodies stay until the slot is done with (RULES 15).
 */
public final class Values {
  private final RequestPool pool;
  private final Work work;

  public Values(RequestPool pool, Work work) {
    this.pool = pool;
    this.work = work;
  }

  /** The slot has this value from now on. */
  public void add(Slot slot, Batch batch) {
    if (slot.values.putIfAbsent(batch.digest(), batch) == null) {
      pool.pin(batch);
      work.touch(slot.instance);
    }
  }

  /** The slot is done with. */
  public void release(Slot slot) {
    slot.values.values().forEach(pool::unpin);
  }

  /** Of an undecided slot only the values that this replica wrote stay (RULES 15). */
  public void dropUnwritten(Slot slot) {
    if (slot.consensus.decision() != null) {
      return;
    }
    Testimony.Open state = slot.consensus.state();
    slot.values
        .values()
        .removeIf(
            value -> {
              boolean kept = state != null && isWritten(state, value);
              if (!kept) {
                pool.unpin(value);
              }
              return !kept;
            });
  }

  private static boolean isWritten(Testimony.Open state, Batch value) {
    return state.lock().digest().equals(value.digest())
        || state.writeSet().stream().anyMatch(written -> written.digest().equals(value.digest()));
  }
}
