package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.view.QuorumSystem;
import java.util.Map;
import java.util.Set;

/**
 * Clients whose unsigned requests were proposed and were not authentic at enough replicas: what
 * they ask for is proposed only when enough replicas vouch for it (RULES 13). Counted in delivered
 * requests, not in time, so that an idle group forgives nobody.
 */
final class Greylist {
  /**
   * Delivered requests for which a client stays greylisted the first time (RULES 13). Some seconds
   * of a small group's work: each greylisting may have cost a regency change, and an honest client
   * loses little by it.
   */
  static final long REQUESTS = 4096;

  /** Each further time it is this many times as long, up to {@link #MOST}. */
  static final long GROWTH = 4;

  private static final long MOST = REQUESTS << 8;

  /**
   * @param until delivered requests at which it ends
   * @param length delivered requests that it lasts
   */
  private record Listed(long until, long length) {}

  private final QuorumSystem quorums;

  /** Of each request who complained that it lacks it. */
  private final Map<Digest, Long> complaints = new Remembering<>();

  private final Map<ClientId, Listed> listed = new Remembering<>();
  private long deliveredRequests;

  Greylist(QuorumSystem quorums) {
    this.quorums = quorums;
  }

  /** Returns true when enough members lack the request that its client was greylisted now. */
  boolean complain(Reference reference, int replica) {
    long mask = complaints.merge(reference.digest(), quorums.bit(replica), (a, b) -> a | b);
    if (!quorums.hasOneCorrect(mask)) {
      return false;
    }
    complaints.remove(reference.digest());
    add(reference.client());
    return true;
  }

  /** The request is done with. */
  void forgetComplaints(Digest digest) {
    if (!complaints.isEmpty()) {
      complaints.remove(digest);
    }
  }

  /** Greylists the client unless it is. */
  void add(ClientId client) {
    Listed before = listed.get(client);
    if (before == null || deliveredRequests >= before.until) {
      long length = before == null ? REQUESTS : Math.min(MOST, before.length * GROWTH);
      listed.put(client, new Listed(deliveredRequests + length, length));
    }
  }

  boolean contains(ClientId client) {
    Listed known = listed.isEmpty() ? null : listed.get(client);
    return known != null && deliveredRequests < known.until;
  }

  /** Those that are or were greylisted, oldest first. */
  Set<ClientId> everListed() {
    return listed.keySet();
  }

  void onDelivered() {
    deliveredRequests++;
  }
}
