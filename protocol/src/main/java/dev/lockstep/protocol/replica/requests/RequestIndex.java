package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Digest;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The requests by digest. Each is here once, for whatever reasons it is held. */
final class RequestIndex {
  private final Map<Digest, PooledRequest> requests = new HashMap<>();

  PooledRequest getOrNull(Digest digest) {
    return requests.get(digest);
  }

  /** What is known of the request; if nothing is, it is expected from now on. */
  PooledRequest expect(Digest digest) {
    return requests.computeIfAbsent(digest, PooledRequest::new);
  }

  void add(PooledRequest request) {
    requests.put(request.digest(), request);
  }

  /** To be called when a reason to hold the request is gone. */
  void dropIfUseless(PooledRequest request) {
    if (!request.isPending() && request.sponsor < 0 && request.pins == 0) {
      requests.remove(request.digest());
    }
  }

  /** In no particular order: nothing that is seen outside may depend on it. */
  Collection<PooledRequest> all() {
    return requests.values();
  }
}
