package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  private static final int PIECE = CheckpointManifest.PIECE_BYTES;
  private static final Bytes HEAD = new Bytes(new byte[] {1, 2, 3});

  @TempDir Path directory;
  private CheckpointStore store;

  @BeforeEach
  void open() throws IOException {
    store = CheckpointStore.open(directory, LogFixture.CLUSTER);
  }

  private static byte[] content(long seed, int length) {
    byte[] content = new byte[length];
    new SplittableRandom(seed).nextBytes(content);
    return content;
  }

  private CheckpointManifest take(long instance, byte[] content) throws IOException {
    try (CheckpointWriter writer = store.begin(instance)) {
      OutputStream out = writer.content();
      for (int at = 0; at < content.length; at += 300_000) {
        out.write(content, at, Math.min(300_000, content.length - at));
      }
      CheckpointManifest manifest = writer.complete(HEAD);
      writer.publish();
      return manifest;
    }
  }

  private Path file(long instance) {
    return directory.resolve(String.format("checkpoint-%019d.ckpt", instance));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void givesBackWhatWasWritten() throws Exception {
    for (int length : new int[] {0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 17}) {
      byte[] content = content(length, length);
      CheckpointManifest manifest = take(10 + length, content);
      assertThat(manifest.totalBytes()).isEqualTo(length);
      try (CheckpointReader reader = store.openNewest()) {
        assertThat(reader.manifest()).isEqualTo(manifest);
        assertThat(reader.manifest().head()).isEqualTo(HEAD);
        assertThat(reader.content().readAllBytes()).isEqualTo(content);
      }
      assertThat(CheckpointManifest.decode(manifest.encode())).isEqualTo(manifest);
    }
  }

  @Test
  void releasesWhatIsAskedForAndLetsReadersFinish() throws Exception {
    byte[] first = content(1, 2 * PIECE);
    take(10, first);
    try (CheckpointReader reader = store.open(10)) {
      take(20, content(2, 100));
      take(30, content(3, 100));
      assertThat(store.instances()).containsExactly(30L, 20L, 10L);
      store.releaseBelow(20);
      assertThat(store.instances()).containsExactly(30L, 20L);
      store.release(30);
      assertThat(store.instances()).containsExactly(20L);
      assertThat(names()).hasSize(1);
      assertThat(reader.piece(1)).isEqualTo(Arrays.copyOfRange(first, PIECE, 2 * PIECE));
      assertThat(store.open(10)).isNull();
    }
  }

  @Test
  void theNewestIsDroppedIfThereIsOneToGoBackTo() throws Exception {
    take(10, content(1, 10));
    assertThatThrownBy(() -> CheckpointStore.dropNewest(directory, LogFixture.CLUSTER))
        .hasMessageContaining("one checkpoint only");
    take(20, content(2, 10));
    assertThat(CheckpointStore.dropNewest(directory, LogFixture.CLUSTER)).isEqualTo(10);
    assertThat(store.instances()).containsExactly(10L);
  }

  @Test
  void whatIsNotPublishedIsNotFoundByAStart() throws Exception {
    take(10, content(1, 10));
    CheckpointWriter writer = store.begin(20);
    assertThatThrownBy(writer::publish).isInstanceOf(IllegalStateException.class);
    writer.content().write(new byte[PIECE + 5]);
    writer.complete(HEAD);
    assertThat(store.instances()).containsExactly(10L);
    assertThatThrownBy(() -> writer.content().write(1)).isInstanceOf(IOException.class);
    writer.publish();
    assertThat(store.instances()).containsExactly(20L, 10L);
    CheckpointWriter crashed = store.begin(30);
    crashed.complete(HEAD);
    open();
    assertThat(store.instances()).containsExactly(20L, 10L);
    assertThat(names()).hasSize(2);
  }

  @Test
  void aStoreInMemoryIsOneToo() throws Exception {
    CheckpointStore files = store;
    store = CheckpointStore.inMemory(LogFixture.CLUSTER);
    byte[] content = content(1, 2 * PIECE + 70_000);
    CheckpointManifest manifest = take(10, content);
    CheckpointReceiver receiver = files.receive(manifest);
    try (CheckpointReader reader = store.openNewest()) {
      assertThat(reader.content().readAllBytes()).isEqualTo(content);
      store.release(10);
      assertThat(store.openNewest()).isNull();
      for (int i = 0; i < 3; i++) {
        assertThat(receiver.put(i, reader.piece(i))).isTrue();
      }
    }
    try (CheckpointReader received = receiver.read()) {
      assertThat(received.content().readAllBytes()).isEqualTo(content);
    }
    receiver.publish();
    assertThat(files.openNewest().manifest()).isEqualTo(manifest);
    assertThat(names()).hasSize(1);
  }

  @Test
  void piecesOutliveAHeadOfSomebodyElse() throws Exception {
    CheckpointManifest manifest = take(10, content(1, 2 * PIECE));
    Path other = Files.createDirectories(directory.resolve("other"));
    CheckpointStore receiving = CheckpointStore.open(other, LogFixture.CLUSTER);
    try (CheckpointReader reader = store.open(10);
        CheckpointReceiver receiver = receiving.receive(manifest)) {
      assertThat(receiver.put(1, reader.piece(1))).isTrue();
    }
    Bytes otherHead = new Bytes(new byte[] {7});
    CheckpointManifest same =
        new CheckpointManifest(10, otherHead, manifest.totalBytes(), manifest.pieces());
    try (CheckpointReceiver receiver = receiving.receive(same)) {
      assertThat(receiver.manifest().head()).isEqualTo(otherHead);
      assertThat(receiver.present().stream()).containsExactly(1);
    }
    assertThat(receiving.resume().manifest()).isEqualTo(same);
  }

  @Test
  void oneThatIsGivenUpLeavesNothing() throws Exception {
    take(10, content(1, 10));
    CheckpointWriter writer = store.begin(20);
    writer.content().write(new byte[PIECE + 5]);
    writer.close();
    assertThat(names()).hasSize(1);
    CheckpointWriter crashed = store.begin(30);
    crashed.content().write(new byte[PIECE + 5]);
    open();
    assertThat(names()).hasSize(1);
  }

  @Test
  void damageAnywhereFallsBackToTheOlder() throws Exception {
    byte[] older = content(1, 1000);
    byte[] newer = content(2, PIECE + 300);
    take(10, older);
    take(20, newer);
    byte[] bytes = Files.readAllBytes(file(20));
    for (int at = 0; at < bytes.length; at += at < 400 || at > PIECE + 300 ? 3 : 40_001) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Files.write(file(20), flipped);
      try (CheckpointReader reader = store.openNewest()) {
        assertThat(reader.manifest().instance()).as("byte %d", at).isEqualTo(10);
        assertThat(reader.content().readAllBytes()).isEqualTo(older);
      }
      assertThat(store.instances()).containsExactly(10L);
    }
    Files.write(file(20), Arrays.copyOf(bytes, bytes.length - 1));
    try (CheckpointReader reader = store.openNewest()) {
      assertThat(reader.manifest().instance()).isEqualTo(10);
    }
    Files.write(file(10), new byte[100]);
    assertThat(store.openNewest()).isNull();
    take(30, newer);
    assertThat(names()).hasSize(1);
  }

  @Test
  void aSenderNeverGivesADamagedPiece() throws Exception {
    take(10, content(1, 3 * PIECE));
    byte[] bytes = Files.readAllBytes(file(10));
    bytes[PIECE + 1000] ^= 1;
    Files.write(file(10), bytes);
    try (CheckpointReader reader = store.open(10)) {
      assertThat(reader.piece(0)).hasSize(PIECE);
      assertThatThrownBy(() -> reader.piece(1)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> reader.content().readAllBytes()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void receivesPiecesInAnyOrderAndResumes() throws Exception {
    Path other = Files.createDirectories(directory.resolve("other"));
    CheckpointStore sender = store;
    CheckpointManifest manifest = take(10, content(1, 4 * PIECE + 9));
    CheckpointStore receiverStore = CheckpointStore.open(other, LogFixture.CLUSTER);
    try (CheckpointReader reader = sender.open(10)) {
      CheckpointReceiver receiver = receiverStore.receive(manifest);
      byte[] bad = reader.piece(3);
      bad[77] ^= 1;
      assertThat(receiver.put(3, bad)).isFalse();
      assertThat(receiver.put(2, reader.piece(3))).isFalse();
      assertThat(receiver.put(5, reader.piece(3))).isFalse();
      assertThat(receiver.put(-1, reader.piece(3))).isFalse();
      assertThat(receiver.put(4, reader.piece(4))).isTrue();
      assertThat(receiver.put(1, reader.piece(1))).isTrue();
      assertThat(receiver.put(1, reader.piece(1))).isTrue();
      assertThat(receiver.received()).isEqualTo(2);
      assertThatThrownBy(receiver::publish).isInstanceOf(IllegalStateException.class);
      receiver.close();

      CheckpointStore reopened = CheckpointStore.open(other, LogFixture.CLUSTER);
      CheckpointReceiver resumed = reopened.resume();
      assertThat(resumed.manifest()).isEqualTo(manifest);
      assertThat(resumed.received()).isEqualTo(2);
      for (int i = resumed.nextMissing(0); i >= 0; i = resumed.nextMissing(i)) {
        assertThat(resumed.put(i, reader.piece(i))).isTrue();
      }
      resumed.publish();
      assertThat(reopened.resume()).isNull();
    }
    assertThat(Files.readAllBytes(other.resolve(file(10).getFileName())))
        .isEqualTo(Files.readAllBytes(file(10)));
    try (Stream<Path> files = Files.list(other)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void anotherManifestReplacesWhatWasBeingReceived() throws Exception {
    CheckpointManifest first = take(10, content(1, 100));
    CheckpointManifest second = take(20, content(2, 100));
    Path other = Files.createDirectories(directory.resolve("other"));
    CheckpointStore receiverStore = CheckpointStore.open(other, LogFixture.CLUSTER);
    receiverStore.receive(first).close();
    CheckpointReceiver receiver = receiverStore.receive(second);
    receiver.close();
    assertThat(receiverStore.resume().manifest()).isEqualTo(second);
    Path part = other.resolve(String.format("checkpoint-%019d.part.manifest", 20));
    byte[] bytes = Files.readAllBytes(part);
    bytes[9] ^= 1;
    Files.write(part, bytes);
    assertThat(receiverStore.resume()).isNull();
  }

  @Test
  void refusesWhatIsNoManifest() throws Exception {
    byte[] bytes = take(10, content(1, PIECE + 1)).encode();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> CheckpointManifest.decode(cut)).isInstanceOf(DecodeException.class);
    }
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 2000; i++) {
      byte[] changed = bytes.clone();
      changed[random.nextInt(40)] = (byte) random.nextInt();
      try {
        CheckpointManifest manifest = CheckpointManifest.decode(changed);
        assertThat(manifest.encode()).isEqualTo(changed);
      } catch (DecodeException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void aCrashAtAnyOperationLosesNoCompleteCheckpoint() throws Exception {
    int published = 0;
    for (long seed = 0; seed < 600; seed++) {
      for (boolean powerCut : new boolean[] {false, true}) {
        CrashDisk disk = new CrashDisk(seed, seed % 60);
        CheckpointStore crashing = CheckpointStore.open(disk, directory, LogFixture.CLUSTER);
        long complete = 0;
        try {
          for (long instance = 10; instance < 60; instance += 10) {
            try (CheckpointWriter writer = crashing.begin(instance)) {
              writer.content().write(content(instance, 3000));
              writer.complete(HEAD);
              writer.publish();
              complete = instance;
            }
            crashing.releaseBelow(instance - 10);
          }
        } catch (IOException e) {
          assertThat(disk.isDead()).isTrue();
        }
        published += complete > 0 ? 1 : 0;
        CheckpointStore after =
            CheckpointStore.open(
                disk.after(powerCut, Long.MAX_VALUE), directory, LogFixture.CLUSTER);
        try (CheckpointReader reader = after.openNewest()) {
          assertThat(reader == null ? 0 : reader.manifest().instance())
              .isBetween(complete, complete + 10);
          if (reader != null) {
            assertThat(reader.content().readAllBytes())
                .isEqualTo(content(reader.manifest().instance(), 3000));
          }
          // Two are kept, one was being published, and one was dropped, but not yet for good.
          assertThat(after.instances().size()).isBetween((int) Math.min(2, complete / 10), 4);
        }
      }
    }
    assertThat(published).isGreaterThan(500);
  }
}
