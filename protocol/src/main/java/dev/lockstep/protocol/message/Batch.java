package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.List;

/**
 * The value of an instance: a header and references to requests (RULES 5).
 *
 * <p>Equality is equality of the digest, which covers everything.
 */
public final class Batch {
  /**
   * @param view id of the view in force at the instance
   * @param instance position in the total order, from 1
   * @param timestampMicros proposed time; delivery makes it strictly increase (RULES 7)
   * @param nonceSeed seed of the nonces that services see
   * @param proposedInRegency regency of the leader that made the batch; kept when a bound value is
   *     proposed again
   * @param ancestor header digest of the instance {@code instance - W}, or zero
   */
  public record Header(
      int view,
      long instance,
      long timestampMicros,
      Digest nonceSeed,
      long proposedInRegency,
      Digest ancestor) {}

  private final Header header;
  private final List<Reference> references;
  private final Digest digest;

  public Batch(Header header, List<Reference> references) {
    this.header = header;
    this.references = List.copyOf(references);
    Encoder out = new Encoder(128 + references.size() * Reference.BYTES).label("LOCKSTEP-BATCH");
    encodeTo(out);
    this.digest = out.hash();
  }

  /** The one empty batch that fills a hole below a bound instance (RULES 19). */
  public static Batch noop(int view, long instance, Digest ancestor) {
    return new Batch(new Header(view, instance, 0, Digest.ZERO, 0, ancestor), List.of());
  }

  /** Canonical bytes, the input of the digest. */
  public void encodeTo(Encoder out) {
    out.i32(header.view)
        .i64(header.instance)
        .i64(header.timestampMicros)
        .digest(header.nonceSeed)
        .i64(header.proposedInRegency)
        .digest(header.ancestor)
        .i32(references.size());
    for (Reference reference : references) {
      out.i64(reference.client().high())
          .i64(reference.client().low())
          .i64(reference.session())
          .i64(reference.sequence())
          .digest(reference.digest());
    }
  }

  public Header header() {
    return header;
  }

  public long instance() {
    return header.instance;
  }

  public List<Reference> references() {
    return references;
  }

  public Digest digest() {
    return digest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Batch that && digest.equals(that.digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public String toString() {
    return "batch " + digest + " at " + header.instance + " of " + references.size();
  }
}
