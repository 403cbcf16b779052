package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Real processes: up, status, down. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ClusterCommandsTest {
  private static final int PORTS = 40;

  @TempDir private Path folder;

  private record Result(int code, String out, String err) {}

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Result(command.execute(args), out.toString(), err.toString());
  }

  private Path cluster() {
    return folder.resolve("cluster");
  }

  private String dir() {
    return cluster().toString();
  }

  @AfterEach
  void endWhatATestLeft() {
    if (Files.exists(cluster().resolve("cluster.yaml"))) {
      run("down", dir(), "--timeout", "1");
    }
  }

  private int init() throws IOException {
    int base = freePorts();
    Result made =
        run("init", dir(), "--base-port", Integer.toString(base), "--durability", "memory");
    assertThat(made.err).isEmpty();
    return base;
  }

  /** Below those that systems take for outgoing connections. */
  private static int freePorts() throws IOException {
    for (int tries = 0; tries < 100; tries++) {
      int base = ThreadLocalRandom.current().nextInt(15_000, 30_000);
      if (areFree(base)) {
        return base;
      }
    }
    throw new IOException("no free ports");
  }

  private static boolean areFree(int base) {
    for (int port = base; port < base + PORTS; port++) {
      try (ServerSocket socket = listen(port)) {
        assertThat(socket.isBound()).isTrue();
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  private ProcessHandle process(int replica) throws IOException {
    String pid = Files.readString(cluster().resolve("replica-" + replica + "/replica.pid"));
    return ProcessHandle.of(Long.parseLong(pid.split(" ")[0])).orElseThrow();
  }

  @Test
  void aClusterGoesUpAndDown() throws Exception {
    int base = init();
    Result up;
    try (ServerSocket taken = listen(base + 30)) {
      up = run("up", dir(), "--service", SilentService.class.getName());
      assertThat(taken.isClosed()).isFalse();
    }
    assertThat(up.code).isEqualTo(1);
    assertThat(up.out)
        .contains("replica 0: takes part", "replica 3: ENDED; the last line in")
        .doesNotContain("replica 3: takes part");

    Result status = run("status", dir());
    assertThat(status.code).isEqualTo(1);
    assertThat(status.out).contains("3 of 4 replicas healthy").containsPattern("3 .* down +NO");

    ProcessHandle killed = process(1);
    killed.destroyForcibly();
    killed.onExit().get(10, TimeUnit.SECONDS);
    up = run("up", dir(), "--service", SilentService.class.getName());
    assertThat(up.code).isZero();
    assertThat(up.out)
        .contains("replica 0: runs already", "replica 1: started", "replica 3: takes part");

    status = run("status", dir(), "--json");
    assertThat(status.code).isZero();
    JsonNode json = new ObjectMapper().readTree(status.out);
    assertThat(json.get("healthy").asInt()).isEqualTo(4);
    assertThat(json.get("replicas")).hasSize(4);
    assertThat(json.get("replicas").get(1).get("state").asText()).isEqualTo("running");

    takesNoOtherClustersReplicaForItsOwn(base);

    ProcessHandle zero = process(0);
    Path pidFile = cluster().resolve("replica-0/replica.pid");
    String pid = Files.readString(pidFile);
    Files.delete(pidFile);
    Result down = run("down", dir());
    assertThat(down.code).isEqualTo(1);
    assertThat(down.out)
        .contains("replica 0: RUNS", "(process " + zero.pid() + ")", "replica 3: ended");
    assertThat(zero.isAlive()).isTrue();
    Files.writeString(pidFile, pid);
    down = run("down", dir());
    assertThat(down.code).isZero();
    assertThat(down.out).contains("replica 0: ended", "replica 3: does not run");
    assertThat(zero.isAlive()).isFalse();
    assertThat(cluster().resolve("replica-0/replica.pid")).doesNotExist();
    assertThat(run("down", dir()).out).contains("replica 0: does not run");
  }

  /** Another cluster has the same ports, and is not up. */
  private void takesNoOtherClustersReplicaForItsOwn(int base) throws IOException {
    Path second = folder.resolve("second");
    run("init", second.toString(), "--base-port", Integer.toString(base));
    Result status = run("status", second.toString());
    assertThat(status.code).isEqualTo(1);
    assertThat(status.out)
        .contains("0 of 4 replicas healthy")
        .contains("port " + (base + 2) + " answers for replica 0 of cluster ");
    Result down = run("down", second.toString());
    assertThat(down.code).isZero();
    for (int replica = 1; replica < 4; replica++) {
      Files.move(second.resolve("replica-" + replica), folder.resolve("moved-" + replica));
    }
    Result up = run("up", second.toString(), "--service", SilentService.class.getName());
    assertThat(up.code).isEqualTo(1);
    assertThat(up.out).contains("replica 0: ENDED").doesNotContain("answers");
  }

  @Test
  void otherKindsOfFoldersAreLeftToTheirCommands() throws Exception {
    init();
    Files.createFile(cluster().resolve("replica-0/node.yaml"));
    for (String command : new String[] {"up", "down"}) {
      Result refused = run(command, dir());
      assertThat(refused.code).isEqualTo(2);
      assertThat(refused.err).contains("use 'lockstep fabric " + command);
    }
    Files.delete(cluster().resolve("replica-0/node.yaml"));
    Files.createFile(cluster().resolve("sql.yaml"));
    Result refused = run("up", dir());
    assertThat(refused.code).isEqualTo(2);
    assertThat(refused.err).contains("use 'lockstep sql up'");
  }

  /** Ids are used again: the file of a replica that is gone may name another's process. */
  @Test
  void touchesNoProcessButItsOwn() throws Exception {
    init();
    long me = ProcessHandle.current().pid();
    Path pidFile = cluster().resolve("replica-2/replica.pid");
    Files.writeString(pidFile, me + " 1000\n");
    assertThat(run("down", dir()).out).contains("replica 2: does not run");
    assertThat(pidFile).doesNotExist();

    Files.writeString(pidFile, "nonsense");
    Result down = run("down", dir());
    assertThat(down.code).isEqualTo(2);
    assertThat(down.err).contains("replica.pid is damaged").hasLineCount(1);
    Files.delete(pidFile);
  }

  @Test
  void saysInOneSentenceWhatIsWrong() throws Exception {
    init();
    String zero = cluster().resolve("replica-0").toString();
    assertBad("no folder of a cluster", "up", folder.toString());
    assertBad("no folder of a cluster", "status", folder.toString());
    assertBad("no folder of a replica", "replica", dir());
    assertBad("there is no service or class 'nope'", "replica", zero, "--service", "nope");
    assertBad(
        "class java.lang.Object is no service", "replica", zero, "--service", "java.lang.Object");
    assertBad("needs a public constructor", "replica", zero, "--service", "java.lang.Integer");
    assertBad(
        "--classpath names",
        "replica",
        zero,
        "--service",
        "x.Y",
        "--classpath",
        dir() + "/none.jar");
    // A mistake is found before anything is started.
    Path yaml = cluster().resolve("replica-3/replica.yaml");
    Files.writeString(yaml, Files.readString(yaml).replace("durability: memory", "durability: x"));
    assertBad("durability is \"x\" but must be one of", "up", dir());
    assertThat(cluster().resolve("replica-0/replica.pid")).doesNotExist();
    Files.writeString(yaml, Files.readString(yaml).replace("durability: x", "durability: memory"));
  }

  private static void assertBad(String sentence, String... args) {
    Result result = run(args);
    assertThat(result.code).isEqualTo(2);
    assertThat(result.err).contains(sentence).doesNotContain("\tat ");
    assertThat(result.err.strip().lines()).hasSize(1);
    assertThat(result.out).isEmpty();
  }

  @Test
  @Tag("slow")
  void aBackupOfARunningClusterIsRestoredToAStoppedOne() throws Exception {
    init();
    Path yaml = cluster().resolve("cluster.yaml");
    String text = Files.readString(yaml);
    assertThat(text).contains("period: 10000");
    Files.writeString(yaml, text.replace("period: 10000", "period: 10"));
    String zero = cluster().resolve("replica-0").toString();
    String backup = folder.resolve("backup").toString();
    assertThat(run("up", dir(), "--service", "kv").code).isZero();
    for (int i = 0; i < 25; i++) {
      assertThat(run("kv", dir(), "put", "key", "value-" + i).code).isZero();
    }
    Result made = run("backup", zero, backup);
    assertThat(made.err).isEmpty();
    assertThat(made.out).contains("checkpoint at instance");
    assertBad("exists already", "backup", zero, backup);
    assertThat(run("kv", dir(), "put", "key", "later").code).isZero();

    assertBad("stop all replicas", "restore", backup, dir());
    assertThat(run("down", dir()).code).isZero();
    assertBad("move it away first", "restore", backup, dir());

    Result list = run("log", zero, "list");
    assertThat(list.out).contains("clean, mode memory", "checkpoint at instance", "log-0000000001");
    assertThat(run("log", zero, "show", "--from", "20").out).contains("DECIDED 20 ");
    Result verified = run("log", zero, "verify", "--json");
    assertThat(verified.out).contains("\"inOrder\" : true");
    assertThat(verified.code).isZero();

    for (int id = 0; id < 4; id++) {
      Path data = cluster().resolve("replica-" + id).resolve("data");
      Files.move(data, cluster().resolve("replica-" + id).resolve("old"));
    }
    Result asked = run("restore", backup, dir());
    assertThat(asked.code).isEqualTo(2);
    assertThat(asked.out).contains("forgotten for ever", "--forget-later-decisions");
    Result restored = run("restore", backup, dir(), "--forget-later-decisions");
    assertThat(restored.err).isEmpty();
    assertThat(restored.out).contains("Restored replica 0", "Restored replica 3");
    // Nothing counts any more that was signed in what is forgotten.
    assertThat(Files.readString(yaml)).contains("restored:", "  - after: ");
    assertThat(run("log", zero, "verify").code).isZero();

    assertThat(run("up", dir(), "--service", "kv").code).isZero();
    assertThat(run("kv", dir(), "get", "key").out).contains("value-24").doesNotContain("later");
    assertThat(run("kv", dir(), "put", "key", "after").code).isZero();
    assertThat(run("kv", dir(), "get", "key").out).contains("after");

    Path segment = cluster().resolve("replica-1/data/log-0000000001.seg");
    byte[] bytes = Files.readAllBytes(segment);
    bytes[700] ^= 1;
    Files.write(segment, bytes);
    assertThat(run("log", cluster().resolve("replica-1").toString(), "verify").code).isEqualTo(1);
  }

  @Test
  void printsWhatIsInForce() throws Exception {
    init();
    Result result = run("replica", cluster().resolve("replica-1").toString(), "--print-config");
    assertThat(result.code).isZero();
    assertThat(result.out).contains("mode: byzantine", "durability: memory", "request-timeout:");
  }
}
