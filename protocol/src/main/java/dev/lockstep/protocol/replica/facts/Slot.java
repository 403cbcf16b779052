package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What a replica holds of one instance that it has not delivered. */
public final class Slot {
  public final long instance;

  /** The view that orders the instance, and its quorums: positions of members are of this view. */
  public final View view;

  public final QuorumSystem quorums;

  /** Votes and decision. Set once, by {@link Window#open}. */
  public Consensus consensus;

  /** Values by digest: proposed, written, bound or decided here. Few; their bodies are pinned. */
  public final Map<Digest, Batch> values = new LinkedHashMap<>();

  /** The first PROPOSE of the current regency, or null. */
  public Message.Propose proposal;

  /** Whether {@link #proposal} was looked at and cannot be voted for yet. */
  public boolean waits;

  /** A PROPOSE that came before its time: of the nearest regency only. */
  public Message.Propose early;

  /** The clock tests of {@link #proposal} and {@link #early}, made at arrival (RULES 7). */
  public boolean clockFits;

  public boolean earlyClockFits;

  /** When the current proposal or bound value became known, in microseconds, or -1. */
  public long openSince = -1;

  /** When to ask (again) for what is missing, in microseconds; 0 while nothing is. */
  public long nextFetch;

  /** Questions in all: whose turn it is to be asked. */
  public int fetches;

  /** How often it was asked since {@link #nextFetch} was set first. */
  public int asked;

  /** What the decision that came from a peer weighs, see {@link Window#onHeld}. */
  public long heldBytes;

  /** The requests of the decided value, once they were asked for. */
  private Set<Digest> decidedRequests;

  Slot(long instance, View view, QuorumSystem quorums) {
    this.instance = instance;
    this.view = view;
    this.quorums = quorums;
  }

  /** The decided value if decision and value are here, else null. */
  public Batch decidedValueOrNull() {
    return consensus.decision() == null ? null : values.get(consensus.decision().digest());
  }

  /** The reference that the current leader's proposal has for the request, or null. */
  public Reference proposedOrNull(Digest request) {
    if (proposal == null) {
      return null;
    }
    for (Reference reference : proposal.batch().references()) {
      if (reference.digest().equals(request)) {
        return reference;
      }
    }
    return null;
  }

  /** Whether the decided value, if it is known, has the request. */
  public boolean hasDecided(Digest request) {
    Batch decided = decidedValueOrNull();
    if (decided == null) {
      return false;
    }
    if (decidedRequests == null) {
      decidedRequests = new HashSet<>(2 * decided.references().size());
      decided.references().forEach(reference -> decidedRequests.add(reference.digest()));
    }
    return decidedRequests.contains(request);
  }
}
