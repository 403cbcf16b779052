package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.List;

/**
 * What a replica states about itself when it installs a regency: the signed part of STOPDATA
 * (docs/protocol.md, the synchronization phase).
 *
 * @param regency the regency that it installed; it votes in no lower one any more
 * @param replica the sender
 * @param incarnation how often the sender lost its vote file (RULES 27)
 * @param lastDelivered the last instance that it delivered in order
 * @param prefix digests decided in (lastDelivered - W, lastDelivered], ascending by instance
 * @param open what it knows of instances in (lastDelivered, lastDelivered + W], ascending; an
 *     instance that is not listed was never voted on by the sender
 * @param acknowledged the newest incarnation of every other replica that the sender acknowledged,
 *     ascending by replica; who is not listed never lost its votes, as far as the sender knows
 */
public record Testimony(
    long regency,
    int replica,
    long incarnation,
    long lastDelivered,
    List<Decided> prefix,
    List<Open> open,
    List<Claim> acknowledged) {
  public Testimony {
    prefix = List.copyOf(prefix);
    open = List.copyOf(open);
    acknowledged = List.copyOf(acknowledged);
  }

  /** Of a sender that knows of nobody who lost its votes. */
  public Testimony(
      long regency,
      int replica,
      long incarnation,
      long lastDelivered,
      List<Decided> prefix,
      List<Open> open) {
    this(regency, replica, incarnation, lastDelivered, prefix, open, List.of());
  }

  /** A decided instance. */
  public record Decided(long instance, Digest digest) {}

  /**
   * @param decided the digest if the sender has decided the instance above a gap, else null
   * @param lock the sender's lock, or {@link Lock#NONE}
   * @param writeSet what the sender WROTE: for each digest the highest regency, ascending by
   *     regency
   */
  public record Open(long instance, Digest decided, Lock lock, List<Written> writeSet) {
    public Open {
      writeSet = List.copyOf(writeSet);
    }
  }

  /** A value that gathered a WRITE quorum at the sender (in crash mode: that it accepted). */
  public record Lock(long regency, Digest digest) {
    public static final Lock NONE = new Lock(-1, Digest.ZERO);

    public boolean isNone() {
      return regency < 0;
    }
  }

  public record Written(long regency, Digest digest) {}

  /** Canonical bytes without a label. */
  public void encodeTo(Encoder out) {
    out.i64(regency).i32(replica).i64(incarnation).i64(lastDelivered).i32(prefix.size());
    for (Decided decided : prefix) {
      out.i64(decided.instance).digest(decided.digest);
    }
    out.i32(open.size());
    for (Open entry : open) {
      out.i64(entry.instance).flag(entry.decided != null);
      if (entry.decided != null) {
        out.digest(entry.decided);
      }
      out.i64(entry.lock.regency).digest(entry.lock.digest).i32(entry.writeSet.size());
      for (Written written : entry.writeSet) {
        out.i64(written.regency).digest(written.digest);
      }
    }
    out.i32(acknowledged.size());
    for (Claim claim : acknowledged) {
      claim.encodeTo(out);
    }
  }
}
