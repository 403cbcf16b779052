package dev.lockstep.protocol.consensus;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Testimony;

/**
 * VP-Consensus: one instance, to be driven by Mod-SMaRt (thesis 3.3). The caller decides whether a
 * value may be voted for and whether this replica may vote at all; the instance counts votes and
 * keeps what STOPDATA needs. Regencies passed to {@link #vote} never descend.
 *
 * <p>Two implementations: {@link ByzantineConsensus} (PROPOSE, WRITE, ACCEPT) and {@link
 * CrashConsensus} (PROPOSE, ACCEPT).
 */
public interface Consensus {
  /** What an instance needs from the replica around it. */
  interface Host {
    /** Persist the value, with the bodies that are here, before a first vote for it. */
    void persistWrote(long instance, long regency, Batch batch, Runnable durable);

    /** Persist a lock. */
    void persistLock(long instance, long regency, Digest digest, Runnable durable);

    void broadcastWrite(long instance, long regency, Digest digest);

    void broadcastAccept(long instance, long regency, Digest digest, Bytes signature);

    /** Have this replica's ACCEPT signed; answered by {@link Consensus#onSigned}. */
    void requestSignature(long instance, long regency, Digest digest);

    /** Have an ACCEPT's signature checked; answered by {@link Consensus#onVerified}. */
    void requestVerification(
        int member, long instance, long regency, Digest digest, Bytes signature);

    /** Whether votes may leave this replica for the regency now. */
    boolean mayVote(long instance, long regency);

    /** The instance is decided (once). */
    void onDecided(long instance);

    /** A vote that contradicts an earlier one of the same sender. */
    void onDoubleVote(int member);

    void onBadSignature(int member);
  }

  /** Vote for a value that was found valid, or that SYNC bound (propose and resume). */
  void vote(long regency, Batch batch);

  /** A WRITE of a member, by its position in the view. */
  void onWrite(int member, long regency, Digest digest);

  /** An ACCEPT whose signature is not checked yet. */
  void onAccept(int member, long regency, Digest digest, Bytes signature);

  void onSigned(long regency, Digest digest, Bytes signature);

  void onVerified(int member, long regency, Digest digest, Bytes signature, boolean valid);

  /** Looks again whether a quorum is there, after votes were held back. */
  void review(long regency);

  /** No vote of a regency below this one leaves any more. */
  void stop(long regency);

  /** What STOPDATA says of this instance, or null when this replica never voted in it. */
  Testimony.Open state();

  /** Takes over a decision that was proved elsewhere. */
  void decide(Certificate proof);

  /** The decision, or null. */
  Certificate decision();

  /** Regency of this replica's last first vote here, or -1. */
  long votedIn();

  /** Digest that it voted for then. */
  Digest votedFor();

  /** Restores a vote from storage. */
  void restoreWrote(long regency, Digest digest);

  void restoreLock(long regency, Digest digest);

  /** Own votes of the regency that have left this replica, to send them again. */
  void resend(long regency, Resend resend);

  /** Receives what {@link #resend} finds. */
  interface Resend {
    void write(long regency, Digest digest);

    void accept(long regency, Digest digest, Bytes signature);
  }

  /** Positions of members that voted for the digest, whatever the regency, as a bit mask. */
  long voters(Digest digest);
}
