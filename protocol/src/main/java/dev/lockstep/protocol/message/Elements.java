package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.List;

/**
 * The codec of what messages and records are made of. {@link Batch#encodeTo} and {@link
 * Testimony#encodeTo} write what is hashed and signed; here they are read back. Each {@code LEAST}
 * is the encoded size of the smallest value, by which counts are checked.
 */
public final class Elements {
  private static final int REQUEST_LEAST = 1 + 16 + 8 + 8 + 4 + 4;
  private static final int BATCH_LEAST = 4 + 8 + 8 + Digest.BYTES + 8 + Digest.BYTES + 4;
  private static final int VOTE_LEAST = 4 + 4;
  private static final int CERTIFICATE_LEAST = 8 + 8 + Digest.BYTES + 4;
  private static final int DECIDED_BYTES = 8 + Digest.BYTES;
  private static final int WRITTEN_BYTES = 8 + Digest.BYTES;
  private static final int OPEN_LEAST = 8 + 1 + 8 + Digest.BYTES + 4;
  private static final int CLAIM_LEAST = 4 + 8 + 4;
  private static final int STOP_DATA_LEAST = 8 + 4 + 8 + 8 + 4 + 4 + 4;
  private static final int SIGNED_STOP_DATA_LEAST = STOP_DATA_LEAST + 4;

  private static final Request.Kind[] KINDS = Request.Kind.values();

  private Elements() {}

  // ---- signatures and digests ---------------------------------------------------------------

  public static Bytes signature(Decoder in) throws DecodeException {
    return in.bytes(in.limits().signatureBytes(), "signature");
  }

  static void putDigests(Encoder out, List<Digest> digests) {
    out.i32(digests.size());
    for (Digest digest : digests) {
      out.digest(digest);
    }
  }

  static List<Digest> digests(Decoder in) throws DecodeException {
    return in.list(in.limits().listedRequests(), Digest.BYTES, "digests", Decoder::digest);
  }

  // ---- requests -----------------------------------------------------------------------------

  static void putRequest(Encoder out, Request request) {
    out.u8(request.kind().ordinal())
        .i64(request.client().high())
        .i64(request.client().low())
        .i64(request.session())
        .i64(request.sequence())
        .bytes(request.operation())
        .bytes(request.signature());
  }

  static Request request(Decoder in) throws DecodeException {
    Request.Kind kind = in.oneOf(KINDS, "kind of request");
    ClientId client = client(in);
    long session = in.i64();
    long sequence = in.i64();
    Bytes operation = in.bytes(in.limits().operationBytes(), "operation");
    return new Request(kind, client, session, sequence, operation, signature(in));
  }

  private static ClientId client(Decoder in) throws DecodeException {
    return new ClientId(in.i64(), in.i64());
  }

  public static void putRequests(Encoder out, List<Request> requests) {
    out.i32(requests.size());
    for (Request request : requests) {
      putRequest(out, request);
    }
  }

  /** Bodies that come along with a batch. */
  public static List<Request> bodies(Decoder in) throws DecodeException {
    return requests(in, in.limits().batchRequests());
  }

  static List<Request> requests(Decoder in, int most) throws DecodeException {
    return in.list(most, REQUEST_LEAST, "requests", Elements::request);
  }

  // ---- batches ------------------------------------------------------------------------------

  public static Batch batch(Decoder in) throws DecodeException {
    Batch.Header header =
        new Batch.Header(in.i32(), in.i64(), in.i64(), in.digest(), in.i64(), in.digest());
    return new Batch(
        header,
        in.list(in.limits().batchRequests(), Reference.BYTES, "references", Elements::reference));
  }

  private static Reference reference(Decoder in) throws DecodeException {
    return new Reference(client(in), in.i64(), in.i64(), in.digest());
  }

  static void putBatches(Encoder out, List<Batch> batches) {
    out.i32(batches.size());
    for (Batch batch : batches) {
      batch.encodeTo(out);
    }
  }

