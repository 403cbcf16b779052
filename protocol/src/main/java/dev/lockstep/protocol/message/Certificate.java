package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import java.util.List;

/**
 * Proof that a digest was decided: signed ACCEPTs of a vote quorum of the view in force at the
 * instance, all for the same regency. In crash mode the list of votes is empty and the certificate
 * is only a claim (RULES 4).
 */
public record Certificate(long instance, long regency, Digest digest, List<Vote> votes) {
  /** One replica's signature over its ACCEPT. */
  public record Vote(int replica, Bytes signature) {}

  public Certificate {
    votes = List.copyOf(votes);
  }
}
