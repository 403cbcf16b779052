package dev.lockstep.fabric.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.block.BlockHeaders;
import dev.lockstep.fabric.block.BlockSigner;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.ledger.Ledger;
import dev.lockstep.fabric.ledger.StoredBlock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockWriterTest {
  private static final String CHANNEL = "raftsig10";

  @TempDir Path folder;
  private final List<Long> missing = new CopyOnWriteArrayList<>();
  private final List<String> fatal = new CopyOnWriteArrayList<>();
  private final List<OrderedBlock> chain = chain("a");
  private Ledger ledger;
  private BlockWriter writer;

  private static List<OrderedBlock> chain(String content) {
    List<OrderedBlock> blocks = new ArrayList<>();
    BlockHeader previous = Samples.genesis(CHANNEL).getHeader();
    for (int number = 1; number <= 30; number++) {
      List<ByteString> data = List.of(ByteString.copyFromUtf8(content + number));
      previous = BlockHeaders.next(number, BlockHeaders.hash(previous), data);
      blocks.add(new OrderedBlock(CHANNEL, previous, data, 0));
    }
    return blocks;
  }

  @BeforeEach
  void open() throws IOException {
    ledger =
        Ledger.open(
            CHANNEL, folder, Samples.bytes("genesis/" + CHANNEL + ".block").toByteArray());
    BlockSigner signer = BlockSigner.withCertificate(Samples.orderer(1));
    writer =
        new BlockWriter(
            "test",
            List.of(ledger),
            block -> signer.sign(block.header(), Blocks.signedValue(block.lastConfig())),
            3,
            (channel, height) -> missing.add(height),
            fatal::add);
  }

  @AfterEach
  void close() throws IOException {
    writer.close();
    ledger.close();
  }

  private void checkStored(int height) throws IOException {
    writer.awaitStored();
    assertThat(ledger.height()).isEqualTo(height);
    for (int number = 1; number < height; number++) {
      StoredBlock stored = ledger.block(number);
      assertThat(Block.parseFrom(stored.bytes()).getHeader())
          .isEqualTo(chain.get(number - 1).header());
    }
  }

  @Test
  void blocksAreStoredInOrderHoweverTheirSignaturesCome() throws IOException {
    chain.forEach(writer::onOrdered);
    checkStored(31);
    assertThat(fatal).isEmpty();
  }

  @Test
  void whatIsOrderedAgainAfterARestartIsNotStoredAgain() throws IOException {
    chain.subList(0, 20).forEach(writer::onOrdered);
    close();
    open();
    chain.forEach(writer::onOrdered);
    checkStored(31);
    assertThat(fatal).isEmpty();
  }

  @Test
  void anotherChainInTheFolderEndsTheNode() throws IOException {
    chain.subList(0, 20).forEach(writer::onOrdered);
    close();
    open();
    writer.onOrdered(chain("b").get(7));
    assertThat(fatal).hasSize(1);
    assertThat(fatal.get(0)).contains("block 8").contains("not the one that the group ordered");
  }

  @Test
  void whatWasNeverExecutedHereIsFetched() throws IOException {
    chain.subList(0, 5).forEach(writer::onOrdered);
    writer.onRestored(CHANNEL, chain.get(19).header());
    assertThat(missing).containsExactly(21L);
    writer.onOrdered(chain.get(20));
    assertThat(missing).containsExactly(21L, 22L);
    checkStored(6);
    assertThat(writer.next(CHANNEL)).isEqualTo(6);
    assertThat(writer.onFetched(chain.get(9))).as("only the next one is taken").isFalse();
    chain.subList(5, 21).forEach(block -> assertThat(writer.onFetched(block)).isTrue());
    chain.subList(21, 30).forEach(writer::onOrdered);
    checkStored(31);
    assertThat(fatal).isEmpty();
  }
}
