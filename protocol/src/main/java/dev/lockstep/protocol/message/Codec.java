package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Message.Accept;
import dev.lockstep.protocol.message.Message.ClientRequest;
import dev.lockstep.protocol.message.Message.Decision;
import dev.lockstep.protocol.message.Message.FetchDecisions;
import dev.lockstep.protocol.message.Message.FetchOffers;
import dev.lockstep.protocol.message.Message.FetchPiece;
import dev.lockstep.protocol.message.Message.FetchRequests;
import dev.lockstep.protocol.message.Message.FetchValue;
import dev.lockstep.protocol.message.Message.Fetched;
import dev.lockstep.protocol.message.Message.Forwarded;
import dev.lockstep.protocol.message.Message.ManifestOf;
import dev.lockstep.protocol.message.Message.Missing;
import dev.lockstep.protocol.message.Message.Offer;
import dev.lockstep.protocol.message.Message.Offers;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Message.Piece;
import dev.lockstep.protocol.message.Message.Propose;
import dev.lockstep.protocol.message.Message.Push;
import dev.lockstep.protocol.message.Message.Recover;
import dev.lockstep.protocol.message.Message.RecoverReply;
import dev.lockstep.protocol.message.Message.Reply;
import dev.lockstep.protocol.message.Message.RequestBodies;
import dev.lockstep.protocol.message.Message.Status;
import dev.lockstep.protocol.message.Message.Stop;
import dev.lockstep.protocol.message.Message.StopData;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.message.Message.Value;
import dev.lockstep.protocol.message.Message.Write;

/**
 * The canonical bytes of every message: version, type, fields in the order in which the record
 * declares them (RULES 37). The package comment has the format.
 */
public final class Codec {
  /** Of messages and records alike. Another number means that no byte after it can be read here. */
  public static final int VERSION = 1;

  private static final int PROPOSE = 1;
  private static final int WRITE = 2;
  private static final int ACCEPT = 3;
  private static final int STOP = 4;
  private static final int STOP_DATA = 5;
  private static final int SYNC = 6;
  private static final int STATUS = 7;
  private static final int DECISION = 8;
  private static final int FETCH_DECISIONS = 9;
  private static final int FETCH_VALUE = 10;
  private static final int VALUE = 11;
  private static final int FETCH_REQUESTS = 12;
  private static final int FORWARDED = 13;
  private static final int REQUEST_BODIES = 14;
  private static final int MISSING = 15;
  private static final int RECOVER = 16;
  private static final int RECOVER_REPLY = 17;
  private static final int CLIENT_REQUEST = 18;
  private static final int REPLY = 19;
  private static final int PUSH = 20;
  private static final int FETCHED = 21;
  private static final int FETCH_OFFERS = 22;
  private static final int OFFERS = 23;
  private static final int FETCH_PIECE = 24;
  private static final int MANIFEST_OF = 25;
  private static final int PIECE = 26;

  private static final Outcome[] OUTCOMES = Outcome.values();

  private Codec() {}

  public static byte[] encode(Message message) {
    Encoder out = new Encoder(capacity(message)).u8(VERSION);
    if (message instanceof Propose propose) {
      encode(out.u8(PROPOSE), propose);
    } else if (message instanceof Write write) {
      encode(out.u8(WRITE), write);
    } else if (message instanceof Accept accept) {
      encode(out.u8(ACCEPT), accept);
    } else if (message instanceof Stop stop) {
      encode(out.u8(STOP), stop);
    } else if (message instanceof StopData stopData) {
      encode(out.u8(STOP_DATA), stopData);
    } else if (message instanceof Sync sync) {
      encode(out.u8(SYNC), sync);
    } else if (message instanceof Status status) {
      encode(out.u8(STATUS), status);
    } else if (message instanceof Decision decision) {
      encode(out.u8(DECISION), decision);
    } else if (message instanceof FetchDecisions fetch) {
      encode(out.u8(FETCH_DECISIONS), fetch);
    } else if (message instanceof Fetched fetched) {
      encode(out.u8(FETCHED), fetched);
    } else if (message instanceof FetchOffers) {
      out.u8(FETCH_OFFERS);
    } else if (message instanceof Offers offers) {
      encode(out.u8(OFFERS), offers);
    } else if (message instanceof FetchPiece fetch) {
      encode(out.u8(FETCH_PIECE), fetch);
    } else if (message instanceof ManifestOf manifested) {
      encode(out.u8(MANIFEST_OF), manifested);
    } else if (message instanceof Piece piece) {
      encode(out.u8(PIECE), piece);
    } else if (message instanceof FetchValue fetch) {
      encode(out.u8(FETCH_VALUE), fetch);
    } else if (message instanceof Value value) {
      encode(out.u8(VALUE), value);
    } else if (message instanceof FetchRequests fetch) {
      encode(out.u8(FETCH_REQUESTS), fetch);
    } else if (message instanceof Forwarded forwarded) {
      encode(out.u8(FORWARDED), forwarded);
    } else if (message instanceof RequestBodies bodies) {
      encode(out.u8(REQUEST_BODIES), bodies);
    } else if (message instanceof Missing missing) {
      encode(out.u8(MISSING), missing);
    } else if (message instanceof Recover recover) {
      encode(out.u8(RECOVER), recover);
    } else if (message instanceof RecoverReply reply) {
      encode(out.u8(RECOVER_REPLY), reply);
    } else if (message instanceof ClientRequest request) {
      encode(out.u8(CLIENT_REQUEST), request);
    } else if (message instanceof Reply reply) {
      encode(out.u8(REPLY), reply);
    } else if (message instanceof Push push) {
      encode(out.u8(PUSH), push);
    } else {
      throw new IllegalArgumentException("no codec for " + message);
    }
    return out.toByteArray();
  }

