package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.HeaderChain;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.View;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogVerifierTest {
  private static final int WINDOW = 3;
  private static final View GENESIS =
      View.genesis(
          View.Mode.BYZANTINE,
          WINDOW,
          List.of(1, 1, 1, 1),
          1,
          View.Limits.defaults(View.RequestAuthentication.VOUCHED));

  /** The signature of a replica is the hash of its id and the statement. */
  private static final Verifier VERIFIER =
      new Verifier() {
        @Override
        public boolean replica(int replica, byte[] statement, Bytes signature) {
          return signature.equals(sign(replica, statement));
        }

        @Override
        public boolean client(ClientId client, byte[] statement, Bytes signature) {
          return false;
        }
      };

  @TempDir Path temporary;
  private final HeaderChain chain = new HeaderChain();

  private static Bytes sign(int replica, byte[] statement) {
    return new Bytes(
        new Encoder().digest(new Encoder().i32(replica).raw(statement).hash()).toByteArray());
  }

  private Record.Decided decide(long instance, Digest ancestor, int... signers) {
    List<Request> bodies = LogFixture.bodies(instance, 2, 30);
    Batch batch =
        new Batch(
            new Batch.Header(0, instance, instance, Digest.ZERO, 0, ancestor),
            bodies.stream().map(Request::reference).toList());
    List<Certificate.Vote> votes = new ArrayList<>();
    for (int signer : signers) {
      byte[] statement =
          Statements.accept(LogFixture.CLUSTER, 0, instance, 5, batch.digest(), signer);
      votes.add(new Certificate.Vote(signer, sign(signer, statement)));
    }
    return new Record.Decided(batch, new Certificate(instance, 5, batch.digest(), votes), bodies);
  }

  private Record.Decided next(int... signers) {
    Record.Decided decided =
        decide(chain.last() + 1, chain.header(chain.last() + 1 - WINDOW), signers);
    chain.append(decided);
    return decided;
  }

  private List<Record> decisions(int count) {
    List<Record> decisions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Record.Decided decided = next(0, 2, 3);
      decisions.add(
          new Record.Wrote(decided.batch().instance(), 5, decided.batch(), decided.bodies()));
      decisions.add(decided);
    }
    return decisions;
  }

  private Path write(List<Record> records, long truncateBelow) throws Exception {
    Path directory = temporary.resolve("log-" + records.size());
    ReplicaLog.create(directory, LogFixture.CLUSTER, 1);
    LogConfig config =
        LogConfig.of(
                LogFixture.CLUSTER,
                LogFixture.CLUSTER,
                1,
                LogMode.MEMORY,
                LogFixture.MEMORY.limits())
            .withSegmentBytes(4096);
    try (ReplicaLog log = ReplicaLog.open(directory, config, new TestListener())) {
      log.start();
      for (int i = 0; i < records.size(); i++) {
        log.append(i + 1, records.get(i));
      }
      log.flush();
      log.truncateBelow(truncateBelow).get();
    }
    return directory;
  }

  private static void checkpoint(Path directory, long instance) throws Exception {
    try (CheckpointWriter writer =
        CheckpointStore.open(directory, LogFixture.CLUSTER).begin(instance)) {
      writer.content().write(new byte[5000]);
      writer.complete(Bytes.EMPTY);
      writer.publish();
    }
  }

  private static LogVerifier.Report verify(Path directory) throws Exception {
    return LogVerifier.verify(
        directory,
        Domains.only(LogFixture.CLUSTER),
        LogFixture.CLUSTER,
        GENESIS,
        VERIFIER,
        LogFixture.MEMORY.limits());
  }

  @Test
  void acceptsWhatIsInOrder() throws Exception {
    Path directory = write(decisions(40), 1);
    checkpoint(directory, 20);
    LogVerifier.Report report = verify(directory);
    assertThat(report.problems()).isEmpty();
    assertThat(report.records()).isEqualTo(80);
    assertThat(report.firstDecision()).isEqualTo(1);
    assertThat(report.lastDecision()).isEqualTo(40);
    assertThat(report.signatures()).isEqualTo(120);
    assertThat(report.checkpoints()).containsExactly(20L);
  }

  @Test
  void acceptsALogWhoseBeginningWasDropped() throws Exception {
    Path directory = write(decisions(40), 30);
    assertThat(verify(directory).problems())
        .singleElement()
        .asString()
        .contains("no checkpoint stands for those before it");
    checkpoint(directory, 29);
    LogVerifier.Report report = verify(directory);
    assertThat(report.problems()).isEmpty();
    assertThat(report.firstDecision()).isBetween(15L, 30L);
    assertThat(report.lastDecision()).isEqualTo(40);
  }

  @Test
  void aCheckpointStandsForWhatWasTransferred() throws Exception {
    List<Record> records = new ArrayList<>(decisions(20));
    records.addAll(decisions(40).subList(40, 80));
    Path directory = write(records, 1);
    assertThat(verify(directory).problems())
        .containsExactly("the decision of instance 41 follows that of 20");
    checkpoint(directory, 40);
    LogVerifier.Report report = verify(directory);
    assertThat(report.problems()).isEmpty();
    assertThat(report.lastDecision()).isEqualTo(60);
  }

  @Test
  void aStateIsCopiedWithItsProofs() throws Exception {
    List<Record> records = decisions(40);
    records.add(new Record.Promised(7));
    Path directory = write(records, 20);
    checkpoint(directory, 10);
    checkpoint(directory, 30);
    Path newest = directory.resolve(String.format("checkpoint-%019d.ckpt", 30));
    Path copy = temporary.resolve("copy");
    StateCopy.Result result = copy(directory).to(copy, 2);
    assertThat(result).isEqualTo(new StateCopy.Result(30, 5000, 40, 30));
    assertThat(verify(copy).firstDecision()).isEqualTo(31);
    assertThatThrownBy(() -> copy(directory).to(copy, 2)).hasMessageContaining("holds the data");
    assertThatThrownBy(() -> copy(directory).to(directory, 1))
        .hasMessageContaining("holds the data");

    Path again = temporary.resolve("again");
    ReplicaLog.create(again, LogFixture.CLUSTER, 3);
    assertThat(copy(copy).to(again, 3)).isEqualTo(result);
    LogConfig config =
        LogConfig.of(
            LogFixture.CLUSTER, LogFixture.CLUSTER, 3, LogMode.DURABLE, LogFixture.MEMORY.limits());
    try (ReplicaLog log = ReplicaLog.open(again, config, new TestListener())) {
      assertThat(log.loss()).isNull();
      StartState start = log.start(30);
      assertThat(start.kind()).isEqualTo(StartState.Kind.INTACT);
      assertThat(start.records()).hasSize(10).allMatch(Record.Decided.class::isInstance);
    }

    // Without the newest checkpoint the older one must do, to which the log reaches back.
    byte[] bytes = Files.readAllBytes(newest);
    bytes[2000] ^= 1;
    Files.write(newest, bytes);
    Path older = temporary.resolve("older");
    assertThat(copy(directory).to(older, 2).checkpoint()).isEqualTo(10);
    assertThat(Files.exists(newest)).isTrue();
  }

  @Test
  void nothingIsLeftOfACopyThatIsNotInOrder() throws Exception {
    List<Record> records = decisions(10);
    records.add(next(0, 1, 1));
    Path copy = temporary.resolve("copy");
    StateCopy bad = copy(write(records, 1));
    assertThatThrownBy(() -> bad.to(copy, 2)).hasMessageContaining("bad vote of replica 1");
    assertThat(Files.exists(copy)).isFalse();
    // What 'init' made is there again: without it the replica would have lost votes.
    ReplicaLog.create(copy, LogFixture.CLUSTER, 2);
    assertThatThrownBy(() -> bad.to(copy, 2)).hasMessageContaining("bad vote of replica 1");
    assertThat(StateCopy.isUnused(copy)).isTrue();
    assertThat(copy.resolve(LogHeader.NAME)).exists();
  }

  @Test
  void aReplicaThatWasStartedMeanwhileKeepsItsFiles() throws Exception {
    Path copy = temporary.resolve("copy");
    ReplicaLog.create(copy, LogFixture.CLUSTER, 2);
    Path source = write(decisions(10), 1);
    DirectoryLock held = DirectoryLock.take(copy);
    try {
      assertThatThrownBy(() -> copy(source).to(copy, 2)).hasMessageContaining("in use");
    } finally {
      held.close();
    }
    assertThat(copy.resolve(LogHeader.NAME)).exists();
  }

  /** Its certificates stay those of their time, and it goes on in the next generation. */
  @Test
  void aStateIsGivenToTheNextGeneration() throws Exception {
    Path copy = temporary.resolve("copy");
    ReplicaLog.create(copy, LogFixture.CLUSTER, 2);
    Domains next = Domains.only(LogFixture.CLUSTER).restoredAfter(40, new Digest(1, 1, 1, 1));
    Path source = write(decisions(40), 1);
    assertThat(
            new StateCopy(source, next, next.now(), GENESIS, VERIFIER).to(copy, 2).lastDecision())
        .isEqualTo(40);
    Domains early = Domains.only(LogFixture.CLUSTER).restoredAfter(39, new Digest(1, 1, 1, 1));
    assertThatThrownBy(
            () ->
                new StateCopy(source, early, early.now(), GENESIS, VERIFIER)
                    .to(temporary.resolve("early"), 2))
        .hasMessageContaining("instance 40 has a certificate with a bad vote");
  }

  private static StateCopy copy(Path source) {
    return new StateCopy(
        source, Domains.only(LogFixture.CLUSTER), LogFixture.CLUSTER, GENESIS, VERIFIER);
  }

  @Test
  void namesEveryKindOfFault() throws Exception {
    List<Record> records = new ArrayList<>(decisions(5));
    records.add(next(0, 1));
    records.add(next(0, 1, 1));
    records.add(next(0, 1, 7));
    Record.Decided fork = decide(9, new Digest(1, 2, 3, 4), 0, 1, 2);
    chain.append(fork);
    records.add(fork);
    Record.Decided good = next(0, 1, 2);
    records.add(new Record.Decided(good.batch(), good.certificate(), List.of()));
    Record.Decided other = next(0, 1, 2);
    records.add(new Record.Decided(other.batch(), good.certificate(), other.bodies()));
    next(0, 1, 2);
    records.add(next(0, 1, 2));
    assertThat(verify(write(records, 1)).problems())
        .containsExactly(
            "the decision of instance 6 has a certificate with too few votes",
            "the decision of instance 7 has a certificate with a bad vote of replica 1",
            "the decision of instance 8 has a certificate with a bad vote of replica 7",
            "the decision of instance 9 does not continue the chain: it names another header of its"
                + " ancestor",
            "the decision of instance 10 lacks bodies of its requests",
            "the decision of instance 11 has a certificate for something else",
            "the decision of instance 13 follows that of 11");
  }

  @Test
  void aForkBehindADroppedBeginningIsFound() throws Exception {
    List<Record> records = new ArrayList<>(decisions(40));
    Record.Decided fork = decide(41, new Digest(1, 2, 3, 4), 0, 1, 2);
    records.add(fork);
    Path directory = write(records, 30);
    checkpoint(directory, 29);
    assertThat(verify(directory).problems())
        .singleElement()
        .asString()
        .contains("instance 41 does not continue the chain");
  }

  @Test
  void saysWhereTheFileIsDamaged() throws Exception {
    Path directory = write(decisions(40), 1);
    Path segment = LogFixture.segments(directory).get(1);
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length / 2] ^= 1;
    Files.write(segment, bytes);
    Files.delete(LogFixture.segments(directory).get(3));
    List<String> problems = verify(directory).problems();
    assertThat(problems).anyMatch(problem -> problem.contains("log-0000000002.seg is damaged"));
    assertThat(problems).contains("segment log-0000000004.seg is missing");
    Files.delete(directory.resolve(LogHeader.NAME));
    assertThat(verify(directory).problems()).anyMatch(problem -> problem.contains("log.header"));
  }

  @Test
  void readerDescribesEveryRecord() throws Exception {
    List<Record> records = new ArrayList<>(decisions(1));
    records.add(LogFixture.locked(2));
    records.add(new Record.Promised(4));
    records.add(new Record.Incarnation(3, 1, Bytes.EMPTY));
    records.add(new Record.Muted(1, 9));
    Path directory = write(records, 1);
    List<Record> read = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    LogReader reader = new LogReader(directory, LogFixture.MEMORY.limits());
    reader.read(
        new LogReader.Visitor() {
          @Override
          public void onEntry(LogReader.Entry entry) {
            read.add(entry.record());
            lines.add(entry.describe());
          }

          @Override
          public void onProblem(String problem) {
            throw new AssertionError(problem);
          }
        });
    assertThat(read).isEqualTo(records);
    assertThat(lines.get(1))
        .startsWith("2 log-0000000001.seg:")
        .contains("DECIDED 1 regency 5 batch ")
        .endsWith("certified by 3 (batch by reference)");
    assertThat(lines.get(3)).endsWith("PROMISED regency 4");
    assertThat(reader.header().replica()).isEqualTo(1);
    assertThat(reader.header().state()).isEqualTo("CLEAN");
  }
}
