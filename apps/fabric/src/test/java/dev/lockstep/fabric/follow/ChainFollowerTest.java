package dev.lockstep.fabric.follow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.block.BlockHeaders;
import dev.lockstep.fabric.block.BlockSigner;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockData;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.orderer.DeliverResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Four nodes, one of which may do anything. */
class ChainFollowerTest {
  private static final int BLOCKS = 200;
  private static final List<SigningIdentity> SIGNERS =
      List.of(Samples.orderer(1), Samples.orderer(2), Samples.orderer(3), Samples.orderer(4));

  private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(2);
  private final List<OneBlock> chain = chain((byte) 1);

  private record OneBlock(BlockHeader header, List<ByteString> data) {}

  @AfterEach
  void end() {
    executor.shutdownNow();
  }

  /** A chain from block 1 on, whose contents depend on a byte. */
  private static List<OneBlock> chain(byte content) {
    List<OneBlock> blocks = new ArrayList<>();
    BlockHeader previous = Samples.genesis("raftsig10").getHeader();
    for (int number = 1; number <= BLOCKS; number++) {
      List<ByteString> data =
          List.of(ByteString.copyFrom(new byte[] {content, (byte) number, (byte) (number >> 8)}));
      previous = BlockHeaders.next(number, BlockHeaders.hash(previous), data);
      blocks.add(new OneBlock(previous, data));
    }
    return blocks;
  }

  private static Block signed(int node, OneBlock block, boolean headersOnly) {
    BlockSigner signer = BlockSigner.withCertificate(SIGNERS.get(node));
    Block whole =
        Blocks.assemble(
            block.header, block.data, 0, List.of(signer.sign(block.header, Blocks.signedValue(0))));
    return headersOnly ? whole.toBuilder().clearData().build() : whole;
  }

  /** A node in memory. What it sends may be changed, or kept back. */
  private final class FakeNode implements NodeSource {
    private final int node;
    private final List<OneBlock> blocks;
    private final UnaryOperator<Block> change;
    private final List<Boolean> opened = new CopyOnWriteArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    /**
     * @param change what is sent instead of a block; null for nothing at all
     */
    private FakeNode(int node, List<OneBlock> blocks, UnaryOperator<Block> change) {
      this.node = node;
      this.blocks = blocks;
      this.change = change;
    }

    @Override
    public int node() {
      return node;
    }

    @Override
    public Stream open(String channel, long from, boolean headersOnly, Listener listener) {
      opened.add(headersOnly);
      return new Stream() {
        private long next = from;
        private volatile boolean over;

        @Override
        public void request(int messages) {
          asked.addAndGet(messages);
          executor.execute(this::send);
        }

        private void send() {
          if (over || next > BLOCKS) {
            return;
          }
          Block block = change.apply(signed(node, blocks.get((int) next++ - 1), headersOnly));
          if (block != null) {
            listener.onMessage(DeliverResponse.newBuilder().setBlock(block).build().toByteArray());
          }
        }

        @Override
        public void cancel() {
          over = true;
        }
      };
    }
  }

  private FakeNode correct(int node) {
    return new FakeNode(node, chain, block -> block);
  }

  /** Follows with a quorum of three; returns what came when all came. */
  private List<CertifiedBlock> follow(FakeNode... nodes) {
    List<CertifiedBlock> taken = new CopyOnWriteArrayList<>();
    List<NodeIdentity> identities = new ArrayList<>();
    for (int i = 0; i < SIGNERS.size(); i++) {
      identities.add(
          new NodeIdentity(
              i, SIGNERS.get(i).serialized(), SIGNERS.get(i).certificate().getPublicKey()));
    }
    ChainFollower.Target target =
        new ChainFollower.Target() {
          @Override
          public long next() {
            return taken.size() + 1;
          }

          @Override
          public boolean isWanted() {
            return true;
          }

          @Override
          public void take(CertifiedBlock block) {
            taken.add(block);
          }
        };
    try (ChainFollower follower =
        new ChainFollower(
            "raftsig10", List.of(nodes), identities, 3, target, executor, reason -> {})) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (taken.size() < BLOCKS && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
    }
    return taken;
  }