  /** Enough for what is sent most, so that its buffer does not grow; the others may. */
  private static int capacity(Message message) {
    if (message instanceof Reply reply) {
      return 128 + (reply.result() == null ? 0 : reply.result().length());
    } else if (message instanceof ClientRequest request) {
      return 64 + request.request().weight();
    } else if (message instanceof Propose propose) {
      int inlined = propose.inlined().stream().mapToInt(Request::weight).sum();
      return 256 + propose.batch().references().size() * Reference.BYTES + inlined;
    }
    return 256;
  }

  /**
   * The message of which these are the canonical bytes. Encoding the result gives the same bytes
   * again. Nothing about the content is checked beyond form and limits.
   */
  public static Message decode(byte[] bytes, CodecLimits limits) throws DecodeException {
    Decoder in = new Decoder(bytes, limits);
    version(in);
    int type = in.u8();
    Message message =
        switch (type) {
          case PROPOSE -> propose(in);
          case WRITE -> write(in);
          case ACCEPT -> accept(in);
          case STOP -> stop(in);
          case STOP_DATA -> stopData(in);
          case SYNC -> sync(in);
          case STATUS -> status(in);
          case DECISION -> decision(in);
          case FETCH_DECISIONS -> fetchDecisions(in);
          case FETCH_VALUE -> fetchValue(in);
          case VALUE -> value(in);
          case FETCH_REQUESTS -> fetchRequests(in);
          case FORWARDED -> forwarded(in);
          case REQUEST_BODIES -> bodies(in);
          case MISSING -> missing(in);
          case RECOVER -> recover(in);
          case RECOVER_REPLY -> recoverReply(in);
          case CLIENT_REQUEST -> clientRequest(in);
          case REPLY -> reply(in);
          case PUSH -> push(in);
          case FETCHED -> fetched(in);
          case FETCH_OFFERS -> new FetchOffers();
          case OFFERS -> offers(in);
          case FETCH_PIECE -> fetchPiece(in);
          case MANIFEST_OF -> manifested(in);
          case PIECE -> piece(in);
          default -> throw in.refuse("unknown type of message " + type);
        };
    in.end();
    return message;
  }

  /** Reads the first byte of a message or record. */
  public static void version(Decoder in) throws DecodeException {
    int version = in.u8();
    if (version != VERSION) {
      throw in.refuse("version " + version + ", not " + VERSION);
    }
  }

  // ---- normal phase -------------------------------------------------------------------------

  private static void encode(Encoder out, Propose message) {
    out.i64(message.instance()).i64(message.regency());
    message.batch().encodeTo(out);
    Elements.putRequests(out, message.inlined());
  }

  private static Propose propose(Decoder in) throws DecodeException {
    return new Propose(in.i64(), in.i64(), Elements.batch(in), Elements.bodies(in));
  }

  private static void encode(Encoder out, Write message) {
    out.i64(message.instance()).i64(message.regency()).digest(message.digest());
  }

  private static Write write(Decoder in) throws DecodeException {
    return new Write(in.i64(), in.i64(), in.digest());
  }

