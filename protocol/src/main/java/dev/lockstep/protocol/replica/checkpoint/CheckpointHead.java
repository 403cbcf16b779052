package dev.lockstep.protocol.replica.checkpoint;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Elements;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The protocol's part of a checkpoint. Its bytes:
 *
 * <pre>
 * state  u8 version, i64 instance, digest* headers, bytes sessions, bytes replies
 * head   bytes state, certificate*
 * </pre>
 *
 * The state is the same at all correct replicas; certificates are not, and prove themselves.
 *
 * @param headers header digests of the last W instances, ascending (RULES 5, 26)
 * @param certificates of the same instances
 * @param sessions {@link dev.lockstep.protocol.state.Sessions#snapshot}
 * @param replies {@link dev.lockstep.protocol.state.ReplyCache#snapshot}
 */
public record CheckpointHead(
    long instance,
    List<Digest> headers,
    List<Certificate> certificates,
    Bytes sessions,
    Bytes replies) {
  private static final int VERSION = 1;

  /** Most bytes of a state. */
  public static final int STATE_BYTES = 1 << 30;

  Bytes state() {
    Encoder out = new Encoder(64 + sessions.length() + replies.length() + 32 * headers.size());
    out.u8(VERSION).i64(instance).i32(headers.size());
    headers.forEach(out::digest);
    out.bytes(sessions).bytes(replies);
    return new Bytes(out.toByteArray());
  }

  public static Bytes encode(Bytes state, List<Certificate> certificates) {
    Encoder out = new Encoder(256 + state.length()).bytes(state);
    Elements.putCertificates(out, certificates);
    return new Bytes(out.toByteArray());
  }

  /** The state within the bytes of a head. */
  public static Bytes state(Bytes head) throws DecodeException {
    return new Decoder(head.array(), CodecLimits.DEFAULTS).bytes(STATE_BYTES, "state");
  }

  public static CheckpointHead decode(Bytes head, CodecLimits limits) throws DecodeException {
    Decoder in = new Decoder(head.array(), limits);
    Bytes state = in.bytes(STATE_BYTES, "state");
    List<Certificate> certificates = Elements.certificates(in, limits.window());
    in.end();
    return decode(state, certificates, limits);
  }

  /**
   * Puts the parts together; they belong together by their digests.
   *
   * @throws DecodeException if the bytes are no state, or headers and certificates do not fit
   */
  public static CheckpointHead decode(
      Bytes state, List<Certificate> certificates, CodecLimits limits) throws DecodeException {
    Decoder in = new Decoder(state.array(), limits);
    if (in.u8() != VERSION) {
      throw in.refuse("unknown version of a checkpoint");
    }
    long instance = in.i64();
    List<Digest> headers = in.list(limits.window(), Digest.BYTES, "headers", Decoder::digest);
    Bytes sessions = in.bytes(STATE_BYTES, "sessions");
    Bytes replies = in.bytes(STATE_BYTES, "replies");
    in.end();
    CheckpointHead head = new CheckpointHead(instance, headers, certificates, sessions, replies);
    if (!head.isChained(limits.window())) {
      throw in.refuse("headers and certificates of instance " + instance + " do not fit");
    }
    return head;
  }

  private boolean isChained(int window) {
    if (instance < 1
        || headers.size() != Math.min(window, instance)
        || certificates.size() != headers.size()) {
      return false;
    }
    for (int i = 0; i < headers.size(); i++) {
      long t = instance - headers.size() + 1 + i;
      Certificate certificate = certificates.get(i);
      if (certificate.instance() != t) {
        return false;
      }
      // The first one's predecessor is not here; the hash of the state stands for it.
      if (i > 0 || t == 1) {
        Digest before = i > 0 ? headers.get(i - 1) : Digest.ZERO;
        if (!headers.get(i).equals(DecisionLog.header(t, before, certificate.digest()))) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * What others are told of a checkpoint; its hash is that of the state.
   *
   * @throws DecodeException if its head is not one
   */
  public static Manifest manifest(Checkpoint checkpoint, int pieceBytes) throws DecodeException {
    return manifest(state(checkpoint.head()), checkpoint, pieceBytes);
  }

  static Manifest manifest(Bytes state, Checkpoint checkpoint, int pieceBytes) {
    List<Digest> pieces = new ArrayList<>();
    for (int from = 0; from < state.length(); from += pieceBytes) {
      pieces.add(Digest.hash(piece(state, from, pieceBytes).array()));
    }
    return new Manifest(
        checkpoint.instance(),
        state.length(),
        pieces,
        checkpoint.contentBytes(),
        checkpoint.pieces());
  }

  /** The piece of a state that begins at this byte. */
  public static Bytes piece(Bytes state, int from, int pieceBytes) {
    return new Bytes(
        Arrays.copyOfRange(
            state.array(), from, (int) Math.min(state.length(), (long) from + pieceBytes)));
  }
}
