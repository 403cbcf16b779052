package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Messages and records with random content, sensible or not, from a seed. */
public final class RandomValues {
  /** The decoders' checks against the remaining input alone must suffice to bound allocation. */
  public static final CodecLimits UNLIMITED =
      new CodecLimits(
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE,
          Integer.MAX_VALUE);

  private final SplittableRandom random;

  public RandomValues(long seed) {
    random = new SplittableRandom(seed);
  }

  /** One message of every type. */
  public List<Message> messages() {
    return List.of(
        new Message.Propose(i64(), i64(), batch(), list(3, this::request)),
        new Message.Write(i64(), i64(), digest()),
        new Message.Accept(i64(), i64(), digest(), bytes()),
        new Message.Stop(i64()),
        new Message.StopData(signedTestimony(), list(3, this::certificate)),
        new Message.Sync(
            i64(),
            list(4, this::signedTestimony),
            list(3, this::certificate),
            list(3, this::batch),
            bytes()),
        new Message.Status(i32(), i64(), i64(), flag(), i64(), i64()),
        new Message.Decision(batch(), certificate(), list(3, this::request)),
        new Message.FetchDecisions(i64(), i64(), i32()),
        new Message.FetchValue(i64(), digest()),
        new Message.Value(batch()),
        new Message.FetchRequests(list(4, this::digest), flag()),
        new Message.Forwarded(list(4, this::request)),
        new Message.RequestBodies(list(4, this::request)),
        new Message.Missing(i64(), i64(), list(4, this::digest), flag()),
        new Message.Recover(i64(), i64(), bytes()),
        new Message.RecoverReply(
            i64(),
            i64(),
            bytes(),
            i64(),
            i64(),
            i64(),
            flag() ? certificate() : null,
            list(3, this::claim)),
        new Message.ClientRequest(request(), i32()),
        new Message.Reply(
            i32(),
            i64(),
            i64(),
            digest(),
            oneOf(Message.Outcome.values()),
            digest(),
            flag() ? bytes() : null,
            i64()),
        new Message.Push(i64(), i32(), i32(), bytes()),
        new Message.Fetched(i64(), i64(), i64(), i64()),
        new Message.FetchOffers(),
        new Message.Offers(list(4, () -> new Message.Offer(i64(), digest(), i64())), i64(), i64()),
        new Message.FetchPiece(i64(), i32()),
        new Message.ManifestOf(manifest(), list(3, this::certificate)),
        new Message.Piece(i64(), i32(), bytes()));
  }

  public Manifest manifest() {
    return new Manifest(i64(), i32(), list(3, this::digest), i64(), list(3, this::digest));
  }

  /** One record of every type. */
  public List<Record> records() {
    return List.of(
        new Record.Wrote(i64(), i64(), batch(), list(3, this::request)),
        new Record.Locked(i64(), i64(), digest()),
        new Record.Promised(i64()),
        new Record.Decided(batch(), certificate(), list(3, this::request)),
        new Record.Incarnation(i32(), i64(), bytes()),
        new Record.Muted(i64(), i64()));
  }

  /** Encodings of one message and one record of every type. */
  public List<byte[]> encodings() {
    List<byte[]> all = new ArrayList<>();
    messages().forEach(message -> all.add(Codec.encode(message)));
    records().forEach(record -> all.add(RecordCodec.encode(record)));
    return all;
  }

  /** Decodes as what the type byte says and encodes the result. */
  public static byte[] recode(byte[] bytes, CodecLimits limits) throws DecodeException {
    return bytes.length > 1 && bytes[1] >= 64
        ? RecordCodec.encode(RecordCodec.decode(bytes, limits))
        : Codec.encode(Codec.decode(bytes, limits));
  }

  // ---- elements -----------------------------------------------------------------------------

  public Batch batch() {
    return new Batch(
        new Batch.Header(i32(), i64(), i64(), digest(), i64(), digest()), list(3, this::reference));
  }

  public Reference reference() {
    return new Reference(new ClientId(i64(), i64()), i64(), i64(), digest());
  }

  public Request request() {
    return new Request(
        oneOf(Request.Kind.values()), new ClientId(i64(), i64()), i64(), i64(), bytes(), bytes());
  }

  public Certificate certificate() {
    return new Certificate(
        i64(), i64(), digest(), list(4, () -> new Certificate.Vote(i32(), bytes())));
  }

  public Message.SignedTestimony signedTestimony() {
    return new Message.SignedTestimony(testimony(), bytes());
  }

  public Testimony testimony() {
    return new Testimony(
        i64(),
        i32(),
        i64(),
        i64(),
        list(3, () -> new Testimony.Decided(i64(), digest())),
        list(3, this::open),
        list(3, this::claim));
  }

  private Claim claim() {
    return new Claim(i32(), i64(), bytes());
  }

  private Testimony.Open open() {
    return new Testimony.Open(
        i64(),
        flag() ? digest() : null,
        flag() ? Testimony.Lock.NONE : new Testimony.Lock(i64(), digest()),
        list(3, () -> new Testimony.Written(i64(), digest())));
  }

  // ---- primitives ---------------------------------------------------------------------------

  public <T> List<T> list(int most, Supplier<T> element) {
    List<T> list = new ArrayList<>();
    for (int count = random.nextInt(most + 1); count > 0; count--) {
      list.add(element.get());
    }
    return list;
  }

  public Bytes bytes() {
    byte[] array = new byte[flag() ? random.nextInt(4) : random.nextInt(65)];
    random.nextBytes(array);
    return new Bytes(array);
  }

  public Digest digest() {
    return flag() ? Digest.ZERO : new Digest(i64(), i64(), i64(), i64());
  }

  public <T> T oneOf(T[] values) {
    return values[random.nextInt(values.length)];
  }

  public boolean flag() {
    return random.nextBoolean();
  }

  public int i32() {
    return (int) i64();
  }

  /** Small, extreme or anything. */
  public long i64() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(4);
      case 1 ->
          new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MIN_VALUE, Integer.MAX_VALUE}
              [random.nextInt(5)];
      default -> random.nextLong();
    };
  }

  public int below(int bound) {
    return random.nextInt(bound);
  }
}