  private static void encode(Encoder out, Accept message) {
    out.i64(message.instance())
        .i64(message.regency())
        .digest(message.digest())
        .bytes(message.signature());
  }

  private static Accept accept(Decoder in) throws DecodeException {
    return new Accept(in.i64(), in.i64(), in.digest(), Elements.signature(in));
  }

  // ---- synchronization phase ----------------------------------------------------------------

  private static void encode(Encoder out, Stop message) {
    out.i64(message.regency());
  }

  private static Stop stop(Decoder in) throws DecodeException {
    return new Stop(in.i64());
  }

  private static void encode(Encoder out, StopData message) {
    Elements.putSignedTestimony(out, message.testimony());
    Elements.putCertificates(out, message.certificates());
  }

  private static StopData stopData(Decoder in) throws DecodeException {
    return new StopData(
        Elements.signedTestimony(in),
        Elements.certificates(in, in.limits().certificatesPerEntry()));
  }

  private static void encode(Encoder out, Sync message) {
    out.i64(message.regency()).i32(message.entries().size());
    for (Message.SignedTestimony entry : message.entries()) {
      Elements.putSignedTestimony(out, entry);
    }
    Elements.putCertificates(out, message.certificates());
    Elements.putBatches(out, message.values());
    out.bytes(message.signature());
  }

  private static Sync sync(Decoder in) throws DecodeException {
    return new Sync(
        in.i64(),
        Elements.entries(in),
        Elements.certificates(in, in.limits().certificates()),
        Elements.batches(in),
        Elements.signature(in));
  }

  // ---- catching up --------------------------------------------------------------------------

  private static void encode(Encoder out, Status message) {
    out.i32(message.view())
        .i64(message.regency())
        .i64(message.nextRegency())
        .flag(message.synced())
        .i64(message.lastDelivered())
        .i64(message.learnUntil())
        .i64(message.othersLearnUntil());
  }

  private static Status status(Decoder in) throws DecodeException {
    return new Status(in.i32(), in.i64(), in.i64(), in.flag(), in.i64(), in.i64(), in.i64());
  }

  private static void encode(Encoder out, Decision message) {
    message.batch().encodeTo(out);
    Elements.putCertificate(out, message.certificate());
    Elements.putRequests(out, message.bodies());
  }

  private static Decision decision(Decoder in) throws DecodeException {
    return new Decision(Elements.batch(in), Elements.certificate(in), Elements.bodies(in));
  }

  private static void encode(Encoder out, FetchDecisions message) {
    out.i64(message.from()).i64(message.to()).i32(message.bytes());
  }

  private static FetchDecisions fetchDecisions(Decoder in) throws DecodeException {
    return new FetchDecisions(in.i64(), in.i64(), in.i32());
  }

  private static void encode(Encoder out, Fetched message) {
    out.i64(message.from()).i64(message.next()).i64(message.first()).i64(message.lastDelivered());
  }

  private static Fetched fetched(Decoder in) throws DecodeException {
    return new Fetched(in.i64(), in.i64(), in.i64(), in.i64());
  }

  // ---- state transfer -----------------------------------------------------------------------

  private static void encode(Encoder out, Offers message) {
    out.i32(message.offers().size());
    for (Offer offer : message.offers()) {
      out.i64(offer.instance()).digest(offer.hash()).i64(offer.bytes());
    }
    out.i64(message.first()).i64(message.lastDelivered());
  }

  private static Offers offers(Decoder in) throws DecodeException {
    return new Offers(
        in.list(
            CodecLimits.OFFERS,
            8 + Digest.BYTES + 8,
            "offers",
            each -> new Offer(each.i64(), each.digest(), each.i64())),
        in.i64(),
        in.i64());
  }

  private static void encode(Encoder out, FetchPiece message) {
    out.i64(message.instance()).i32(message.piece());
  }

  private static FetchPiece fetchPiece(Decoder in) throws DecodeException {
    return new FetchPiece(in.i64(), in.i32());
  }

  private static void encode(Encoder out, ManifestOf message) {
    message.manifest().encodeTo(out);
    Elements.putCertificates(out, message.certificates());
  }

  private static ManifestOf manifested(Decoder in) throws DecodeException {
    return new ManifestOf(Elements.manifest(in), Elements.certificates(in, in.limits().window()));
  }

  private static void encode(Encoder out, Piece message) {
    out.i64(message.instance()).i32(message.piece()).bytes(message.bytes());
  }

