package dev.lockstep.fabric.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.hyperledger.fabric.protos.common.Block;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  private static final byte[] GENESIS = Samples.bytes("genesis/raftsig10.block").toByteArray();

  @TempDir Path folder;

  private static StoredBlock block(long number) {
    byte[] bytes = new byte[100 + (int) number];
    new Random(number).nextBytes(bytes);
    return new StoredBlock(number, bytes, number % 3 == 0);
  }

  private Ledger open() throws IOException {
    return Ledger.open("raftsig10", folder, GENESIS);
  }

  private void fill(int height) throws IOException {
    try (Ledger ledger = open()) {
      for (long number = ledger.height(); number < height; number++) {
        ledger.append(block(number));
      }
    }
  }

  private void check(Ledger ledger, int height) throws IOException {
    assertThat(ledger.height()).isEqualTo(height);
    assertThat(ledger.block(0).bytes()).isEqualTo(GENESIS);
    for (long number = 1; number < height; number++) {
      assertThat(ledger.block(number)).isEqualTo(block(number));
    }
  }

  @Test
  void blocksAreThereAgainAfterAReopening() throws IOException {
    fill(50);
    try (Ledger ledger = open()) {
      check(ledger, 50);
    }
  }

  @Test
  void whatACrashLeftBehindTheLastWholeBlockIsCutOff() throws IOException {
    fill(20);
    Path blocks = folder.resolve("blocks");
    byte[] whole = Files.readAllBytes(blocks);
    byte[] index = Files.readAllBytes(folder.resolve("index"));
    int last = 9 + block(19).bytes().length;
    for (int missing : new int[] {1, 5, last - 9, last - 1}) {
      Files.write(blocks, java.util.Arrays.copyOf(whole, whole.length - missing));
      Files.write(folder.resolve("index"), index);
      try (Ledger ledger = open()) {
        check(ledger, 19);
      }
      fill(20);
      assertThat(Files.readAllBytes(blocks)).isEqualTo(whole);
    }
  }

  @Test
  void anIndexThatDoesNotFitIsMadeAnew() throws IOException {
    fill(20);
    Path index = folder.resolve("index");
    byte[] right = Files.readAllBytes(index);
    byte[] zeros = right.clone();
    java.util.Arrays.fill(zeros, 80, 120, (byte) 0);
    for (byte[] wrong : new byte[][] {{}, java.util.Arrays.copyOf(right, 43), zeros}) {
      Files.write(index, wrong);
      try (Ledger ledger = open()) {
        check(ledger, 20);
      }
      assertThat(Files.readAllBytes(index)).isEqualTo(right);
    }
  }

  @Test
  void aFlippedBitIsFound() throws IOException {
    fill(20);
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("blocks"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      long position = file.size() - 3 * 120;
      file.read(one, position);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      file.write(one, position);
    }
    try (Ledger ledger = open()) {
      assertThat(ledger.height()).isLessThan(20);
      check(ledger, (int) ledger.height());
    }
  }

  @Test
  void aFolderOfAnotherChannelIsRefused() throws IOException {
    fill(2);
    assertThatThrownBy(
            () -> Ledger.open("bft10", folder, Samples.bytes("genesis/bft10.block").toByteArray()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another genesis block");
  }

  @Test
  void whoWaitsIsWoken() throws IOException {
    try (Ledger ledger = open()) {
      AtomicInteger rings = new AtomicInteger();
      Runnable watcher = rings::incrementAndGet;
      ledger.watch(watcher);
      ledger.append(block(1));
      ledger.unwatch(watcher);
      ledger.append(block(2));
      assertThat(rings).hasValue(1);
      assertThatThrownBy(() -> ledger.block(3)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aHeaderIsABlockWithoutItsData() throws IOException {
    ByteString real = Samples.bytes("blocks/raftany10/0017.pb");
    Block header = Block.parseFrom(new StoredBlock(17, real.toByteArray(), false).withoutData());
    assertThat(header).isEqualTo(Block.parseFrom(real).toBuilder().clearData().build());
  }
}
