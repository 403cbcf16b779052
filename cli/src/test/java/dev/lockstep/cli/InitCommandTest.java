package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.config.ClientDirectory;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.Durability;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.view.View;
import dev.lockstep.storage.LogConfig;
import dev.lockstep.storage.LogListener;
import dev.lockstep.storage.LogMode;
import dev.lockstep.storage.ReplicaLog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class InitCommandTest {
  @TempDir private Path folder;

  private record Result(int code, String out, String err) {}

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Result(command.execute(args), out.toString(), err.toString());
  }

  private String dir() {
    return folder.resolve("cluster").toString();
  }

  @Test
  void makesAClusterOfFourOnThisMachine() throws Exception {
    Result result = run("init", dir());
    assertThat(result.code).isZero();
    assertThat(result.out)
        .contains("4 replicas, of which 1 may crash, lie or be taken over")
        .doesNotContain("WARNING");
    ClusterDirectory made = ClusterDirectory.open(Path.of(dir()));
    assertThat(made.replicas()).hasSize(4);
    ReplicaDirectory three = ReplicaDirectory.open(made.replica(3));
    assertThat(three.settings().durability()).isEqualTo(Durability.DURABLE);
    assertThat(three.settings().adminPort()).isEqualTo(7032);
    ClientDirectory.open(made.firstClient());
  }

  /** One without a vote file would have lost its votes, and such replicas never form a group. */
  @Test
  void eachReplicaGetsAnEmptyVoteFile() throws Exception {
    run("init", dir());
    ClusterDirectory made = ClusterDirectory.open(Path.of(dir()));
    for (int i = 0; i < 4; i++) {
      Path data = ReplicaDirectory.open(made.replica(i)).settings().data().orElseThrow();
      LogConfig config =
          LogConfig.of(
              made.cluster().clusterDigest(),
              made.cluster().configurationDigest(),
              i,
              LogMode.DURABLE,
              made.cluster().view().codecLimits());
      try (ReplicaLog log = ReplicaLog.open(data, config, new IgnoringListener())) {
        assertThat(log.start().kind()).isEqualTo(StartState.Kind.FRESH);
      }
    }
  }

  private static final class IgnoringListener implements LogListener {
    @Override
    public void onDurable(long ticket) {}

    @Override
    public void onFailure(Throwable cause) {
      throw new AssertionError(cause);
    }
  }

  @Test
  void makesWhatItIsAskedFor() throws Exception {
    Result result =
        run(
            "init",
            dir(),
            "--crash-only",
            "--host-list",
            "a,b,c,d,e",
            "--faults",
            "1",
            "--base-port",
            "9000",
            "--window",
            "3",
            "--open",
            "--no-tls",
            "--durability",
            "async",
            "--name",
            "lab",
            "--json");
    assertThat(result.code).isZero();
    JsonNode json = new ObjectMapper().readTree(result.out);
    assertThat(json.get("mode").asText()).isEqualTo("crash");
    assertThat(json.get("replicas")).hasSize(5);
    assertThat(json.get("replicas").get(4).get("client_port").asInt()).isEqualTo(9001);
    ClusterConfig cluster = ClusterDirectory.open(Path.of(dir())).cluster();
    assertThat(cluster.name()).isEqualTo("lab");
    assertThat(cluster.faults()).isEqualTo(1);
    assertThat(cluster.window()).isEqualTo(3);
    assertThat(cluster.mode()).isEqualTo(View.Mode.CRASH);
    assertThat(cluster.isOpen()).isTrue();
    assertThat(cluster.tls()).isFalse();
  }

  @Test
  void asManyReplicasAsTheFaultsNeed() throws Exception {
    assertThat(run("init", dir(), "--faults", "2", "--signed").code).isZero();
    ClusterConfig cluster = ClusterDirectory.open(Path.of(dir())).cluster();
    assertThat(cluster.members()).hasSize(7);
    assertThat(cluster.limits().authentication()).isEqualTo(View.RequestAuthentication.SIGNED);
  }

  @Test
  void warnsOfWhatIsForExperiments() {
    assertThat(run("init", dir(), "--open", "--no-tls").out)
        .contains("WARNING: anybody may be a client")
        .contains("anybody can listen");
  }

  @Test
  void saysInOneSentenceWhatIsWrong() {
    assertBad("faults is 2 but 4 replicas tolerate at most 1", "--replicas", "4", "--faults", "2");
    assertBad("--replicas is 3 but --host-list names 2", "--replicas", "3", "--host-list", "a,b");
    assertBad("--replicas is 65 but must be 1 to 64", "--replicas", "65");
    assertBad("that takes 67 replicas", "--faults", "22");
    assertBad("--faults is -1 but must be", "--faults", "-1");
    assertBad("--base-port is 65500 but must be 1 to 65496", "--base-port", "65500");
    assertBad("window is 0 but must be", "--window", "0");
    assertBad("requests is signed but must be vouched", "--signed", "--crash-only");
    assertBad("name is 'a b' but must be", "--name", "a b");
    assertBad("replicas[1].host is '' but must be", "--host-list", "a,,b");
    assertBad("--durability", "--durability", "none");
    assertThat(folder.resolve("cluster")).doesNotExist();
    assertThat(run("init", dir()).code).isZero();
    assertBad("cluster.yaml exists already");
  }

  private void assertBad(String sentence, String... options) {
    String[] args = new String[options.length + 2];
    args[0] = "init";
    args[1] = dir();
    System.arraycopy(options, 0, args, 2, options.length);
    assertOneSentence(run(args), sentence);
  }

  private static void assertOneSentence(Result result, String sentence) {
    assertThat(result.code).isEqualTo(2);
    assertThat(result.err).contains(sentence).doesNotContain("\tat ");
    assertThat(result.err.strip().lines()).hasSize(1);
    assertThat(result.out).isEmpty();
  }

  @Test
  void issuesClients() throws Exception {
    run("init", dir());
    Result result = run("client-cert", dir(), "alice", "--json");
    assertThat(result.code).isZero();
    JsonNode json = new ObjectMapper().readTree(result.out);
    assertThat(ClientDirectory.open(Path.of(json.get("directory").asText())).credentials().id())
        .hasToString(json.get("id").asText());
    assertOneSentence(run("client-cert", dir(), "alice"), "client-alice exists already");
    assertOneSentence(run("client-cert", folder.toString(), "bob"), "no folder of a cluster");
  }

  @Test
  void completes() {
    Result result = run("completion");
    assertThat(result.code).isZero();
    assertThat(result.out).contains("complete -F").contains("--host-list").contains("client-cert");
  }
}
