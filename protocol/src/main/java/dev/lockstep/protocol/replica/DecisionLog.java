package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Actions;
import java.util.Arrays;
import java.util.List;

/**
 * The delivered decisions as far as they are in memory, and the chain of their headers (RULES 6).
 *
 * <p>Of the last 2W instances the header and the certificate are always here: STOPDATA, ancestors
 * and proofs need them. Whole decisions are kept while they fit a budget of bytes; older ones are
 * read from storage ({@link Actions#readDecisions}).
 */
final class DecisionLog {
  /**
   * A whole decision.
   *
   * @param bytes what it takes to hold or to send, roughly
   */
  record Entry(Batch batch, Certificate certificate, List<Request> bodies, long bytes) {
    static Entry of(Batch batch, Certificate certificate, List<Request> bodies) {
      return new Entry(batch, certificate, bodies, weight(batch, certificate, bodies));
    }
  }

  /** What a decision takes to hold or to send, roughly. */
  static long weight(Batch batch, Certificate certificate, List<Request> bodies) {
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

  /** Invariant: its length is a power of two, and it holds {@code [first, last]}. */
  private Entry[] ring = new Entry[64];

  private long first = 1;
  private long last;
  private long bytes;

  /**
   * @param window W
   * @param budget bytes of whole decisions in memory
   */
  DecisionLog(int window, long budget) {
    proofs = new Proof[2 * window];
    this.budget = budget;
  }

  /** The last delivered instance, 0 before the first. */
  long last() {
    return last;
  }

  /** The oldest instance whose whole decision is in memory; above {@link #last} when none is. */
  long first() {
    return first;
  }

  /** The whole decision if it is in memory, else null. */
  Entry entryOrNull(long instance) {
    return instance < first || instance > last ? null : ring[index(instance)];
  }

  /** The certificate if the instance is one of the last 2W, else null. */
  Certificate certificateOrNull(long instance) {
    Proof proof = proofOrNull(instance);
    return proof == null ? null : proof.certificate;
  }

  /** The header digest of one of the last instances; zero before the first. */
  Digest header(long instance) {
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

  void append(Batch batch, Certificate certificate, List<Request> bodies) {
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
  void restore(long instance, List<Digest> headers, List<Certificate> certificates) {
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
  static Digest header(long instance, Digest predecessor, Digest batch) {
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
