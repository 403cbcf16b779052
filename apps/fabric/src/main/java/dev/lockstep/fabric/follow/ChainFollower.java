package dev.lockstep.fabric.follow;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.block.BlockHeaders;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.orderer.DeliverResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the chain of one channel. One node, the source, sends whole blocks; all others send
 * headers with their signatures. A block is handed on when enough nodes have signed the same header
 * and the same metadata, and its data has the hash in the header. A source that does not send what
 * others have signed is replaced.
 *
 * <p>What a node can make it hold is bounded: one header for each of the next {@value #WINDOW}
 * numbers, and data only for as many bytes as {@link #DATA_BYTES}, since messages are asked for one
 * by one. A node that sends anything else than the next block of its stream is cut off, and asked
 * again later.
 */
public final class ChainFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChainFollower.class);
  private static final int WINDOW = 64;
  private static final long DATA_BYTES = 16L << 20;
  private static final long TICK_MILLIS = 100;
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long RETRY_MOST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a source may be behind a quorum before it is replaced. */
  private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final String channel;
  private final List<Node> nodes;
  private final int quorum;
  private final Target target;
  private final Consumer<String> onFatal;
  private final ScheduledExecutorService executor;
  private final ScheduledFuture<?> ticks;
  private final AtomicLong disagreements = new AtomicLong();

  /** What is to be done, in order, by one thread at a time. Guarded by itself. */
  private final ArrayDeque<Runnable> mailbox = new ArrayDeque<>();

  private boolean running;

  // Below: by the thread that empties the mailbox.
  private final TreeMap<Long, Slot> slots = new TreeMap<>();
  private long next;
  private long heldBytes;
  private int source;
  private long certifiedSinceNanos;
  private boolean over;

  /** Where blocks go. Called by one thread at a time. */
  public interface Target {
    /** Number of the block that is wanted next; asked before each step. */
    long next();

    /** Whether anything is wanted at all. While not, no stream is opened. */
    boolean isWanted();

    /**
     * The next block.
     *
     * @throws IOException if it cannot be taken, which ends the following
     */
    void take(CertifiedBlock block) throws IOException;
  }

  private final class Node {
    private final NodeSource source;
    private final NodeIdentity identity;
    private NodeSource.Stream stream;

    /** Number of the next block that its stream brings. */
    private long expected;

    private boolean asked;
    private boolean headersOnly;
    private long retryAtNanos = System.nanoTime();
    private long pauseNanos = RETRY_NANOS;
    private int generation;

    private Node(NodeSource source, NodeIdentity identity) {
      this.source = source;
      this.identity = identity;
    }
  }

  /** What is known of one block. */
  private static final class Slot {
    private final Map<Integer, SignedHeader> signed = new HashMap<>();
    private final Map<BlockHeader, List<ByteString>> data = new HashMap<>();
    private long dataBytes;
  }

  /**
   * @param sources one for each node, in the order of the identities
   * @param quorum how many nodes must have signed a block
   * @param executor runs it; stays the caller's
   * @param onFatal called when the target cannot take a block
   */
  public ChainFollower(
      String channel,
      List<NodeSource> sources,
      List<NodeIdentity> identities,
      int quorum,
      Target target,
      ScheduledExecutorService executor,
      Consumer<String> onFatal) {
    this.channel = channel;
    this.quorum = quorum;
    this.target = target;
    this.executor = executor;
    this.onFatal = onFatal;
    Map<Integer, NodeIdentity> byNode = new HashMap<>();
    identities.forEach(identity -> byNode.put(identity.node(), identity));
    nodes = sources.stream().map(each -> new Node(each, byNode.get(each.node()))).toList();
    next = target.next();
    ticks =
        executor.scheduleWithFixedDelay(
            () -> post(this::tick), 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** How often a node signed another block than the one that a quorum signed. */
  public long disagreements() {
    return disagreements.get();
  }

  /** Looks at once whether something is wanted. Any thread. */
  public void wake() {
    post(this::tick);
  }

  private void post(Runnable event) {
    synchronized (mailbox) {
      mailbox.add(event);
      if (running) {
        return;
      }
      running = true;
    }
    try {
      executor.execute(this::work);
    } catch (RejectedExecutionException e) {
      LOG.debug("channel {}: followed no more", channel);
    }
  }

  private void work() {
    while (true) {
      Runnable event;
      synchronized (mailbox) {
        event = mailbox.poll();
        if (event == null) {
          running = false;
          return;
        }
      }
      try {
        event.run();
      } catch (RuntimeException e) {
        LOG.error("channel {}: cannot go on following", channel, e);
        end("channel " + channel + " cannot be followed: " + e);
      }
    }
  }

  // ---- streams ------------------------------------------------------------------------------

  private void tick() {
    if (over) {
      return;
    }
    moveTo(target.next());
    if (!target.isWanted()) {
      nodes.forEach(this::cancel);
      return;
    }
    long now = System.nanoTime();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      if (node.stream == null && now - node.retryAtNanos >= 0) {
        open(node, i != source);
      }
    }
    if (nodes.get(source).stream == null) {
      replaceSource("it is not there");
    }
    advance();
    if (certifiedSinceNanos != 0 && now - certifiedSinceNanos > STALL_NANOS) {
      replaceSource("it does not send block " + next + ", which a quorum has signed");
    }
  }

  /** The target is further than what was handed to it: its blocks came on another way. */
  private void moveTo(long wanted) {
    if (wanted == next) {
      return;
    }
    slots.headMap(wanted).values().forEach(slot -> heldBytes -= slot.dataBytes);
    slots.headMap(wanted).clear();
    next = wanted;
    certifiedSinceNanos = 0;
  }

  private void open(Node node, boolean headersOnly) {
    int generation = ++node.generation;
    node.expected = next;
    node.headersOnly = headersOnly;
    node.asked = true;
    node.stream =
        node.source.open(
            channel,
            next,
            headersOnly,
            new NodeSource.Listener() {
              @Override
              public void onMessage(byte[] message) {
                post(() -> ChainFollower.this.onMessage(node, generation, message));
              }

              @Override
              public void onEnd(String reason) {
                post(() -> ChainFollower.this.onEnd(node, generation, reason));
              }
            });
    node.stream.request(1);
  }

  private void cancel(Node node) {
    if (node.stream != null) {
      node.generation++;
      node.stream.cancel();
      node.stream = null;
    }
  }

  private void onEnd(Node node, int generation, String reason) {
    if (node.generation == generation && node.stream != null) {
      LOG.debug("channel {}: the stream of node {} ended: {}", channel, node.source.node(), reason);
      node.stream = null;
      pause(node);
      if (!over && nodes.get(source) == node) {
        replaceSource(reason);
      }
    }
  }

  private void pause(Node node) {
    node.retryAtNanos = System.nanoTime() + node.pauseNanos;
    node.pauseNanos = Math.min(RETRY_MOST_NANOS, 2 * node.pauseNanos);
  }

  private void drop(Node node, String reason) {
    LOG.warn("channel {}: node {} {}", channel, node.source.node(), reason);
    cancel(node);
    node.pauseNanos = RETRY_MOST_NANOS;
    pause(node);
    if (nodes.get(source) == node) {
      replaceSource("it " + reason);
    }
  }

  /** Another node sends whole blocks from here on, if another one is there. */
  private void replaceSource(String reason) {
    for (int i = 1; i < nodes.size(); i++) {
      int candidate = (source + i) % nodes.size();
      Node node = nodes.get(candidate);
      if (node.stream != null) {
        LOG.info(
            "channel {}: node {} is the source instead of node {}: {}",
            channel,
            node.source.node(),
            nodes.get(source).source.node(),
            reason);
        cancel(nodes.get(source));
        pause(nodes.get(source));
        source = candidate;
        cancel(node);
        open(node, false);
        certifiedSinceNanos = 0;
        return;
      }
    }
  }

  // ---- what arrives -------------------------------------------------------------------------

  private void onMessage(Node node, int generation, byte[] message) {
    if (over || node.generation != generation) {
      return;
    }
    node.asked = false;
    try {
      DeliverResponse response = DeliverResponse.parseFrom(message);
      if (!response.hasBlock()) {
        // A node that is behind, or shutting down.
        cancel(node);
        pause(node);
        return;
      }
      onBlock(node, response.getBlock());
    } catch (InvalidProtocolBufferException e) {
      drop(node, "sent what is no block");
      return;
    }
    advance();
  }

  private void onBlock(Node node, Block block) {
    BlockHeader header = block.getHeader();
    if (header.getNumber() != node.expected) {
      drop(node, "sent block " + header.getNumber() + " instead of " + node.expected);
      return;
    }
    node.expected++;
    if (header.getNumber() < next) {
      return;
    }
    SignedHeader signed = SignedHeader.checkedOrNull(node.identity, block);
    if (signed == null) {
      drop(node, "sent block " + header.getNumber() + " without a valid signature of its own");
      return;
    }
    node.pauseNanos = RETRY_NANOS;
    Slot slot = slots.computeIfAbsent(header.getNumber(), any -> new Slot());
    slot.signed.put(node.source.node(), signed);
    if (block.hasData()) {
      List<ByteString> data = block.getData().getDataList();
      if (!BlockHeaders.dataHash(data).equals(header.getDataHash())) {
        drop(node, "sent block " + header.getNumber() + " with data of another hash");
        return;
      }
      if (slot.data.putIfAbsent(header, data) == null) {
        long bytes = data.stream().mapToLong(ByteString::size).sum();
        slot.dataBytes += bytes;
        heldBytes += bytes;
      }
    }
  }

  /** Hands on what is complete, and asks for more. */
  private void advance() {
    while (!over) {
      Slot slot = slots.get(next);
      List<SignedHeader> agreed = slot == null ? List.of() : agreed(slot);
      if (agreed.isEmpty()) {
        break;
      }
      BlockHeader header = agreed.get(0).header();
      List<ByteString> data = slot.data.get(header);
      if (data == null) {
        if (certifiedSinceNanos == 0) {
          certifiedSinceNanos = System.nanoTime();
        }
        break;
      }
      certifiedSinceNanos = 0;
      disagreements.addAndGet(slot.signed.size() - agreed.size());
      heldBytes -= slot.dataBytes;
      slots.remove(next);
      hand(
          new CertifiedBlock(
              header,
              data,
              agreed.get(0).lastConfig(),
              agreed.stream().map(SignedHeader::signature).toList()));
    }
    nodes.forEach(this::ask);
  }

  private void hand(CertifiedBlock block) {
    try {
      target.take(block);
      next = target.next();
    } catch (IOException e) {
      LOG.error("channel {}: block {} cannot be stored", channel, next, e);
      end("block " + next + " of channel " + channel + " cannot be taken: " + e.getMessage());
    }
  }

  /** Those that signed the same, if they are enough, by node; else none. */
  private List<SignedHeader> agreed(Slot slot) {
    if (slot.signed.size() < quorum) {
      return List.of();
    }
    for (SignedHeader candidate : slot.signed.values()) {
      List<SignedHeader> same =
          slot.signed.entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(Map.Entry::getValue)
              .filter(candidate::saysTheSame)
              .toList();
      if (same.size() >= quorum) {
        return same;
      }
    }
    return List.of();
  }

  private void ask(Node node) {
    if (node.stream == null || node.asked || node.expected >= next + WINDOW) {
      return;
    }
    if (!node.headersOnly && heldBytes >= DATA_BYTES && node.expected > next) {
      return;
    }
    node.asked = true;
    node.stream.request(1);
  }

  // ---- the end ------------------------------------------------------------------------------

  private void end(String reason) {
    if (!over) {
      over = true;
      nodes.forEach(this::cancel);
      onFatal.accept(reason);
    }
  }

  @Override
  public void close() {
    ticks.cancel(false);
    post(
        () -> {
          over = true;
          nodes.forEach(this::cancel);
        });
  }
}
