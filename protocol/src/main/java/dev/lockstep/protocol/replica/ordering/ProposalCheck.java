package dev.lockstep.protocol.replica.ordering;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.requests.PooledRequest;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;

/** What this replica knows of a value, for {@link ValidityRule} to judge. Made for one look. */
final class ProposalCheck implements ValidityRule.Circumstances {
  private final Slot slot;
  private final Batch batch;
  private final PooledRequest[] named;
  private final DecisionLog log;
  private final Window window;
  private final RequestPool pool;
  private final Sessions sessions;

  /**
   * @param batch a value of the slot
   */
  ProposalCheck(
      Slot slot, Batch batch, DecisionLog log, Window window, RequestPool pool, Sessions sessions) {
    this.slot = slot;
    this.batch = batch;
    this.log = log;
    this.window = window;
    this.pool = pool;
    this.sessions = sessions;
    named = pool.named(batch);
  }

  @Override
  public boolean allAuthentic() {
    for (PooledRequest request : named) {
      if (!request.isAuthentic()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public Boolean bodiesFit() {
    long bytes = 0;
    for (int i = 0; i < named.length; i++) {
      Request body = named[i].requestOrNull();
      if (body == null) {
        return null;
      }
      bytes += body.operation().length();
      if (!body.reference().equals(batch.references().get(i))
          || !body.isWellFormed(slot.view.limits().requestBytes())) {
        return false;
      }
    }
    // One request may be larger than a batch is meant to be; it then travels alone.
    return bytes <= slot.view.limits().batchBytes() || named.length == 1;
  }

  @Override
  public boolean clockFits() {
    return slot.clockFits;
  }

  @Override
  public boolean hasDuplicates() {
    for (PooledRequest request : named) {
      Request body = request.requestOrNull();
      Standing standing = body == null ? Standing.NEXT : sessions.standing(body);
      if (standing == Standing.DELIVERED
          || standing == Standing.SUPERSEDED
          || (request.votedAt() > log.last() && request.votedAt() != slot.instance)) {
        return true;
      }
    }
    for (Slot other : window.slots()) {
      if (other != slot && other.decidedValueOrNull() != null && isDecidedIn(other)) {
        return true;
      }
    }
    return false;
  }

  private boolean isDecidedIn(Slot other) {
    for (PooledRequest request : named) {
      if (other.hasDecided(request.digest())) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean hasRival(Reference reference) {
    return pool.hasRival(reference);
  }
}
