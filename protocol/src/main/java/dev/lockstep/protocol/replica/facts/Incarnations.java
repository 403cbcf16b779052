package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.List;

/**
 * How often each other replica lost its votes, as far as this replica acknowledged it (RULES 27).
 * What a replica stated in a lower incarnation does not count beside a STOPDATA that names the
 * higher one: it has forgotten it itself.
 */
public final class Incarnations {
  /** What one replica claimed last. */
  private static final class Known {
    /** On the disk, so acknowledged; null before the first loss. Its incarnation never descends. */
    Claim acknowledged;

    /** The highest that was handed to the disk; at least the acknowledged one. */
    long begun;
  }

  private final PeerTable<Known> peers;

  public Incarnations(ViewHistory views) {
    peers = new PeerTable<>(views.peers(), id -> new Known());
  }

  /** The highest incarnation of the replica that this one acknowledged; 0 of a stranger. */
  public long of(int replica) {
    Known known = peers.ofOrNull(replica);
    return known == null || known.acknowledged == null ? 0 : known.acknowledged.incarnation();
  }

  /** The claimant's signature of {@link #of}; empty for 0. */
  public Bytes signatureOf(int replica) {
    return of(replica) == 0 ? Bytes.EMPTY : peers.of(replica).acknowledged.signature();
  }

  /** All that this replica acknowledged, of others than the given one, ascending by replica. */
  public List<Claim> acknowledgedBut(int replica) {
    List<Claim> claims = new ArrayList<>();
    peers.forEach(
        (id, known) -> {
          if (known.acknowledged != null && id != replica) {
            claims.add(known.acknowledged);
          }
        });
    return claims;
  }

  /** Whether this very claim is acknowledged here, so that it needs no second check. */
  public boolean isAcknowledged(Claim claim) {
    Known known = peers.ofOrNull(claim.replica());
    return known != null && claim.equals(known.acknowledged);
  }

  /** Whether this incarnation or a higher one was handed to the disk. */
  public boolean isBegun(int replica, long incarnation) {
    Known known = peers.ofOrNull(replica);
    return known != null && incarnation <= known.begun;
  }

  /**
   * The claim is about to be written; acknowledged once that is durable.
   *
   * @return false if it or a higher one was written before, or its claimant is a stranger
   */
  public boolean begin(Claim claim) {
    Known known = peers.ofOrNull(claim.replica());
    if (known == null || claim.incarnation() <= known.begun) {
      return false;
    }
    known.begun = claim.incarnation();
    return true;
  }

  /** The claim is durable. */
  public void acknowledge(Claim claim) {
    Known known = peers.ofOrNull(claim.replica());
    if (known != null && claim.incarnation() > of(claim.replica())) {
      known.acknowledged = claim;
      known.begun = Math.max(known.begun, claim.incarnation());
    }
  }
}
