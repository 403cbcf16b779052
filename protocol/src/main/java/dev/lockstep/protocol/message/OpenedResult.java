package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Decoder;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import java.util.List;

/**
 * The result of an OPEN that was answered {@link Message.Outcome#OPENED} (RULES 9): the session,
 * and what closing an older one returned.
 *
 * <pre>
 * opened      i64 session, i64 closedLastExecuted, held*
 * held        i64 sequence, digest request, enum outcome, bytes result
 * </pre>
 *
 * @param session id of the session that the client has now, from 1
 * @param closedLastExecuted last sequence executed in the session that the OPEN closed, 0 if none
 *     was; -1 if it closed none, for example because that one had expired before
 * @param held the replies that were still held of the closed session, ascending by sequence
 */
public record OpenedResult(long session, long closedLastExecuted, List<Held> held) {
  private static final int HELD_LEAST = 8 + Digest.BYTES + 1 + 4;

  private static final Message.Outcome[] OUTCOMES = Message.Outcome.values();

  /**
   * A reply of the closed session.
   *
   * @param request digest of the request that was executed with this sequence
   */
  public record Held(long sequence, Digest request, Message.Outcome outcome, Bytes result) {}

  public OpenedResult {
    held = List.copyOf(held);
  }

  /** The held reply of a sequence of the closed session, or null. */
  public Held heldOrNull(long sequence) {
    for (Held reply : held) {
      if (reply.sequence == sequence) {
        return reply;
      }
    }
    return null;
  }

  public Bytes encode() {
    Encoder out = new Encoder(64).i64(session).i64(closedLastExecuted).i32(held.size());
    for (Held reply : held) {
      out.i64(reply.sequence).digest(reply.request).u8(reply.outcome.ordinal()).bytes(reply.result);
    }
    return new Bytes(out.toByteArray());
  }

  /** Returns null when these are not the canonical bytes of a result that a group can give. */
  public static OpenedResult decodeOrNull(Bytes result) {
    // No limits but the length of the bytes: they are in memory already, and every count and length
    // is checked against what remains of them.
    Decoder in = new Decoder(result.array(), CodecLimits.DEFAULTS);
    try {
      long session = in.i64();
      long last = in.i64();
      List<Held> held =
          in.list(Integer.MAX_VALUE, HELD_LEAST, "held replies", OpenedResult::decodeHeld);
      in.end();
      if (session < 1 || last < -1 || !isAscending(held, last)) {
        return null;
      }
      return new OpenedResult(session, last, held);
    } catch (DecodeException e) {
      return null;
    }
  }

  private static Held decodeHeld(Decoder in) throws DecodeException {
    return new Held(
        in.i64(),
        in.digest(),
        in.oneOf(OUTCOMES, "outcome"),
        in.bytes(Integer.MAX_VALUE, "held result"));
  }

  private static boolean isAscending(List<Held> held, long last) {
    long previous = 0;
    for (Held reply : held) {
      if (reply.sequence <= previous || reply.sequence > last) {
        return false;
      }
      previous = reply.sequence;
    }
    return true;
  }
}
