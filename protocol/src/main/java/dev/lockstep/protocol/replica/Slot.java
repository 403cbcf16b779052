package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.requests.PooledRequest;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What a replica holds of one instance that it has not delivered. */
final class Slot {
  final long instance;
  final Consensus consensus;

  /** Regency in which this slot was made. */
  final long firstRegency;

  /** Values by digest: proposed, written, bound or decided here. Few; their bodies are pinned. */
  final Map<Digest, Batch> values = new LinkedHashMap<>();

  /** The first PROPOSE of the current regency, or null. */
  Message.Propose proposal;

  /** A PROPOSE that came before its time: of the nearest regency only. */
  Message.Propose early;

  /** The clock tests of {@link #proposal} and {@link #early}, made at arrival (RULES 7). */
  boolean clockFits;

  boolean earlyClockFits;

  /** When the current proposal or bound value became known, or -1. */
  long openSince = -1;

  /** When to ask (again) for what is missing. */
  long nextFetch;

  int fetches;

  /** How often it was asked since {@link #nextFetch} was set first. */
  int asked;

  /** What the decision that came from a peer weighs, see {@link DecisionFetcher}. */
  long heldBytes;

  /** The requests of the decided value, once they were asked for. */
  private Set<Digest> decidedRequests;

  Slot(long instance, Consensus consensus, long firstRegency) {
    this.instance = instance;
    this.consensus = consensus;
    this.firstRegency = firstRegency;
  }

  /** The decided value if both are known. */
  Batch decidedValue() {
    return consensus.decision() == null ? null : values.get(consensus.decision().digest());
  }

  /** Whether the decided value, if it is known, has one of the requests. */
  boolean hasDecided(PooledRequest[] requests) {
    Batch decided = decidedValue();
    if (decided == null) {
      return false;
    }
    if (decidedRequests == null) {
      decidedRequests = new HashSet<>(2 * decided.references().size());
      decided.references().forEach(reference -> decidedRequests.add(reference.digest()));
    }
    for (PooledRequest request : requests) {
      if (decidedRequests.contains(request.digest())) {
        return true;
      }
    }
    return false;
  }
}
