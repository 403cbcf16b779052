package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;

/**
 * A client's request. Its digest covers everything but the signature, and the signature covers the
 * digest, so bodies and signatures are not part of the values that are agreed on (RULES 5).
 *
 * <p>An {@code OPEN} has session 0 and sequence 0; its operation is an encoded {@link OpenSession}.
 * The digest is computed once, by whoever constructs the object: on a replica that is the thread
 * that decoded it.
 */
public final class Request {
  /** What is asked for. {@code UNORDERED} requests never take part in the order. */
  public enum Kind {
    OPEN,
    ORDERED,
    UNORDERED,
    /** Ends its session when its turn has come; without an operation. */
    CLOSE
  }

  private final Kind kind;
  private final Bytes operation;
  private final Bytes signature;
  private final Reference reference;

  public Request(
      Kind kind, ClientId client, long session, long sequence, Bytes operation, Bytes signature) {
    this.kind = kind;
    this.operation = operation;
    this.signature = signature;
    Digest digest =
        new Encoder(64)
            .label("LOCKSTEP-REQUEST")
            .u8(kind.ordinal())
            .i64(client.high())
            .i64(client.low())
            .i64(session)
            .i64(sequence)
            .hashWith(operation);
    this.reference = new Reference(client, session, sequence, digest);
  }

  private Request(Kind kind, Bytes operation, Bytes signature, Reference reference) {
    this.kind = kind;
    this.operation = operation;
    this.signature = signature;
    this.reference = reference;
  }

  public Kind kind() {
    return kind;
  }

  public ClientId client() {
    return reference.client();
  }

  public long session() {
    return reference.session();
  }

  public long sequence() {
    return reference.sequence();
  }

  public Bytes operation() {
    return operation;
  }

  /** Empty when the view does not ask for client signatures. */
  public Bytes signature() {
    return signature;
  }

  public Digest digest() {
    return reference.digest();
  }

  public Reference reference() {
    return reference;
  }

  /** What it costs to hold, for budgets: body plus a fixed overhead. */
  public int weight() {
    return operation.length() + signature.length() + 128;
  }

  public Request withSignature(Bytes newSignature) {
    return new Request(kind, operation, newSignature, reference);
  }

  /**
   * The same request as services see it: valid signatures may differ between replicas (RULES 8).
   */
  public Request unsigned() {
    return signature.length() == 0 ? this : withSignature(Bytes.EMPTY);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Request that
        && reference.equals(that.reference)
        && signature.equals(that.signature);
  }

  @Override
  public int hashCode() {
    return reference.digest().hashCode();
  }

  @Override
  public String toString() {
    return kind + "[" + client() + " s" + session() + " #" + sequence() + " " + digest() + "]";
  }

  /**
   * Whether a correct client could have made it, whatever the state.
   *
   * @param mostBytes most bytes of an operation
   */
  public boolean isWellFormed(int mostBytes) {
    boolean open = kind == Kind.OPEN;
    return operation().length() <= mostBytes
        && session() >= 0
        && sequence() >= 0
        && (kind == Kind.UNORDERED || open == (session() == 0))
        && (!open || sequence() == 0);
  }
}