  private void check(List<CertifiedBlock> taken) {
    assertThat(taken).hasSize(BLOCKS);
    for (int i = 0; i < BLOCKS; i++) {
      assertThat(taken.get(i).header()).isEqualTo(chain.get(i).header);
      assertThat(taken.get(i).data()).isEqualTo(chain.get(i).data);
      assertThat(taken.get(i).signatures()).hasSizeGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void allAreCorrect() {
    FakeNode source = correct(0);
    check(follow(source, correct(1), correct(2), correct(3)));
    assertThat(source.opened).as("one stream of whole blocks is enough").containsExactly(false);
  }

  @Test
  void theSourceSignsAnotherChain() {
    check(
        follow(
            new FakeNode(0, chain((byte) 2), block -> block), correct(1), correct(2), correct(3)));
  }

  @Test
  void theSourceSendsOtherData() {
    check(
        follow(
            new FakeNode(
                0,
                chain,
                block ->
                    block.hasData()
                        ? block.toBuilder()
                            .setData(BlockData.newBuilder().addData(ByteString.copyFromUtf8("x")))
                            .build()
                        : block),
            correct(1),
            correct(2),
            correct(3)));
  }

  @Test
  void theSourceIsSilent() {
    check(follow(new FakeNode(0, chain, block -> null), correct(1), correct(2), correct(3)));
  }

  @Test
  void theSourceSendsHeadersOnly() {
    check(
        follow(
            new FakeNode(0, chain, block -> block.toBuilder().clearData().build()),
            correct(1),
            correct(2),
            correct(3)));
  }

  @Test
  void aNodeSendsOtherNumbersThanItWasAskedFor() {
    check(
        follow(
            correct(0),
            new FakeNode(
                1,
                chain,
                block ->
                    block.toBuilder()
                        .setHeader(block.getHeader().toBuilder().setNumber(7))
                        .build()),
            correct(2),
            correct(3)));
  }

  @Test
  void aNodeSignsWithAnothersNameOrNotAtAll() {
    check(
        follow(
            correct(0),
            correct(1),
            correct(2),
            new FakeNode(
                3,
                chain,
                block ->
                    block.toBuilder()
                        .setMetadata(
                            signed(2, chain.get((int) block.getHeader().getNumber() - 1), true)
                                .getMetadata())
                        .build())));
  }

  @Test
  void twoOfFourAreNoQuorum() {
    FakeNode silent = new FakeNode(2, chain, block -> null);
    FakeNode liar = new FakeNode(3, chain((byte) 2), block -> block);
    List<CertifiedBlock> taken = new CopyOnWriteArrayList<>();
    ChainFollower.Target target =
        new ChainFollower.Target() {
          @Override
          public long next() {
            return 1;
          }

          @Override
          public boolean isWanted() {
            return true;
          }

          @Override
          public void take(CertifiedBlock block) {
            taken.add(block);
          }
        };
    List<NodeIdentity> identities = new ArrayList<>();
    for (int i = 0; i < SIGNERS.size(); i++) {
      identities.add(
          new NodeIdentity(
              i, SIGNERS.get(i).serialized(), SIGNERS.get(i).certificate().getPublicKey()));
    }
    FakeNode first = correct(0);
    FakeNode second = correct(1);
    try (ChainFollower follower =
        new ChainFollower(
            "raftsig10",
            List.of(first, second, silent, liar),
            identities,
            3,
            target,
            executor,
            reason -> {})) {
      // Until all have sent so much that nothing more is asked of them.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while ((first.asked.get() < 64 || second.asked.get() < 64 || liar.asked.get() < 64)
          && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
      }
      assertThat(taken).isEmpty();
      assertThat(liar.asked.get()).isGreaterThanOrEqualTo(64);
    }
  }
}