  private static Piece piece(Decoder in) throws DecodeException {
    return new Piece(in.i64(), in.i32(), in.bytes(CodecLimits.PIECE_BYTES, "piece"));
  }

  // ---- values and bodies --------------------------------------------------------------------

  private static void encode(Encoder out, FetchValue message) {
    out.i64(message.instance()).digest(message.digest());
  }

  private static FetchValue fetchValue(Decoder in) throws DecodeException {
    return new FetchValue(in.i64(), in.digest());
  }

  private static void encode(Encoder out, Value message) {
    message.batch().encodeTo(out);
  }

  private static Value value(Decoder in) throws DecodeException {
    return new Value(Elements.batch(in));
  }

  private static void encode(Encoder out, FetchRequests message) {
    Elements.putDigests(out, message.digests());
    out.flag(message.vouch());
  }

  private static FetchRequests fetchRequests(Decoder in) throws DecodeException {
    return new FetchRequests(Elements.digests(in), in.flag());
  }

  private static void encode(Encoder out, Forwarded message) {
    Elements.putRequests(out, message.requests());
  }

  private static Forwarded forwarded(Decoder in) throws DecodeException {
    return new Forwarded(Elements.requests(in, CodecLimits.CARRIED_REQUESTS));
  }

  private static void encode(Encoder out, RequestBodies message) {
    Elements.putRequests(out, message.requests());
  }

  private static RequestBodies bodies(Decoder in) throws DecodeException {
    return new RequestBodies(Elements.requests(in, CodecLimits.CARRIED_REQUESTS));
  }

  private static void encode(Encoder out, Missing message) {
    out.i64(message.instance()).i64(message.regency());
    Elements.putDigests(out, message.digests());
    out.flag(message.overdue());
  }

  private static Missing missing(Decoder in) throws DecodeException {
    return new Missing(in.i64(), in.i64(), Elements.digests(in), in.flag());
  }

  // ---- replicas that lost their votes -------------------------------------------------------

  private static void encode(Encoder out, Recover message) {
    out.i64(message.nonce()).i64(message.incarnation()).bytes(message.signature());
  }

  private static Recover recover(Decoder in) throws DecodeException {
    return new Recover(in.i64(), in.i64(), Elements.signature(in));
  }

  private static void encode(Encoder out, RecoverReply message) {
    out.i64(message.nonce())
        .i64(message.incarnation())
        .bytes(message.claimSignature())
        .i64(message.senderIncarnation())
        .i64(message.promised())
        .i64(message.lastDelivered())
        .flag(message.certificate() != null);
    if (message.certificate() != null) {
      Elements.putCertificate(out, message.certificate());
    }
    Elements.putClaims(out, message.acknowledged());
  }

  private static RecoverReply recoverReply(Decoder in) throws DecodeException {
    return new RecoverReply(
        in.i64(),
        in.i64(),
        Elements.signature(in),
        in.i64(),
        in.i64(),
        in.i64(),
        in.flag() ? Elements.certificate(in) : null,
        Elements.claims(in));
  }

  // ---- clients ------------------------------------------------------------------------------

  private static void encode(Encoder out, ClientRequest message) {
    Elements.putRequest(out, message.request());
    out.i32(message.replier());
  }

  private static ClientRequest clientRequest(Decoder in) throws DecodeException {
    return new ClientRequest(Elements.request(in), in.i32());
  }

  private static void encode(Encoder out, Reply message) {
    out.i32(message.view())
        .i64(message.session())
        .i64(message.sequence())
        .digest(message.requestDigest())
        .u8(message.outcome().ordinal())
        .digest(message.resultDigest())
        .flag(message.result() != null);
    if (message.result() != null) {
      out.bytes(message.result());
    }
    out.i64(message.instance());
  }

  private static Reply reply(Decoder in) throws DecodeException {
    return new Reply(
        in.i32(),
        in.i64(),
        in.i64(),
        in.digest(),
        in.oneOf(OUTCOMES, "outcome"),
        in.digest(),
        in.flag() ? in.bytes(in.limits().resultBytes(), "result") : null,
        in.i64());
  }

  private static void encode(Encoder out, Push message) {
    out.i64(message.instance())
        .i32(message.position())
        .i32(message.index())
        .bytes(message.payload());
  }

  private static Push push(Decoder in) throws DecodeException {
    return new Push(in.i64(), in.i32(), in.i32(), in.bytes(in.limits().resultBytes(), "push"));
  }
}
