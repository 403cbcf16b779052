package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.List;

/**
 * What a checkpoint consists of. Canonical bytes:
 *
 * <pre>
 * u8     version, 1
 * i64    instance
 * bytes  head
 * i64    total bytes of the content
 * i32    number of pieces, then the SHA-256 digest of each
 * </pre>
 *
 * @param instance of which the checkpoint holds the state after its delivery
 * @param head the protocol's part, opaque here (what of it differs between correct replicas, such
 *     as certificates, is for the protocol to say)
 * @param totalBytes length of the content, the service's part
 * @param pieces digests of the pieces of {@link #PIECE_BYTES} that the content is cut into; the
 *     last may be shorter
 */
public record CheckpointManifest(long instance, Bytes head, long totalBytes, List<Digest> pieces) {
  /** Size of a piece: what is verified, read and sent at once. */
  public static final int PIECE_BYTES = CodecLimits.PIECE_BYTES;

  /** Most bytes of the head, which is held in memory whole. */
  public static final int HEAD_BYTES_MOST = 1 << 30;

  /** Most pieces: a content of a tebibyte. */
  private static final int PIECES_MOST = 1 << 20;

  private static final int VERSION = 1;

  public CheckpointManifest {
    pieces = List.copyOf(pieces);
    if (instance < 0
        || totalBytes < 0
        || head.length() > HEAD_BYTES_MOST
        || pieces.size() > PIECES_MOST
        || pieces.size() != (totalBytes + PIECE_BYTES - 1) / PIECE_BYTES) {
      throw new IllegalArgumentException(
          pieces.size()
              + " pieces and a head of "
              + head.length()
              + " bytes are no checkpoint of "
              + totalBytes
              + " bytes at instance "
              + instance);
    }
  }

  /** Length of a piece in bytes. */
  public int pieceBytes(int index) {
    return (int) Math.min(PIECE_BYTES, totalBytes - (long) index * PIECE_BYTES);
  }

  /** Digest of instance and content, without the head: equal where services agree. */
  public Digest contentDigest() {
    Encoder out = new Encoder(64 + pieces.size() * Digest.BYTES).label("LOCKSTEP-CHECKPOINT");
    out.i64(instance).i64(totalBytes).i32(pieces.size());
    pieces.forEach(out::digest);
    return out.hash();
  }

  public byte[] encode() {
    Encoder out = new Encoder(64 + head.length() + pieces.size() * Digest.BYTES);
    out.u8(VERSION).i64(instance).bytes(head).i64(totalBytes).i32(pieces.size());
    pieces.forEach(out::digest);
    return out.toByteArray();
  }

  /** Refuses all bytes but those of a manifest; they may come from anybody. */
  public static CheckpointManifest decode(byte[] bytes) throws DecodeException {
    Decoder in = new Decoder(bytes, CodecLimits.DEFAULTS);
    int version = in.u8();
    if (version != VERSION) {
      throw in.refuse("version " + version + " of a checkpoint manifest is not known");
    }
    long instance = in.i64();
    Bytes head = in.bytes(HEAD_BYTES_MOST, "head");
    long totalBytes = in.i64();
    List<Digest> pieces = in.list(PIECES_MOST, Digest.BYTES, "pieces", Decoder::digest);
    in.end();
    try {
      return new CheckpointManifest(instance, head, totalBytes, pieces);
    } catch (IllegalArgumentException e) {
      throw in.refuse(e.getMessage());
    }
  }
}
