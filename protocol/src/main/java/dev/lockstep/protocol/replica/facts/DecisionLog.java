package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.VoteStorage;
import java.util.Arrays;
import java.util.List;

/**
 * The delivered decisions as far as they are in memory, and the chain of their headers (RULES 6).
 *
 * <p>Of the last 2W instances the header and the certificate are always here: STOPDATA, ancestors
 * and proofs need them. Whole decisions are kept while they fit a budget of bytes; older ones are
 * read from storage ({@link VoteStorage#readDecisions}).
 */
public final class DecisionLog {
  /**
   * A whole decision.
   *
   * @param bytes what it takes to hold or to send, roughly
   */
  public record Entry(Batch batch, Certificate certificate, List<Request> bodies, long bytes) {
    public static Entry of(Batch batch, Certificate certificate, List<Request> bodies) {
      return new Entry(batch, certificate, bodies, weight(batch, certificate, bodies));
    }
  }

  /** What a decision takes to hold or to send, roughly. */
  public static long weight(Batch batch, Certificate certificate, List<Request> bodies) {
    long bytes = 512 + 128L * certificate.votes().size();
    bytes += (long) Reference.BYTES * batch.references().size();
    for (Request body : bodies) {
      bytes += body.weight();
    }
    return bytes;
  }

  private record Proof(Digest header, Certificate certificate) {}

  private final Proof[] proofs;
  private final long budget;
  private final boolean stores;

  /** Invariant: its length is a power of two, and it holds {@code [first, last]}. */
  private Entry[] ring = new Entry[64];

  /** The oldest instance in {@link #ring}; above {@link #last} when there is none. */
  private long first = 1;

  /** The last delivered instance, 0 before the first. */
  private long last;

  /** The oldest decision that storage has kept, as far as this replica told it. */
  private long firstStored = 1;

  /** What the decisions in {@link #ring} weigh, see {@link #weight}. */
  private long bytes;

  /**
   * @param window W
   * @param budget bytes of whole decisions in memory
   * @param stores whether older ones can be read from storage
   */
  public DecisionLog(int window, long budget, boolean stores) {
    proofs = new Proof[2 * window];
    this.budget = budget;
    this.stores = stores;
  }

  /** The last delivered instance, 0 before the first. */
  public long last() {
    return last;
  }

  /** The oldest instance whose whole decision is in memory; above {@link #last} when none is. */
  public long first() {
    return first;
  }

  /** The oldest instance whose decision can be given to others, from memory or storage. */
  public long firstGivable() {
    return stores ? Math.min(firstStored, first) : first;
  }

  /** The oldest decision that storage has kept. */
  public long firstStored() {
    return firstStored;
  }

  /** Storage has the decisions from here on only. */
  public void setFirstStored(long instance) {
    firstStored = instance;
  }

  /** The whole decision if it is in memory, else null. */
  public Entry entryOrNull(long instance) {
    return instance < first || instance > last ? null : ring[index(instance)];
  }

  /** The certificate if the instance is one of the last 2W, else null. */
  public Certificate certificateOrNull(long instance) {
    Proof proof = proofOrNull(instance);
    return proof == null ? null : proof.certificate;
  }

  /** The header digest of one of the last instances; zero before the first. */
  public Digest header(long instance) {
    if (instance < 1) {
      return Digest.ZERO;
    }
    Proof proof = proofOrNull(instance);
    if (proof == null) {
      throw new IllegalStateException("the header of " + instance + " is gone, last is " + last);
    }
    return proof.header;
  }

  private Proof proofOrNull(long instance) {
    return instance < 1 || instance > last || instance <= last - proofs.length
        ? null
        : proofs[(int) (instance % proofs.length)];
  }

  /** The instance after the last one is delivered. */
  public void append(Batch batch, Certificate certificate, List<Request> bodies) {
    Digest header = header(last + 1, header(last), batch.digest());
    last++;
    proofs[(int) (last % proofs.length)] = new Proof(header, certificate);
    if (last - first == ring.length) {
      grow();
    }
    Entry entry = Entry.of(batch, certificate, bodies);
    ring[index(last)] = entry;
    bytes += entry.bytes;
    while (bytes > budget && first < last) {
      bytes -= ring[index(first)].bytes;
      ring[index(first)] = null;
      first++;
    }
  }

  /**
   * Goes on after a checkpoint; nothing before it is here.
   *
   * @param headers of the last instances, as many as there are of W
   * @param certificates of the same
   */
  public void restore(long instance, List<Digest> headers, List<Certificate> certificates) {
    Arrays.fill(ring, null);
    Arrays.fill(proofs, null);
    bytes = 0;
    last = instance;
    first = instance + 1;
    for (int i = 0; i < headers.size(); i++) {
      long t = instance - headers.size() + 1 + i;
      proofs[(int) (t % proofs.length)] = new Proof(headers.get(i), certificates.get(i));
    }
  }

  /** The header digest of an instance whose predecessor has the other one. */
  public static Digest header(long instance, Digest predecessor, Digest batch) {
    return new Encoder(96)
        .label("LOCKSTEP-HEADER")
        .i64(instance)
        .digest(predecessor)
        .digest(batch)
        .hash();
  }

  private void grow() {
    Entry[] larger = new Entry[2 * ring.length];
    for (long t = first; t < last; t++) {
      larger[(int) (t & (larger.length - 1))] = ring[index(t)];
    }
    ring = larger;
  }

  private int index(long instance) {
    return (int) (instance & (ring.length - 1));
  }
}
