package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.Status;

/**
 * The commands of {@link OrderingService} and their replies as bytes.
 *
 * <pre>
 * SUBMIT   u8 1, i32 count, count envelopes       reply: count verdicts
 * TICK     u8 2                                   reply: empty
 * HEIGHTS  u8 3                                   reply: i32 count, count times channel, i64 height,
 *                                                 i64 configuration sequence, i32 waiting messages
 * </pre>
 */
public final class Commands {
  static final int SUBMIT = 1;
  static final int TICK = 2;
  static final int HEIGHTS = 3;

  /** Most envelopes of one command. */
  public static final int MOST_ENVELOPES = 4096;

  private static final int MOST_ENVELOPE_BYTES = 64 << 20;
  private static final int MOST_INFO_BYTES = 4096;
  private static final int MOST_CHANNEL_BYTES = 512;

  private Commands() {}

  /**
   * What became of an envelope.
   *
   * @param status SUCCESS if it is ordered, now or before
   * @param info why it is refused, else empty
   * @param sequence of the channel's configuration by which it was judged, if that matters to
   *     whoever submitted it; else -1. A configuration that was made from an older one is to be
   *     made anew once this one is known
   */
  public record Verdict(Status status, String info, long sequence) {
    static final Verdict ORDERED = new Verdict(Status.SUCCESS, "", -1);

    static Verdict refused(Status status, String info) {
      return new Verdict(status, info, -1);
    }

    /** Whether the configuration may be accepted when it is made anew. */
    public boolean isStale() {
      return sequence >= 0;
    }
  }

  /**
   * Where a channel stands.
   *
   * @param height number of the next block
   * @param waiting messages that are ordered, but in no block yet
   */
  public record ChannelHeight(String channel, long height, long configSequence, int waiting) {}

  /** The command that submits envelopes, of any channels. */
  public static byte[] submit(List<ByteString> envelopes) {
    ByteWriter out = new ByteWriter().u8(SUBMIT).i32(envelopes.size());
    envelopes.forEach(envelope -> out.bytes(envelope.toByteArray()));
    return out.toByteArray();
  }

  /** The command that makes the group look whether a batch is due. It cuts none that is not. */
  public static byte[] tick() {
    return new byte[] {TICK};
  }

  /** The query for the heights of all channels. */
  public static byte[] heights() {
    return new byte[] {HEIGHTS};
  }

  /** The envelopes of a SUBMIT whose first byte has been read. */
  static List<byte[]> readEnvelopes(ByteReader in) throws RefusedException {
    int count = in.count(Integer.BYTES);
    if (count > MOST_ENVELOPES) {
      throw new RefusedException(
          dev.lockstep.services.command.Status.MALFORMED,
          "A command holds " + count + " envelopes, but at most " + MOST_ENVELOPES + " may be.");
    }
    List<byte[]> envelopes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      envelopes.add(in.bytes(MOST_ENVELOPE_BYTES));
    }
    in.end();
    return envelopes;
  }

  static byte[] verdicts(List<Verdict> verdicts) {
    ByteWriter out = new ByteWriter();
    for (Verdict verdict : verdicts) {
      out.i32(verdict.status.getNumber()).i64(verdict.sequence);
      String info = verdict.info;
      String shown = info.substring(0, Math.min(info.length(), MOST_INFO_BYTES / 4));
      out.bytes(shown.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  /**
   * The reply to a SUBMIT.
   *
   * @throws RefusedException if it is none with so many verdicts
   */
  public static List<Verdict> readVerdicts(byte[] reply, int count) throws RefusedException {
    ByteReader in = new ByteReader(reply);
    List<Verdict> verdicts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Status status = Status.forNumber(in.i32());
      long sequence = in.i64();
      String info = in.string(MOST_INFO_BYTES);
      verdicts.add(new Verdict(status == null ? Status.UNKNOWN : status, info, sequence));
    }
    in.end();
    return verdicts;
  }

  static byte[] heights(List<ChannelHeight> heights) {
    ByteWriter out = new ByteWriter().i32(heights.size());
    for (ChannelHeight each : heights) {
      out.text(each.channel).i64(each.height).i64(each.configSequence).i32(each.waiting);
    }
    return out.toByteArray();
  }

  /**
   * The reply to a query for heights.
   *
   * @throws RefusedException if it is none
   */
  public static List<ChannelHeight> readHeights(byte[] reply) throws RefusedException {
    ByteReader in = new ByteReader(reply);
    int count = in.count(Integer.BYTES);
    List<ChannelHeight> heights = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      heights.add(new ChannelHeight(in.string(MOST_CHANNEL_BYTES), in.i64(), in.i64(), in.i32()));
    }
    in.end();
    return heights;
  }
}
