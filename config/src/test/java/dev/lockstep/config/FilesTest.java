package dev.lockstep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesTest {
  private static final ClusterKeys KEYS = ClusterKeys.generate(4);

  private static final ClusterDirectory.VoteFiles NO_VOTES = (data, cluster, replica) -> {};

  @TempDir private Path folder;

  private ClusterDirectory create() throws IOException {
    return create(
        ClusterConfig.builder("test").hosts(KEYS, List.of("a", "b", "::1", "127.0.0.1"), 7000));
  }

  private ClusterDirectory create(ClusterConfig.Builder builder) throws IOException {
    return ClusterDirectory.create(path(), builder.build(), KEYS, Durability.DURABLE, NO_VOTES);
  }

  private Path path() {
    return folder.resolve("cluster");
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    ClusterDirectory made = create();
    assertThat(ClusterDirectory.open(path()).cluster()).isEqualTo(made.cluster());
    assertThat(made.replicas()).hasSize(4);
    for (int i = 0; i < 4; i++) {
      ReplicaDirectory replica = ReplicaDirectory.open(made.replica(i));
      assertThat(replica.cluster()).isEqualTo(made.cluster());
      assertThat(replica.credentials()).isEqualTo(KEYS.replicas().get(i));
      assertThat(replica.settings())
          .isEqualTo(
              ReplicaSettings.defaults(
                  made.cluster().member(i), made.replica(i).resolve("data"), Durability.DURABLE));
    }
    assertThat(ReplicaDirectory.open(made.replica(0)).settings().bind()).isEqualTo("0.0.0.0");
    assertThat(ReplicaDirectory.open(made.replica(2)).settings().bind()).isEqualTo("::1");
    assertThat(ReplicaDirectory.open(made.replica(3)).settings().bind()).isEqualTo("127.0.0.1");
    ClientDirectory client = ClientDirectory.open(made.firstClient());
    assertThat(client.cluster()).isEqualTo(made.cluster());
    assertThat(client.settings()).isEqualTo(ClientSettings.defaults());
  }

  /** One without would have lost its votes, and a new group of such replicas never starts. */
  @Test
  void eachReplicaGetsItsVoteFileBeforeTheFolderIsACluster() throws Exception {
    List<Path> voted = new ArrayList<>();
    ClusterConfig cluster =
        ClusterConfig.builder("test").hosts(KEYS, List.of("a", "b", "c", "d"), 7000).build();
    ClusterDirectory made =
        ClusterDirectory.create(
            path(),
            cluster,
            KEYS,
            Durability.DURABLE,
            (data, digest, replica) -> {
              assertThat(digest).isEqualTo(cluster.configurationDigest());
              assertThat(replica).isEqualTo(voted.size());
              assertThat(path().resolve("cluster.yaml")).doesNotExist();
              voted.add(data);
            });
    assertThat(voted).hasSize(4);
    for (int i = 0; i < 4; i++) {
      assertThat(ReplicaDirectory.open(made.replica(i)).settings().data()).contains(voted.get(i));
    }
  }

  /** Who is told that something is missing may make it anew. */
  @Test
  void whatCannotBeReadIsNotSaidToBeMissing() {
    Path unreadable = Path.of("a".repeat(300));
    assertThatThrownBy(() -> ClusterDirectory.open(unreadable))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cluster.yaml cannot be read: ");
    assertThatThrownBy(() -> ReplicaDirectory.open(unreadable))
        .hasMessageContaining("replica.yaml cannot be read: ");
    assertThatThrownBy(() -> ClientDirectory.open(unreadable))
        .hasMessageContaining("client.yaml cannot be read: ");
    assertThatThrownBy(() -> ClusterDirectory.open(Path.of("pom.xml")))
        .hasMessageContaining("is no folder of a cluster");
  }

  @Test
  void otherModesAreReadAsWritten() throws Exception {
    ClusterConfig crash =
        ClusterConfig.builder("12345")
            .hosts(KEYS, List.of("a", "b", "c", "d"), 7000)
            .mode(View.Mode.CRASH)
            .tls(false)
            .open()
            .build();
    ClusterDirectory made =
        ClusterDirectory.create(path(), crash, KEYS, Durability.ASYNC, NO_VOTES);
    assertThat(ClusterDirectory.open(path()).cluster()).isEqualTo(crash);
    assertThat(ReplicaDirectory.open(made.replica(0)).settings().durability())
        .isEqualTo(Durability.ASYNC);
    assertThat(ClientDirectory.open(made.firstClient()).credentials().endorsement().length())
        .isZero();
    assertThat(path().resolve("authority")).doesNotExist();
    assertThat(made.issueClient("bob").credentials().endorsement().length()).isZero();
  }

  @Test
  void secretsAreTheirOwnersAlone() throws Exception {
    create();
    for (String secret : new String[] {"replica-0", "client", "authority"}) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(path().resolve(secret))))
          .isEqualTo("rwx------");
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path().resolve("authority/key.pem"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aClusterIsNeverOverwritten() throws Exception {
    ClusterDirectory made = create();
    refused("cluster.yaml exists already and a cluster is never overwritten", this::create);
    Files.delete(made.clusterFile());
    refused("replica-0 exists already", this::create);
    Files.writeString(folder.resolve("file"), "");
    refused(
        "file is a file but must be a folder",
        () ->
            ClusterDirectory.create(
                folder.resolve("file"), made.cluster(), KEYS, Durability.DURABLE, NO_VOTES));
  }

  @Test
  void moreClientsAreIssued() throws Exception {
    ClusterDirectory made = create();
    ClientDirectory alice = made.issueClient("alice");
    assertThat(alice.path()).isEqualTo(path().resolve("client-alice"));
    assertThat(alice.credentials().id())
        .isNotEqualTo(ClientDirectory.open(made.firstClient()).credentials().id());
    refused("client-alice exists already", () -> made.issueClient("alice"));
    refused("'../x' is no name for a client", () -> made.issueClient("../x"));
    Files.delete(path().resolve("authority/key.pem"));
    refused("authority/key.pem is missing", () -> made.issueClient("bob"));
  }

  @Test
  void keysAreThoseOfTheCluster() throws Exception {
    ClusterDirectory made = create();
    Path zero = made.replica(0);
    copy(made.replica(1).resolve("signing-key.pem"), zero.resolve("signing-key.pem"));
    refused(
        "signing-key.pem is not the key of replica 0 in " + made.clusterFile(),
        () -> ReplicaDirectory.open(zero));
    copy(made.replica(1).resolve("tls-key.pem"), zero.resolve("tls-key.pem"));
    copy(made.replica(1).resolve("tls-certificate.pem"), zero.resolve("tls-certificate.pem"));
    refused("tls-key.pem is not the key of replica 0", () -> ReplicaDirectory.open(zero));

    ClusterConfig other =
        ClusterConfig.builder("other").hosts(ClusterKeys.generate(1), List.of("a"), 1).build();
    Files.writeString(made.clusterFile(), ClusterFile.write(other));
    refused("did not issue", () -> ClientDirectory.open(made.firstClient()));
    refused(
        "is not the client authority of", () -> ClusterDirectory.open(path()).issueClient("bob"));
    refused(
        "id is 3 but must be that of a replica of cluster other",
        () -> ReplicaDirectory.open(made.replica(3)));
    Files.delete(made.firstClient().resolve("endorsement.pem"));
    refused("without an endorsement", () -> ClientDirectory.open(made.firstClient()));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    ClusterDirectory made = create();
    refused("has no cluster.yaml; 'lockstep init' makes one", () -> ClusterDirectory.open(folder));
    refused("has no replica.yaml", () -> ReplicaDirectory.open(folder));
    refused("has no client.yaml", () -> ClientDirectory.open(folder));
    Files.delete(made.clusterFile());
    refused("there is no file " + made.clusterFile(), () -> ReplicaDirectory.open(made.replica(0)));
  }

  /** Each names the file, the key, the value and the rule. */
  @Test
  void namesWhatIsWrongInTheClustersFile() throws Exception {
    ClusterDirectory made = create();
    wrong(
        made,
        "faults: 1",
        "faults: 2",
        "faults is 2 but 4 replicas tolerate at most 1 in mode byzantine");
    wrong(made, "faults: 1", "faults: one", "faults is \"one\" but must be a whole number");
    wrong(made, "faults: 1", "faults: 1.5", "faults is 1.5 but must be a whole number");
    wrong(
        made,
        "faults: 1",
        "faults: 99999999999",
        "faults is 99999999999 but must be a whole number");
    wrong(made, "faults: 1", "fault: 1", "there is no key fault; did you mean faults?");
    wrong(made, "faults: 1", "tolerance: 1", "faults is missing");
    wrong(
        made,
        "faults: 1",
        "faults: 1\nnonsense: 2",
        "there is no key nonsense; the keys there are name, id,");
    wrong(made, "faults: 1", "faults: 1\nfaults: 1", "Duplicate field 'faults'");
    wrong(
        made,
        "mode: byzantine",
        "mode: bft",
        "mode is \"bft\" but must be one of byzantine, crash");
    wrong(made, "mode: byzantine", "mode: [", "is no YAML");
    wrong(made, "name: \"test\"", "name: 17", "name is 17 but must be a text (in quotes if");
    wrong(made, "tls: true", "tls: maybe", "tls is \"maybe\" but must be true or false");
    wrong(
        made,
        "access: certified",
        "access: all",
        "clients.access is \"all\" but must be one of certified, open");
    wrong(made, "-----BEGIN", "----BEGIN", "clients.authority: there is no PEM text");
    wrong(
        made,
        "peer-port: 7000",
        "peer-port: 0",
        "replicas[0].peer-port is 0 but must be 1 to 65535");
    wrong(
        made,
        "peer-port: 7000",
        "peer-prt: 7000",
        "there is no key replicas[0].peer-prt; did you mean peer-port?");
    wrong(
        made, "host: \"b\"", "host: \"b c\"", "replicas[1].host is 'b c' but must be a host name");
    wrong(made, "id: 3", "id: 2", "replicas.id 2 is there twice");
    wrong(
        made,
        "tls-pin: \"",
        "tls-pin: \"00",
        "replicas[0].tls-pin: a pin is 64 hexadecimal digits");
    wrong(made, "signing-key: \"", "signing-key: \"zz", "replicas[0].signing-key: ");
    wrong(
        made,
        "batch-bytes: 1 MiB",
        "batch-bytes: 1 MB",
        "limits.batch-bytes is \"1 MB\" but must be a whole number with the unit B, KiB,");
    wrong(
        made,
        "batch-bytes: 1 MiB",
        "batch-bytes: 3 GiB",
        "limits.batch-bytes is \"3 GiB\" but must be less than 2 GiB");
    wrong(
        made,
        "session-timeout: 10 min",
        "session-timeout: 10",
        "limits.session-timeout is 10 but must be a whole number with the unit us, ms,");
    wrong(
        made,
        "session-timeout: 10 min",
        "session-timeout: 10 us",
        "limits.session-timeout is 10 us but must be 1 ms to 365 days");
    wrong(made, "sessions: 100000", "sessions: 7", " but must be 1 to limits.sessions, which is 7");
    Files.writeString(made.clusterFile(), "just text");
    refused("must hold keys and values", () -> ClusterDirectory.open(path()));
    Files.write(made.clusterFile(), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    refused("is no text", () -> ClusterDirectory.open(path()));
    Files.write(made.clusterFile(), new byte[2 << 20]);
    refused("is too long", () -> ClusterDirectory.open(path()));
    Files.write(made.clusterFile(), new byte[0]);
    refused("must hold keys and values", () -> ClusterDirectory.open(path()));
  }

  private void wrong(ClusterDirectory made, String from, String to, String sentence)
      throws IOException {
    edited(made.clusterFile(), from, to, sentence, () -> ClusterDirectory.open(path()));
  }

  private static void edited(
      Path file, String from, String to, String sentence, ThrowingCallable open)
      throws IOException {
    String good = Files.readString(file);
    assertThat(good).contains(from);
    Files.writeString(file, good.replaceFirst(Pattern.quote(from), to));
    refused(sentence, open);
    assertThatThrownBy(open).hasMessageContaining(file.toString());
    Files.writeString(file, good);
  }

  @Test
  void namesWhatIsWrongInAReplicasFile() throws Exception {
    ClusterDirectory made = create();
    Path file = made.replica(0).resolve("replica.yaml");
    ThrowingCallable open = () -> ReplicaDirectory.open(made.replica(0));
    edited(file, "id: 0", "id: 9", "id is 9 but must be that of a replica of cluster test", open);
    edited(
        file,
        "durability: durable",
        "durability: none",
        "durability is \"none\" but must be one of async, durable, memory",
        open);
    edited(
        file,
        "request-timeout: 400 ms",
        "request-timeout: 0 ms",
        "timing.request-timeout is 0 us but must be 1 ms to 1 h",
        open);
    edited(
        file,
        "request-timeout: 400 ms",
        "request-timeot: 400 ms",
        "there is no key timing.request-timeot; did you mean request-timeout?",
        open);
    edited(
        file,
        "client-bytes: 8 MiB",
        "client-bytes: 1 KiB",
        "budgets.client-bytes is 1024 bytes but must be at least 101024",
        open);
    edited(
        file, "  port: 7002", "  port: 70000", "admin.port is 70000 but must be 1 to 65535", open);
    edited(file, "admin:", "admin: none\nx:", "admin is \"none\" but must be a section", open);
    edited(file, "bind: \"0.0.0.0\"", "bind: \"\"", "bind is empty", open);
  }

  @Test
  void namesWhatIsWrongInAClientsFile() throws Exception {
    ClusterDirectory made = create();
    Path file = made.firstClient().resolve("client.yaml");
    ThrowingCallable open = () -> ClientDirectory.open(made.firstClient());
    edited(
        file, "queued-calls: 1024", "queued-calls: 0", "queued-calls is 0 but must be 1 to", open);
    edited(
        file,
        "retransmit-cap: 8 s",
        "retransmit-cap: 1 ms",
        "timing.retransmit-cap is 1 ms but must be at least timing.retransmit, which is 500 ms",
        open);
    edited(
        file,
        "read-timeout: 200 ms",
        "read-timeout: 0 s",
        "timing.read-timeout is 0 us but must be at least 1 ms",
        open);
  }

  @Test
  void whatMayBeLeftOutHasDefaults() throws Exception {
    ClusterDirectory made = create();
    Path replica = made.replica(0).resolve("replica.yaml");
    String text = Files.readString(replica);
    Files.writeString(
        replica, text.substring(0, text.indexOf("timing:")) + "timing:\n  fetch-period: 70 ms\n");
    ReplicaDirectory read = ReplicaDirectory.open(made.replica(0));
    ReplicaConfig.Timing defaults = ReplicaConfig.Timing.defaults();
    assertThat(read.settings().timing())
        .isEqualTo(
            new ReplicaConfig.Timing(
                defaults.requestTimeout(),
                defaults.timeoutDoublings(),
                defaults.statusPeriod(),
                70_000,
                defaults.batchPause()));
    assertThat(read.settings().budgets()).isEqualTo(ReplicaConfig.Budgets.defaults());
    assertThat(read.effective()).contains("fetch-period: 70 ms").contains("client-bytes: 8 MiB");

    Path client = made.firstClient().resolve("client.yaml");
    Files.writeString(client, "cluster: ../cluster.yaml\n");
    assertThat(ClientDirectory.open(made.firstClient()).settings())
        .isEqualTo(ClientSettings.defaults());
  }

  @Test
  void theEffectiveConfigurationReadsBack() throws Exception {
    ClusterDirectory made = create();
    ReplicaDirectory replica = ReplicaDirectory.open(made.replica(1));
    int second = replica.effective().indexOf("# One replica");
    Path copy = folder.resolve("copy.yaml");
    Files.writeString(copy, replica.effective().substring(0, second));
    assertThat(ClusterFile.read(copy)).isEqualTo(made.cluster());
    Files.writeString(copy, replica.effective().substring(second));
    ReplicaFile read = ReplicaFile.read(copy);
    assertThat(read.settings()).isEqualTo(replica.settings());
    assertThat(read.settings().data()).isEqualTo(Optional.of(made.replica(1).resolve("data")));
    assertThat(read.cluster()).isEqualTo(made.clusterFile());
  }

  private static void refused(String sentence, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(sentence)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }
}
