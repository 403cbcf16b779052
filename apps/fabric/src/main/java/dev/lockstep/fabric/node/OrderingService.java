package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import dev.lockstep.api.MessageContext;
import dev.lockstep.api.RequestVerifier;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.node.Commands.Verdict;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.services.command.ByteReader;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.Status;

/**
 * The replicated ordering service: envelopes go in, blocks come out, the same on all nodes. Its
 * state is, for each channel, the header of the newest block, the configuration, the messages that
 * wait for their block, and the digests of those that were ordered lately. Time is the group's.
 *
 * <p>Nothing that a frontend says is believed: form, size, channel, signature and policy of each
 * envelope are checked here again, and so is each configuration.
 */
public final class OrderingService implements Service, RequestVerifier {
  /** More than what usually is on its way through the group. */
  private static final long CHECKED_BYTES = 64L << 20;

  private final Map<String, ChannelState> channels = new TreeMap<>();

  /** The rules of each channel, for the threads that look at commands before they are ordered. */
  private final Map<String, RulesAtConfig> rules = new ConcurrentHashMap<>();

  private final CheckedEnvelopes checked = new CheckedEnvelopes(CHECKED_BYTES);
  private final Listener listener;

  /** Takes what the service decides. On the service's thread. */
  public interface Listener {
    /** The next block of its channel. After a restart, blocks of before come again. */
    void onBlock(OrderedBlock block);

    /**
     * The first message of a batch was ordered.
     *
     * @param dueMicros how long the batch may wait
     */
    default void onWaiting(String channel, long dueMicros, int leader) {}

    /** The state was replaced by that of others, or of a checkpoint. */
    default void onRestored(List<ChannelTip> tips) {}

    /**
     * Returns when all blocks that came so far can be lost no more: the state that follows from
     * them is about to be written to a checkpoint, and then they cannot be made again. On a
     * checkpoint's thread.
     *
     * @throws IOException if they cannot be stored
     */
    default void awaitStored() throws IOException {}
  }

  /** The newest block of a channel. */
  public record ChannelTip(
      String channel, org.hyperledger.fabric.protos.common.BlockHeader header) {}

  /**
   * With these channels, each from its genesis block on.
   *
   * @throws RefusedException if a genesis block is none, or has rules that cannot be followed
   */
  public OrderingService(Map<String, Block> genesis, Listener listener) throws RefusedException {
    this.listener = listener;
    for (Map.Entry<String, Block> each : genesis.entrySet()) {
      RulesAtConfig first = RulesAtConfig.ofBlock(each.getKey(), each.getValue());
      channels.put(
          each.getKey(), new ChannelState(each.getKey(), each.getValue().getHeader(), 0, first));
      rules.put(each.getKey(), first);
    }
  }

  // ---- before the order ---------------------------------------------------------------------

  /**
   * Checks the signatures of envelopes while they wait to be ordered. A command with one that is
   * not valid is refused as a whole: no correct frontend sends it.
   */
  @Override
  public boolean isValid(UUID client, byte[] command) {
    try {
      ByteReader in = new ByteReader(command);
      if (in.u8() != Commands.SUBMIT) {
        return true;
      }
      for (byte[] bytes : Commands.readEnvelopes(in)) {
        ParsedEnvelope envelope = ParsedEnvelope.of(bytes);
        RulesAtConfig known = rules.get(envelope.channel());
        if (known == null) {
          continue;
        }
        Boolean valid = known.isSignedOrNull(envelope);
        if (valid != null) {
          if (!valid) {
            return false;
          }
          checked.put(envelope);
        }
      }
      return true;
    } catch (dev.lockstep.services.command.RefusedException | RefusedException e) {
      return false;
    }
  }

