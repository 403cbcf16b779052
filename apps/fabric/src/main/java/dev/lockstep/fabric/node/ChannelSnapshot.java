package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.services.command.SnapshotInput;
import dev.lockstep.services.command.SnapshotOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.BlockHeader;

/** The state of one channel, fixed; nothing in it changes any more. */
record ChannelSnapshot(
    String id,
    BlockHeader newest,
    long lastConfig,
    ByteString config,
    List<BatchCutter.Pending> pending,
    long firstMicros,
    Digest[] window) {
  private static final String NAME = "fabric-ordering";
  private static final int VERSION = 1;
  private static final int MOST_NAME_BYTES = 512;
  private static final int MOST_HEADER_BYTES = 1024;
  private static final int MOST_BYTES = 128 << 20;

  static ChannelSnapshot of(ChannelState channel) {
    return new ChannelSnapshot(
        channel.id(),
        channel.newest,
        channel.lastConfig,
        channel.rules.bytes(),
        channel.cutter.pending(),
        channel.cutter.firstMicros(),
        channel.window.toArray());
  }

  static void write(List<ChannelSnapshot> channels, OutputStream stream) throws IOException {
    SnapshotOutput out = new SnapshotOutput(stream, NAME, VERSION);
    out.i64(channels.size());
    for (ChannelSnapshot channel : channels) {
      channel.write(out);
    }
    out.flush();
  }

  private void write(SnapshotOutput out) throws IOException {
    out.bytes(id.getBytes(StandardCharsets.UTF_8));
    out.bytes(newest.toByteArray());
    out.i64(lastConfig);
    out.bytes(config.toByteArray());
    // Where nothing waits, what waited last must not show.
    out.i64(pending.isEmpty() ? 0 : firstMicros);
    out.i64(pending.size());
    for (BatchCutter.Pending each : pending) {
      out.bytes(each.envelope().toByteArray());
      out.i64(each.countedBytes());
    }
    out.i64(window.length);
    for (Digest digest : window) {
      out.i64(digest.a());
      out.i64(digest.b());
      out.i64(digest.c());
      out.i64(digest.d());
    }
  }

  /**
   * All channels of a snapshot.
   *
   * @throws IOException if it is none
   */
  static List<ChannelState> read(InputStream stream) throws IOException {
    SnapshotInput in = new SnapshotInput(stream, NAME, VERSION);
    List<ChannelState> channels = new ArrayList<>();
    for (long left = in.count(); left > 0; left--) {
      channels.add(readChannel(in));
    }
    in.end();
    return channels;
  }

  private static ChannelState readChannel(SnapshotInput in) throws IOException {
    String id = new String(in.bytes(MOST_NAME_BYTES), StandardCharsets.UTF_8);
    try {
      BlockHeader newest = BlockHeader.parseFrom(in.bytes(MOST_HEADER_BYTES));
      long lastConfig = in.i64();
      RulesAtConfig rules = RulesAtConfig.ofBytes(id, ByteString.copyFrom(in.bytes(MOST_BYTES)));
      ChannelState channel = new ChannelState(id, newest, lastConfig, rules);
      long firstMicros = in.i64();
      List<BatchCutter.Pending> pending = new ArrayList<>();
      for (long left = in.count(); left > 0; left--) {
        pending.add(new BatchCutter.Pending(ByteString.copyFrom(in.bytes(MOST_BYTES)), in.i64()));
      }
      channel.cutter.restore(pending, firstMicros);
      for (long left = in.count(); left > 0; left--) {
        channel.window.add(new Digest(in.i64(), in.i64(), in.i64(), in.i64()));
      }
      return channel;
    } catch (InvalidProtocolBufferException | RefusedException e) {
      throw new IOException("the state of channel " + id + " makes no sense: " + e.getMessage(), e);
    }
  }
}
