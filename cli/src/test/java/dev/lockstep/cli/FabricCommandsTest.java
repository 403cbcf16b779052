package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands of the ordering service make and say, without processes. */
class FabricCommandsTest {
  private static final Path DATA =
      Path.of("../apps/fabric/src/test/resources/fabric").toAbsolutePath().normalize();
  private static final String ORDERERS =
      DATA.resolve("crypto/ordererOrganizations/ord.example.com/orderers").toString();

  @TempDir Path temp;

  private record Result(int code, String out, String err) {}

  private static Result run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(words);
    return new Result(code, out.toString(), err.toString());
  }

  private static String orderers(int count) {
    List<String> folders = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      folders.add(ORDERERS + "/orderer" + i + ".ord.example.com");
    }
    return String.join(",", folders);
  }

  private Result init(String genesis, int nodes, String... more) {
    List<String> words = new ArrayList<>(List.of("fabric", "init", temp.resolve("o").toString()));
    words.addAll(List.of("--genesis", DATA.resolve(genesis).toString()));
    words.addAll(List.of("--orderer", orderers(nodes)));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  private static void badInput(Result result, String sentence) {
    assertThat(result.code).isEqualTo(2);
    assertThat(result.out).isEmpty();
    assertThat(result.err.lines()).hasSize(1);
    assertThat(result.err).contains(sentence);
  }

  @Test
  void initMakesAFolderAndWarnsOfWeakPolicies() {
    Result made = init("genesis/raftany10.block", 4);
    assertThat(made.err).isEmpty();
    assertThat(made.code).isZero();
    assertThat(made.out)
        .contains("4 nodes, of which 1 may be faulty")
        .contains("frontend-3 listens at 127.0.0.1:7084")
        .contains("WARNING: channel raftany10")
        .contains("could forge blocks");
    assertThat(temp.resolve("o/fabric.yaml")).exists();
    badInput(run("replica", temp.resolve("o/replica-0").toString()), "ordering node");
  }

  @Test
  void aQuorumPolicyIsNotWarnedOf() {
    assertThat(init("genesis/raftsig10.block", 4).out).doesNotContain("WARNING");
  }

  @Test
  void theConsentersOfABftChannelAreTheNodes() {
    assertThat(init("genesis/bft10.block", 4, "--json").out).contains("\"warnings\" : [ ]");
  }

  @Test
  void badInputGetsOneSentence() {
    badInput(init("genesis/raftsig10.block", 3), "at least four nodes");
    badInput(init("genesis/raftsig10.json", 4), "is no block");
    badInput(init("blocks/raftany10/0001.pb", 4), "is block 1, not 0");
    badInput(init("genesis/nothing.block", 4), "No such file");
    badInput(init("genesis/raftsig10.block", 4, "--host-list", "a,b"), "--host-list names 2");
    badInput(init("genesis/raftsig10.block", 4, "--base-port", "99999"), "--base-port");
    badInput(run("fabric", "up", temp.resolve("nowhere").toString()), "'lockstep fabric init'");
    badInput(run("fabric", "node", temp.toString()), "no folder of a replica");
    badInput(run("fabric", "block", "verify", temp.toString()), "no folder of a chain");
    badInput(run("fabric"), "Missing command");
  }

  @Test
  void nothingIsOverwritten() {
    init("genesis/raftsig10.block", 4);
    badInput(init("genesis/raftsig10.block", 4), "never overwritten");
  }

  @Test
  void aBlockOfAFileIsShown() {
    Result shown =
        run("fabric", "block", "show", DATA.resolve("blocks/raftany10/0007.pb").toString());
    assertThat(shown.code).isZero();
    assertThat(shown.out).contains("number           7").contains("envelopes        5");
    assertThat(Files.exists(temp.resolve("o"))).isFalse();
  }
}
