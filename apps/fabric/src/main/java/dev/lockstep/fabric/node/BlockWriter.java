package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.ledger.StoredBlock;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.MetadataSignature;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs the blocks that the group ordered, on several threads, and stores them in order. What a
 * restart makes the service order again is compared with what is stored. Blocks that this node
 * never executed, because it took up the state of others, are fetched from them ({@link Gap}) and
 * come in through {@link #onFetched}.
 *
 * <pre>
 *   service thread   onOrdered, onRestored; waits here when the disk or the signatures cannot follow
 *   any thread       onFetched, awaitStored
 *   signing pool     signatures
 *   writer thread    appends to the ledgers
 * </pre>
 */
final class BlockWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BlockWriter.class);

  /** Bytes of blocks that may wait to be stored. */
  private static final int MOST_WAITING_KB = 64 << 10;

  private final String name;
  private final Map<String, Channel> channels = new HashMap<>();
  private final Function<OrderedBlock, MetadataSignature> signer;
  private final ExecutorService signatures;
  private final Gap gap;
  private final Consumer<String> onFatal;
  private final Semaphore roomKb = new Semaphore(MOST_WAITING_KB);
  private final BlockingQueue<Task> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean failed;

  /** Fetches the blocks that are missing. */
  @FunctionalInterface
  interface Gap {
    /** The blocks below this number are ordered, and this node will not execute them again. */
    void fetchBelow(String channel, long height);
  }

  private static final class Channel {
    private final Ledger ledger;

    /** Number of the next block to be queued. Guarded by the channel. */
    private long next;

    private Channel(Ledger ledger) {
      this.ledger = ledger;
      next = ledger.height();
    }
  }

  private sealed interface Task {}

  private record Store(
      Ledger ledger, OrderedBlock block, CompletableFuture<MetadataSignature> signed)
      implements Task {}

  private record Sync(CompletableFuture<Void> done) implements Task {}

  private record Stop() implements Task {}

  /**
   * @param name of the node, for its threads
   * @param signer called on several threads at a time
   * @param signingThreads at least 1
   * @param onFatal called when this node must not go on; the reason is one sentence
   */
  BlockWriter(
      String name,
      List<Ledger> ledgers,
      Function<OrderedBlock, MetadataSignature> signer,
      int signingThreads,
      Gap gap,
      Consumer<String> onFatal) {
    this.name = name;
    ledgers.forEach(ledger -> channels.put(ledger.channel(), new Channel(ledger)));
    this.signer = signer;
    this.gap = gap;
    this.onFatal = onFatal;
    signatures =
        Executors.newFixedThreadPool(signingThreads, task -> new Thread(task, name + "-signing"));
    thread = new Thread(this::run, name + "-blocks");
    thread.start();
  }

  // ---- what arrives -------------------------------------------------------------------------

  /** The service has ordered a block. On the service's thread. */
  void onOrdered(OrderedBlock block) {
    Channel channel = channels.get(block.channel());
    synchronized (channel) {
      if (block.number() == channel.next) {
        channel.next++;
        store(channel, block);
        return;
      }
    }
    if (block.number() < channel.next) {
      checkStored(channel, block.header());
    } else {
      gap.fetchBelow(block.channel(), block.number() + 1);
    }
  }

  /** The service has taken up a state in which this is the newest block. On its thread. */
  void onRestored(String id, BlockHeader newest) {
    Channel channel = channels.get(id);
    if (newest.getNumber() < channel.next) {
      checkStored(channel, newest);
    } else {
      gap.fetchBelow(id, newest.getNumber() + 1);
    }
  }

  /**
   * A block that others have ordered and vouched for. Returns false if it is not the next one, for
   * it came from the service meanwhile.
   */
  boolean onFetched(OrderedBlock block) {
    Channel channel = channels.get(block.channel());
    synchronized (channel) {
      if (block.number() != channel.next) {
        return false;
      }
      channel.next++;
      store(channel, block);
      return true;
    }
  }

  /** Number of the next block that is missing here. */
  long next(String id) {
    Channel channel = channels.get(id);
    synchronized (channel) {
      return channel.next;
    }
  }

  private void store(Channel channel, OrderedBlock block) {
    if (failed) {
      return;
    }
    roomKb.acquireUninterruptibly(kilobytes(block));
    queue.add(
        new Store(
            channel.ledger,
            block,
            CompletableFuture.supplyAsync(() -> signer.apply(block), signatures)));
  }

  private static int kilobytes(OrderedBlock block) {
    return (int) Math.min(MOST_WAITING_KB, (block.dataBytes() >> 10) + 1);
  }

  /** What is ordered again must be what is stored: else this disk belongs to another chain. */
  private void checkStored(Channel channel, BlockHeader header) {
    if (header.getNumber() >= channel.ledger.height()) {
      // It waits to be stored, so it was ordered in this life.
      return;
    }
    try {
      BlockHeader stored =
          Block.parseFrom(channel.ledger.block(header.getNumber()).bytes()).getHeader();
      if (!stored.equals(header)) {
        fail(
            "the block "
                + header.getNumber()
                + " of channel "
                + channel.ledger.channel()
                + " that is stored here is not the one that the group ordered; was the group's log"
                + " or this node's folder of blocks replaced by another one?");
      }
    } catch (IOException e) {
      fail(e.getMessage());
    }
  }

  private void fail(String reason) {
    failed = true;
    LOG.error("{}: {}", name, reason);
    onFatal.accept(reason);
  }

  /**
   * Waits until everything that was ordered so far is on the disk: before a checkpoint from which
   * it could not be made again.
   *
   * @throws IOException if it cannot be stored
   */
  void awaitStored() throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    queue.add(new Sync(done));
    try {
      while (true) {
        try {
          done.get(1, TimeUnit.SECONDS);
          return;
        } catch (java.util.concurrent.TimeoutException e) {
          if (!thread.isAlive()) {
            throw new IOException("the blocks are not stored any more", e);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while blocks are stored", e);
    } catch (ExecutionException e) {
      throw new IOException("the blocks cannot be stored", e.getCause());
    }
  }

  // ---- the writer thread --------------------------------------------------------------------

  private void run() {
    try {
      while (true) {
        Task task = queue.take();
        if (task instanceof Store store) {
          write(store);
          roomKb.release(kilobytes(store.block));
        } else if (task instanceof Sync sync) {
          sync(sync);
        } else {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Store store) {
    if (failed) {
      return;
    }
    OrderedBlock block = store.block;
    try {
      byte[] bytes =
          Blocks.assemble(
                  block.header(), block.data(), block.lastConfig(), List.of(store.signed.join()))
              .toByteArray();
      store.ledger.append(new StoredBlock(block.number(), bytes, block.isConfig()));
    } catch (IOException | RuntimeException e) {
      LOG.error("{}: a block cannot be stored", name, e);
      fail(
          "block " + block.number() + " of channel " + block.channel() + " cannot be stored: " + e);
    }
  }

  private void sync(Sync sync) {
    try {
      if (failed) {
        throw new IOException("a block could not be stored");
      }
      for (Channel channel : channels.values()) {
        channel.ledger.sync();
      }
      sync.done.complete(null);
    } catch (IOException e) {
      sync.done.completeExceptionally(e);
    }
  }

  /** Stores what waits, and ends. After the service. */
  @Override
  public void close() {
    queue.add(new Stop());
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    signatures.shutdown();
  }

  /** The bytes of a block's envelopes, as they are in a block that was fetched. */
  static OrderedBlock ordered(String channel, Block block, long lastConfig) {
    List<ByteString> data = block.getData().getDataList();
    return new OrderedBlock(channel, block.getHeader(), data, lastConfig);
  }
}
