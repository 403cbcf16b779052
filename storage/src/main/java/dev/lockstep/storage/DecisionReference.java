package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Elements;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.RecordCodec;
import java.nio.ByteBuffer;

/**
 * A decision whose batch and bodies are those of a WROTE record before it in the log, so that they
 * are not written twice. Payload:
 *
 * <pre>
 * u8   version, 1
 * i64  segment of the WROTE record
 * i64  offset of its frame
 *      certificate, as in messages
 * </pre>
 */
record DecisionReference(long segment, long offset, Certificate certificate) {
  private static final int VERSION = 1;

  byte[] encode() {
    Encoder out = new Encoder().u8(VERSION).i64(segment).i64(offset);
    Elements.putCertificate(out, certificate);
    return out.toByteArray();
  }

  /** The segment that encoded bytes name. */
  static long segment(byte[] encoded) {
    return ByteBuffer.wrap(encoded).getLong(1);
  }

  static DecisionReference decode(byte[] bytes, CodecLimits limits) throws DecodeException {
    Decoder in = new Decoder(bytes, limits);
    int version = in.u8();
    if (version != VERSION) {
      throw in.refuse("version " + version + " of a decision reference is not known");
    }
    DecisionReference reference =
        new DecisionReference(in.i64(), in.i64(), Elements.certificate(in));
    in.end();
    return reference;
  }

  /**
   * The decision, from what stands at the place that is named, null included.
   *
   * @throws DecodeException if that is not the batch that was decided
   */
  Record.Decided resolve(SegmentCursor.Found found, CodecLimits limits) throws DecodeException {
    if (found != null
        && found.frame().type() == Frame.WROTE
        && RecordCodec.decode(found.payload(), limits) instanceof Record.Wrote wrote
        && wrote.batch().digest().equals(certificate.digest())) {
      return new Record.Decided(wrote.batch(), certificate, wrote.bodies());
    }
    throw new DecodeException(
        "the batch of instance " + certificate.instance() + " is not where its decision says");
  }
}
