package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.view.PeerTable;
import dev.lockstep.protocol.view.ViewHistory;

/**
 * How often each replica lost its votes, as far as this replica acknowledged it (RULES 27). What a
 * replica stated in a lower incarnation does not count any more: it has forgotten it itself.
 */
public final class Incarnations {
  /** What one replica claimed last. */
  private static final class Claim {
    /** From 0; never descends. */
    long incarnation;

    /** The claimer's own, over cluster, id and incarnation; empty for 0 and in crash mode. */
    Bytes signature = Bytes.EMPTY;
  }

  private final int self;
  private final Voice voice;
  private final PeerTable<Claim> claims;

  /** What this replica claims for itself while it asks for a new incarnation; 0 if it does not. */
  private long ownClaim;

  public Incarnations(int self, ViewHistory views, Voice voice) {
    this.self = self;
    this.voice = voice;
    claims = new PeerTable<>(views.peers(), id -> new Claim());
  }

  /** The incarnation below which nothing of the replica counts; of a stranger nothing does. */
  public long of(int replica) {
    if (replica == self) {
      return Math.max(voice.incarnation(), ownClaim);
    }
    Claim claim = claims.ofOrNull(replica);
    return claim == null ? Long.MAX_VALUE : claim.incarnation;
  }

  /** The claimer's signature of {@link #of}. */
  public Bytes signatureOf(int replica) {
    return claims.of(replica).signature;
  }

  /** The replica claims a higher incarnation than before; ignored for strangers. */
  public void raise(int replica, long incarnation, Bytes signature) {
    Claim claim = claims.ofOrNull(replica);
    if (claim != null && incarnation > claim.incarnation) {
      claim.incarnation = incarnation;
      claim.signature = signature;
    }
  }

  /** What this replica claims for itself, or 0. */
  public long ownClaim() {
    return ownClaim;
  }

  public void setOwnClaim(long incarnation) {
    ownClaim = incarnation;
  }
}