  // ---- commands -----------------------------------------------------------------------------

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    cutOverdue(context.timestampMicros());
    try {
      ByteReader in = new ByteReader(command);
      switch (in.u8()) {
        case Commands.SUBMIT:
          return submit(Commands.readEnvelopes(in), context);
        case Commands.HEIGHTS:
          return heights();
        default:
          return new byte[0];
      }
    } catch (dev.lockstep.services.command.RefusedException e) {
      return new byte[0];
    }
  }

  @Override
  public byte[] executeUnordered(byte[] query, MessageContext context) {
    return query.length == 1 && query[0] == Commands.HEIGHTS ? heights() : new byte[0];
  }

  private byte[] heights() {
    return Commands.heights(
        channels.values().stream()
            .map(
                channel ->
                    new Commands.ChannelHeight(
                        channel.id(),
                        channel.height(),
                        channel.rules.sequence(),
                        channel.cutter.size()))
            .toList());
  }

  private byte[] submit(List<byte[]> envelopes, MessageContext context) {
    List<Verdict> verdicts = new ArrayList<>(envelopes.size());
    for (byte[] bytes : envelopes) {
      verdicts.add(submit(bytes, context));
    }
    return Commands.verdicts(verdicts);
  }

  private Verdict submit(byte[] bytes, MessageContext context) {
    Digest digest = Digest.hash(bytes);
    ParsedEnvelope known = checked.takeOrNull(digest);
    ParsedEnvelope envelope;
    try {
      envelope = known != null ? known : ParsedEnvelope.of(bytes);
    } catch (RefusedException e) {
      return Verdict.refused(Status.BAD_REQUEST, e.getMessage());
    }
    ChannelState channel = channels.get(envelope.channel());
    if (channel == null) {
      return Verdict.refused(Status.BAD_REQUEST, "channel does not exist");
    }
    if (channel.window.contains(digest)) {
      return Verdict.ORDERED;
    }
    Instant now = Instant.EPOCH.plus(context.timestampMicros(), ChronoUnit.MICROS);
    if (envelope.isConfig()) {
      return submitConfig(channel, envelope, now);
    }
    Verdict verdict = channel.rules.checkMessage(envelope, known != null, now);
    if (verdict.status() == Status.SUCCESS) {
      channel.window.add(digest);
      order(channel, envelope, context);
    }
    return verdict;
  }

  private void order(ChannelState channel, ParsedEnvelope envelope, MessageContext context) {
    boolean begins = channel.cutter.isEmpty();
    for (List<ByteString> batch :
        channel.cutter.add(
            new BatchCutter.Pending(envelope.bytes(), envelope.countedBytes()),
            channel.rules.batchLimits(),
            context.timestampMicros())) {
      listener.onBlock(channel.next(batch, false));
      begins = true;
    }
    if (begins && !channel.cutter.isEmpty()) {
      listener.onWaiting(channel.id(), channel.rules.batchTimeoutMicros(), context.leader());
    }
  }

  /** A configuration is alone in its block, and what waits before it comes into one before it. */
  private Verdict submitConfig(ChannelState channel, ParsedEnvelope envelope, Instant now) {
    RulesAtConfig after;
    try {
      if (channel.rules.isStale(envelope)) {
        return new Verdict(
            Status.BAD_REQUEST,
            "the configuration has changed meanwhile, to sequence " + channel.rules.sequence(),
            channel.rules.sequence());
      }
      after = channel.rules.checkConfig(envelope, now);
    } catch (RefusedException e) {
      return Verdict.refused(Status.BAD_REQUEST, e.getMessage());
    }
    cut(channel);
    channel.window.add(envelope.digest());
    listener.onBlock(channel.next(List.of(envelope.bytes()), true));
    channel.rules = after;
    rules.put(channel.id(), after);
    return Verdict.ORDERED;
  }

  /** The group's time alone decides which batches have waited long enough. */
  private void cutOverdue(long nowMicros) {
    for (ChannelState channel : channels.values()) {
      if (!channel.cutter.isEmpty()
          && nowMicros - channel.cutter.firstMicros() >= channel.rules.batchTimeoutMicros()) {
        cut(channel);
      }
    }
  }

  private void cut(ChannelState channel) {
    List<ByteString> batch = channel.cutter.cut();
    if (!batch.isEmpty()) {
      listener.onBlock(channel.next(batch, false));
    }
  }

  // ---- state --------------------------------------------------------------------------------

  @Override
  public Snapshot snapshot() {
    List<ChannelSnapshot> states = channels.values().stream().map(ChannelSnapshot::of).toList();
    return out -> {
      listener.awaitStored();
      ChannelSnapshot.write(states, out);
    };
  }

  @Override
  public void restore(InputStream in) throws IOException {
    List<ChannelState> restored = ChannelSnapshot.read(in);
    if (!restored.stream().map(ChannelState::id).toList().equals(List.copyOf(channels.keySet()))) {
      throw new IOException(
          "the state is of the channels "
              + restored.stream().map(ChannelState::id).toList()
              + ", but this node has the genesis blocks of "
              + channels.keySet());
    }
    for (ChannelState state : restored) {
      channels.put(state.id(), state);
      rules.put(state.id(), state.rules);
    }
    listener.onRestored(
        restored.stream().map(state -> new ChannelTip(state.id(), state.newest)).toList());
    for (ChannelState state : restored) {
      if (!state.cutter.isEmpty()) {
        listener.onWaiting(state.id(), state.rules.batchTimeoutMicros(), 0);
      }
    }
  }
}
