package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;

/** What a choice took so far, within the limits of a batch and a fair share of it per client. */
final class BatchInTheMaking {
  private final List<PooledRequest> requests = new ArrayList<>();
  private final View.Limits limits;
  private final int perClient;
  private long bytes;
  private int ofClient;

  BatchInTheMaking(View.Limits limits) {
    this.limits = limits;
    perClient = Math.max(1, limits.batchRequests() / 2);
  }

  List<PooledRequest> requests() {
    return requests;
  }

  void beginClient() {
    ofClient = 0;
  }

  boolean hasSomeOfClient() {
    return ofClient > 0;
  }

  boolean isFull() {
    return requests.size() >= limits.batchRequests() || bytes >= limits.batchBytes();
  }

  /**
   * Takes the request, which is in flight then. Returns false when it does not fit; one that is
   * larger than a batch travels alone.
   */
  boolean add(PooledRequest request) {
    int size = request.request.operation().length();
    if (isFull()
        || ofClient >= perClient
        || (!requests.isEmpty() && bytes + size > limits.batchBytes())) {
      return false;
    }
    bytes += size;
    ofClient++;
    request.inFlight = true;
    requests.add(request);
    return true;
  }
}
