package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The values that this replica must be able to deliver, and therefore the bodies of their requests,
 * present or to come (RULES 15).
 */
final class Pins {
  private final RequestIndex index;

  /**
   * Of each pinned value its requests, in its order: looked up once, for everything that happens to
   * a value until it is delivered.
   */
  private final Map<Digest, PooledRequest[]> pinned = new HashMap<>();

  Pins(RequestIndex index) {
    this.index = index;
  }

  /** Keeps the bodies of a value, present or to come, until {@link #unpin}. */
  void pin(Batch batch) {
    List<Reference> references = batch.references();
    PooledRequest[] named = new PooledRequest[references.size()];
    for (int i = 0; i < named.length; i++) {
      named[i] = index.expect(references.get(i).digest());
      named[i].pinnedAt = named[i].pins++ == 0 ? batch.instance() : 0;
    }
    pinned.put(batch.digest(), named);
  }

  void unpin(Batch batch) {
    for (PooledRequest request : pinned.remove(batch.digest())) {
      request.pins--;
      index.dropIfUseless(request);
    }
  }

  /** The requests of a pinned value, in its order; those without a body are only expected. */
  PooledRequest[] named(Batch batch) {
    return pinned.get(batch.digest());
  }

  boolean hasAllBodies(Batch batch) {
    for (PooledRequest request : named(batch)) {
      if (request.request == null) {
        return false;
      }
    }
    return true;
  }

  /** The bodies of a pinned value that are here, in its order. */
  List<Request> bodies(Batch batch) {
    PooledRequest[] named = named(batch);
    List<Request> bodies = new ArrayList<>(named.length);
    for (PooledRequest request : named) {
      if (request.request != null) {
        bodies.add(request.request);
      }
    }
    return bodies;
  }

  /** Requests of the pinned value whose body is missing or, if asked for, not authentic here. */
  List<Digest> lacking(Batch batch, boolean authentic) {
    List<Digest> lacking = new ArrayList<>();
    for (PooledRequest request : named(batch)) {
      if (request.request == null || (authentic && !request.authentic)) {
        lacking.add(request.digest());
      }
    }
    return lacking;
  }

  /** The requests of a pinned value that are here are not to be proposed again. */
  void markInFlight(Batch batch) {
    for (PooledRequest request : named(batch)) {
      if (request.request != null) {
        request.inFlight = true;
      }
    }
  }

  /** This replica votes for the pinned value in the current regency. */
  void markVoted(Batch batch) {
    for (PooledRequest request : named(batch)) {
      request.votedAt = Math.max(request.votedAt, batch.instance());
    }
  }
}
