package dev.lockstep.fabric.block;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import org.hyperledger.fabric.protos.common.Envelope;

/**
 * The one encoding of an envelope that peers accept in a block: payload, signature, each once, not
 * empty and with the shortest lengths, then unknown fields as they came. One envelope in another
 * encoding makes every peer refuse the chain for ever, so nothing else may be ordered.
 *
 * <p>The bytes are read here field by field. To parse and write again would not do: the library for
 * Java sorts unknown fields, and is easy about numbers that are too long, and that of the peers is
 * neither.
 */
public final class EnvelopeForm {
  private static final int PAYLOAD_TAG =
      WireFormat.FieldType.BYTES.getWireType() | Envelope.PAYLOAD_FIELD_NUMBER << 3;
  private static final int SIGNATURE_TAG =
      WireFormat.FieldType.BYTES.getWireType() | Envelope.SIGNATURE_FIELD_NUMBER << 3;

  private EnvelopeForm() {}

  /** Whether a peer takes these bytes as a transaction of a block. */
  public static boolean isCanonical(ByteString bytes) {
    Fields fields = fieldsOrNull(bytes);
    return fields != null && fields.isComplete() && fields.canonical().equals(bytes);
  }

  /**
   * The canonical bytes of an envelope in any encoding, as the peers would write it; null if it is
   * no envelope. An envelope without payload or signature has canonical bytes too, but is never
   * ordered.
   */
  public static ByteString canonicalOrNull(ByteString bytes) {
    Fields fields = fieldsOrNull(bytes);
    return fields == null ? null : fields.canonical();
  }

  /** The envelope, if the bytes are what a peer takes in a block; else null. */
  public static Envelope parseOrNull(ByteString bytes) {
    if (!isCanonical(bytes)) {
      return null;
    }
    try {
      return Envelope.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  /** What the limits of a channel count: the bytes of the payload and of the signature. */
  public static long sizeBytes(Envelope envelope) {
    return (long) envelope.getPayload().size() + envelope.getSignature().size();
  }

  private record Fields(ByteString payload, ByteString signature, ByteString unknown) {
    boolean isComplete() {
      return !payload.isEmpty() && !signature.isEmpty();
    }

    ByteString canonical() {
      ByteString.Output out = ByteString.newOutput(payload.size() + signature.size() + 32);
      CodedOutputStream coded = CodedOutputStream.newInstance(out);
      try {
        if (!payload.isEmpty()) {
          coded.writeBytes(Envelope.PAYLOAD_FIELD_NUMBER, payload);
        }
        if (!signature.isEmpty()) {
          coded.writeBytes(Envelope.SIGNATURE_FIELD_NUMBER, signature);
        }
        coded.flush();
      } catch (IOException e) {
        throw new IllegalStateException("writing to memory does not fail", e);
      }
      return out.toByteString().concat(unknown);
    }
  }

  private static Fields fieldsOrNull(ByteString bytes) {
    ByteString payload = ByteString.EMPTY;
    ByteString signature = ByteString.EMPTY;
    ByteString unknown = ByteString.EMPTY;
    WireScanner scanner = new WireScanner(bytes);
    while (scanner.next()) {
      if (scanner.tag() == PAYLOAD_TAG) {
        payload = scanner.content();
      } else if (scanner.tag() == SIGNATURE_TAG) {
        signature = scanner.content();
      } else if (scanner.number() <= Envelope.SIGNATURE_FIELD_NUMBER) {
        return null;
      } else {
        unknown = unknown.concat(scanner.field());
      }
    }
    return scanner.isWhole() ? new Fields(payload, signature, unknown) : null;
  }
}
