package dev.lockstep.protocol.record;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Elements;
import dev.lockstep.protocol.record.Record.Decided;
import dev.lockstep.protocol.record.Record.Incarnation;
import dev.lockstep.protocol.record.Record.Locked;
import dev.lockstep.protocol.record.Record.Muted;
import dev.lockstep.protocol.record.Record.Promised;
import dev.lockstep.protocol.record.Record.Wrote;

/**
 * The canonical bytes of what is stored: version, type, fields, as in messages. No type is that of
 * a message, so neither is ever read as the other. Checksums and lengths are the storage's own.
 *
 * <pre>
 * 64 WROTE        i64 instance, i64 regency, batch, request* bodies
 * 65 LOCKED       i64 instance, i64 regency, digest
 * 66 PROMISED     i64 regency
 * 67 DECIDED      batch, certificate, request* bodies
 * 68 INCARNATION  i32 replica, i64 incarnation, bytes claimSignature
 * 69 MUTED        i64 incarnation, i64 muteUntil
 * </pre>
 */
public final class RecordCodec {
  private static final int WROTE = 64;
  private static final int LOCKED = 65;
  private static final int PROMISED = 66;
  private static final int DECIDED = 67;
  private static final int INCARNATION = 68;
  private static final int MUTED = 69;

  private RecordCodec() {}

  public static byte[] encode(Record record) {
    Encoder out = new Encoder().u8(Codec.VERSION);
    if (record instanceof Wrote wrote) {
      encode(out.u8(WROTE), wrote);
    } else if (record instanceof Locked locked) {
      encode(out.u8(LOCKED), locked);
    } else if (record instanceof Promised promised) {
      encode(out.u8(PROMISED), promised);
    } else if (record instanceof Decided decided) {
      encode(out.u8(DECIDED), decided);
    } else if (record instanceof Incarnation incarnation) {
      encode(out.u8(INCARNATION), incarnation);
    } else if (record instanceof Muted muted) {
      encode(out.u8(MUTED), muted);
    } else {
      throw new IllegalArgumentException("no codec for " + record);
    }
    return out.toByteArray();
  }

  /** The limits must cover every view whose instances are in the file. */
  public static Record decode(byte[] bytes, CodecLimits limits) throws DecodeException {
    Decoder in = new Decoder(bytes, limits);
    Codec.version(in);
    int type = in.u8();
    Record record =
        switch (type) {
          case WROTE -> wrote(in);
          case LOCKED -> locked(in);
          case PROMISED -> promised(in);
          case DECIDED -> decided(in);
          case INCARNATION -> incarnation(in);
          case MUTED -> muted(in);
          default -> throw in.refuse("unknown type of record " + type);
        };
    in.end();
    return record;
  }

  private static void encode(Encoder out, Wrote record) {
    out.i64(record.instance()).i64(record.regency());
    record.batch().encodeTo(out);
    Elements.putRequests(out, record.bodies());
  }

  private static Wrote wrote(Decoder in) throws DecodeException {
    return new Wrote(in.i64(), in.i64(), Elements.batch(in), Elements.bodies(in));
  }

  private static void encode(Encoder out, Locked record) {
    out.i64(record.instance()).i64(record.regency()).digest(record.digest());
  }

  private static Locked locked(Decoder in) throws DecodeException {
    return new Locked(in.i64(), in.i64(), in.digest());
  }

  private static void encode(Encoder out, Promised record) {
    out.i64(record.regency());
  }

  private static Promised promised(Decoder in) throws DecodeException {
    return new Promised(in.i64());
  }

  private static void encode(Encoder out, Decided record) {
    record.batch().encodeTo(out);
    Elements.putCertificate(out, record.certificate());
    Elements.putRequests(out, record.bodies());
  }

  private static Decided decided(Decoder in) throws DecodeException {
    return new Decided(Elements.batch(in), Elements.certificate(in), Elements.bodies(in));
  }

  private static void encode(Encoder out, Incarnation record) {
    out.i32(record.replica()).i64(record.incarnation()).bytes(record.claimSignature());
  }

  private static Incarnation incarnation(Decoder in) throws DecodeException {
    return new Incarnation(in.i32(), in.i64(), Elements.signature(in));
  }

  private static void encode(Encoder out, Muted record) {
    out.i64(record.incarnation()).i64(record.muteUntil());
  }

  private static Muted muted(Decoder in) throws DecodeException {
    return new Muted(in.i64(), in.i64());
  }
}
