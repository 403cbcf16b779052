package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SimCommandTest {
  @TempDir private Path folder;

  private record Result(int code, String out, String err) {}

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Result(command.execute(args), out.toString(), err.toString());
  }

  @Test
  void printsFiguresAsOneJsonObject() throws Exception {
    Result result = run("sim", "--seeds", "1-5", "--small", "--json");
    JsonNode figures = new ObjectMapper().readTree(result.out);
    assertThat(result.code).isZero();
    assertThat(figures.get("runs").asInt()).isEqualTo(5);
    assertThat(figures.get("violations").asInt()).isZero();
    assertThat(figures.get("decisions").asLong()).isPositive();
  }

  @Test
  void aBrokenRuleFailsWithTheCommandThatReplaysIt() {
    Result result = run("sim", "--seed", "1", "--small", "--mutant", "accept-names-no-instance");
    assertThat(result.code).isEqualTo(1);
    assertThat(result.out)
        .contains("I6")
        .contains("./lockstep sim --seed 1 --small --trace --mutant accept-names-no-instance");
  }

  @Test
  void aShrunkRunFailsInTheSameWay() throws Exception {
    Path file = folder.resolve("small.schedule");
    String[] common = {"sim", "--seed", "1", "--small", "--mutant", "accept-names-no-instance"};
    Result shrunk = run(with(common, "--shrink", file.toString()));
    assertThat(shrunk.code).isEqualTo(1);
    assertThat(Files.readAllLines(file)).isNotEmpty();
    Result replayed = run(with(common, "--schedule", file.toString()));
    assertThat(replayed.code).isEqualTo(1);
    assertThat(replayed.out).contains("I6");
  }

  private static String[] with(String[] args, String... more) {
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void takesUpALongRunWhereItStopped() throws Exception {
    String file = folder.resolve("runs").toString();
    assertThat(run("sim", "--seeds", "1-3", "--small", "--resume", file).code).isZero();
    Result more = run("sim", "--seeds", "1-6", "--small", "--json", "--resume", file);
    assertThat(new ObjectMapper().readTree(more.out).get("runs").asInt()).isEqualTo(6);
  }

  @Test
  void noticesThatATraceHasChanged() throws Exception {
    Result before = run("sim", "--seeds", "1-3", "--small", "--trace-hash");
    assertThat(before.out.lines()).hasSize(3).allMatch(line -> line.matches("[123] [0-9a-f]{32}"));
    Path file = folder.resolve("hashes");
    Files.writeString(file, before.out);
    String[] again = {"sim", "--seeds", "1-3", "--small", "--trace-hash", "--against"};
    assertThat(run(with(again, file.toString())).code).isZero();
    Files.writeString(file, before.out.replaceFirst("(?m)^2 .", "2 x"));
    Result changed = run(with(again, file.toString()));
    assertThat(changed.code).isEqualTo(1);
    assertThat(changed.out).contains("1 of 3 traces differ").contains("[2]");
  }

  @Test
  void namesWhatCanBeDrawn() {
    assertThat(run("sim", "--list").out).contains("equivocate", "partition", "lock-at-zero");
  }

  @Test
  void saysInOneSentenceWhatIsWrong() {
    assertBad("--seeds is '9-1'", "sim", "--seeds", "9-1");
    assertBad("no adversary named nobody", "sim", "--seed", "1", "--adversary", "nobody");
    assertBad("--mode is 'abc'", "sim", "--seed", "1", "--mode", "abc");
    assertBad("Give either", "sim");
    assertBad("go with --seed", "sim", "--seeds", "1-2", "--trace");
    assertBad(
        "needs 4 to 64 replicas",
        "sim",
        "--seed",
        "1",
        "--replicas",
        "3",
        "--tolerate",
        "1",
        "--mode",
        "bft");
    assertBad("no mutant named x", "sim", "--mutant", "x");
  }

  private static void assertBad(String sentence, String... args) {
    Result result = run(args);
    assertThat(result.code).isEqualTo(2);
    assertThat(result.err).contains(sentence).doesNotContain("\tat ");
    assertThat(result.err.strip().lines()).hasSize(1);
  }
}