  static List<Batch> batches(Decoder in) throws DecodeException {
    return in.list(in.limits().values(), BATCH_LEAST, "values", Elements::batch);
  }

  // ---- checkpoints --------------------------------------------------------------------------

  static Manifest manifest(Decoder in) throws DecodeException {
    return new Manifest(in.i64(), in.i32(), pieces(in), in.i64(), pieces(in));
  }

  private static List<Digest> pieces(Decoder in) throws DecodeException {
    return in.list(CodecLimits.PIECES, Digest.BYTES, "pieces", Decoder::digest);
  }

  // ---- certificates -------------------------------------------------------------------------

  public static void putCertificate(Encoder out, Certificate certificate) {
    out.i64(certificate.instance())
        .i64(certificate.regency())
        .digest(certificate.digest())
        .i32(certificate.votes().size());
    for (Certificate.Vote vote : certificate.votes()) {
      out.i32(vote.replica()).bytes(vote.signature());
    }
  }

  public static Certificate certificate(Decoder in) throws DecodeException {
    return new Certificate(
        in.i64(),
        in.i64(),
        in.digest(),
        in.list(in.limits().votes(), VOTE_LEAST, "votes", Elements::vote));
  }

  private static Certificate.Vote vote(Decoder in) throws DecodeException {
    return new Certificate.Vote(in.i32(), signature(in));
  }

  public static void putCertificates(Encoder out, List<Certificate> certificates) {
    out.i32(certificates.size());
    for (Certificate certificate : certificates) {
      putCertificate(out, certificate);
    }
  }

  public static List<Certificate> certificates(Decoder in, int most) throws DecodeException {
    return in.list(most, CERTIFICATE_LEAST, "certificates", Elements::certificate);
  }

  // ---- STOPDATA -----------------------------------------------------------------------------

  static void putSignedTestimony(Encoder out, Message.SignedTestimony entry) {
    entry.core().encodeTo(out);
    out.bytes(entry.signature());
  }

  static Message.SignedTestimony signedTestimony(Decoder in) throws DecodeException {
    return new Message.SignedTestimony(stopData(in), signature(in));
  }

  static List<Message.SignedTestimony> entries(Decoder in) throws DecodeException {
    return in.list(
        in.limits().entries(), SIGNED_STOP_DATA_LEAST, "entries", Elements::signedTestimony);
  }

  static Testimony stopData(Decoder in) throws DecodeException {
    int window = in.limits().window();
    return new Testimony(
        in.i64(),
        in.i32(),
        in.i64(),
        in.i64(),
        in.list(window, DECIDED_BYTES, "decided instances", Elements::decided),
        in.list(window, OPEN_LEAST, "open instances", Elements::open),
        claims(in));
  }

  static void putClaims(Encoder out, List<Claim> claims) {
    out.i32(claims.size());
    for (Claim claim : claims) {
      claim.encodeTo(out);
    }
  }

  static List<Claim> claims(Decoder in) throws DecodeException {
    return in.list(in.limits().entries(), CLAIM_LEAST, "claims", Elements::claim);
  }

  private static Claim claim(Decoder in) throws DecodeException {
    return new Claim(in.i32(), in.i64(), signature(in));
  }

  private static Testimony.Decided decided(Decoder in) throws DecodeException {
    return new Testimony.Decided(in.i64(), in.digest());
  }

  private static Testimony.Open open(Decoder in) throws DecodeException {
    return new Testimony.Open(
        in.i64(),
        in.flag() ? in.digest() : null,
        new Testimony.Lock(in.i64(), in.digest()),
        in.list(in.limits().writtenPairs(), WRITTEN_BYTES, "written pairs", Elements::written));
  }

  private static Testimony.Written written(Decoder in) throws DecodeException {
    return new Testimony.Written(in.i64(), in.digest());
  }
}
