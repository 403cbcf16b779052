package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.services.kv.KeyValueService;
import dev.lockstep.services.map.MapListService;
import dev.lockstep.testkit.LocalCluster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Parser.ParseContext;
import org.jline.reader.impl.DefaultParser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code lockstep kv} and {@code lockstep map} on clusters in this JVM. */
@Timeout(60)
class ServiceCommandTest {
  private static LocalCluster<KeyValueService> kvCluster;
  private static LocalCluster<MapListService> mapCluster;

  @TempDir private Path folder;

  private record Result(int code, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }

    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }
  }

  @BeforeAll
  static void start() {
    kvCluster = LocalCluster.of(4, 1, KeyValueService::new);
    mapCluster = LocalCluster.of(4, 1, MapListService::new);
  }

  @AfterAll
  static void stop() {
    kvCluster.close();
    mapCluster.close();
  }

  private static Connector connectorTo(LocalCluster<?> cluster) {
    return (directory, patience) -> Connector.of(cluster.client(), () -> {});
  }

  private static Result run(ServiceCommand command, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line =
        Main.withErrorsReported(new CommandLine(command))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err));
    String[] all = new String[args.length + 1];
    all[0] = "DIR";
    System.arraycopy(args, 0, all, 1, args.length);
    return new Result(line.execute(all), out.toString(), err.toString());
  }

  private static Result kv(String... args) {
    return run(new KvCommand(connectorTo(kvCluster)), args);
  }

  private static Result map(String... args) {
    return run(new MapCommand(connectorTo(mapCluster)), args);
  }

  private static void assertFails(Result result, int code, String sentence) {
    assertThat(result.err).contains(sentence).doesNotContain("Exception");
    assertThat(result.err.lines()).hasSize(1);
    assertThat(result.out).isEmpty();
    assertThat(result.code).isEqualTo(code);
  }

  @Test
  void keysAreStoredAndForgotten() throws IOException {
    assertThat(kv("put", "kgreet", "hello world").code).isZero();
    assertThat(kv("get", "kgreet")).isEqualTo(new Result(0, "hello world\n", ""));
    JsonNode entry = kv("get", "kgreet", "--json").json();
    assertThat(entry.get("key").asText()).isEqualTo("kgreet");
    assertThat(entry.get("value").asText()).isEqualTo("hello world");
    long version = entry.get("version").asLong();
    assertFails(kv("cas", "kgreet", "x"), 2, "Say what to expect");
    assertFails(
        kv("cas", "kgreet", "x", "--if-absent", "--if-value", "y"), 2, "Only one of --if-absent");
    assertFails(kv("cas", "kgreet", "x", "--if-absent"), 1, "it has version " + version);
    assertFails(kv("cas", "kgreet", "x", "--if-value", "hello"), 1, "is not as expected");
    assertThat(kv("cas", "kgreet", "x", "--if-version", "" + version).code).isZero();
    assertFails(kv("delete", "kgreet", "--if-value", "hello"), 1, "is not as expected");
    assertThat(kv("--json", "delete", "kgreet").json().get("deleted").asBoolean()).isTrue();
    assertFails(kv("get", "kgreet"), 1, "There is no key 'kgreet'.");
    assertFails(kv("delete", "kgreet"), 1, "There is no key 'kgreet'.");
    assertFails(kv("get"), 2, "Missing required parameter: 'KEY'");
    assertFails(kv("get", "a", "--timeout", "0"), 2, "--timeout is 0 but must be 1 to 3600");
    assertFails(kv("put", "k".repeat(9000), "v"), 1, "from 0 to 8192");
  }

  @Test
  void rangesArePrintedInOrder() throws IOException {
    for (int i = 0; i < 5; i++) {
      kv("put", "range" + i, "v" + i);
    }
    assertThat(kv("range", "range1", "range3").out).isEqualTo("range1\tv1\nrange2\tv2\n");
    assertThat(kv("count", "range1", "range3").out).isEqualTo("2\n");
    Result cut = kv("range", "range", "range9", "--limit", "2");
    assertThat(cut.lines()).hasSize(2);
    assertThat(cut.err).contains("There are more");
    JsonNode json = kv("range", "range", "range9", "--limit", "2", "--json").json();
    assertThat(json.get("entries").get(1).get("value").asText()).isEqualTo("v1");
    assertThat(json.get("more").asBoolean()).isTrue();
    assertFails(kv("range", "--limit", "0"), 2, "--limit is 0");
  }

  @Test
  void tablesAreListsOfEntries() throws IOException {
    assertThat(map("put", "colours", "red", "green").out).isEqualTo("Made\n");
    assertThat(map("add", "colours", "light blue").out).isEqualTo("Entry 2\n");
    assertThat(map("get", "colours", "2").out).isEqualTo("light blue\n");
    assertThat(map("get", "colours").lines()).containsExactly("red", "green", "light blue");
    assertThat(map("set", "colours", "0", "black").code).isZero();
    assertThat(map("entries", "colours", "--from", "1", "--limit", "1").out).isEqualTo("green\n");
    JsonNode json = map("entries", "colours", "--json").json();
    assertThat(json.get("size").asLong()).isEqualTo(3);
    assertThat(json.get("entries").get(0).asText()).isEqualTo("black");
    assertThat(map("tables").lines()).contains("colours");
    assertThat(map("tables", "--json").json().get("tables").isArray()).isTrue();
    assertThat(map("size", "colours").out).isEqualTo("3\n");
    assertThat(map("remove", "colours", "1").code).isZero();
    assertFails(map("remove", "colours", "7"), 1, "Table 'colours' has no entry 7.");
    assertThat(map("put", "colours").out).isEqualTo("Replaced\n");
    assertThat(map("entries", "colours").out).isEmpty();
    assertThat(map("remove", "colours").code).isZero();
    assertFails(map("remove", "colours"), 1, "There is no table 'colours'.");
    assertFails(map("get", "colours"), 1, "There is no table 'colours'.");
    assertFails(map("size", "colours"), 1, "There is no table 'colours'.");
    assertFails(map("get", "colours", "x"), 2, "'x' is not a long");
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  @Test
  void filesAreLoaded() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      lines.append("entry ").append(i).append('\n');
    }
    Path numbers = file("numbers.lines", lines.toString());
    JsonNode loaded = map("load", numbers.toString(), "--json").json();
    assertThat(loaded.get("loaded").asLong()).isEqualTo(2000);
    assertThat(map("entries", "numbers").out).isEqualTo(lines.toString());

    Path tables = file("tables.csv", "a,1,2\nb,\"x, \"\"y\"\"\"\na,3\n");
    assertThat(map("load", tables.toString()).out).startsWith("Loaded 4 entries in ");
    assertThat(map("get", "a").lines()).containsExactly("1", "2", "3");
    assertThat(map("get", "b").out).isEqualTo("x, \"y\"\n");

    Path pairs = file("pairs.csv", "csv1,one\r\n\"csv2\",\"two\nlines\"\r\n");
    assertThat(kv("load", pairs.toString()).code).isZero();
    assertThat(kv("get", "csv2").out).isEqualTo("two\nlines\n");
    assertThat(kv("load", file("pairs.lines", "tab1\tone\ttwo\n").toString()).code).isZero();
    assertThat(kv("get", "tab1").out).isEqualTo("one\ttwo\n");
  }

  @Test
  void aFileThatCannotBeLoadedIsNamedWithTheLine() throws IOException {
    String missing = folder.resolve("missing.csv").toString();
    assertFails(kv("load", missing), 2, "No such file: " + missing);
    String pairs = file("bad.csv", "a,b\nc\n").toString();
    assertFails(kv("load", pairs), 2, pairs + ": Line 2: expected a key and a value");
    String open = file("open.csv", "a,\"b\nc\n").toString();
    assertFails(kv("load", open), 2, "Line 1 has a quote that is never closed.");
    String large = file("large.lines", "ok\tfine\n" + "k".repeat(9000) + "\tv\n").toString();
    assertFails(kv("load", large), 1, large + ", line 2: ");
    Path binary = Files.write(folder.resolve("binary.lines"), new byte[] {'a', '\t', -1, '\n'});
    assertFails(kv("load", binary.toString()), 2, "is not UTF-8");
    assertFails(map("load", pairs, "--table", "t"), 2, "--table is for lines");
  }

  private record ShellRun(int code, String out, String err) {}

  private static ShellRun shell(String input, boolean json) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commands =
        Main.withErrorsReported(new CommandLine(new MapCommand(connectorTo(mapCluster))))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err));
    int code =
        new Shell("map", commands, "DIR", json, 10)
            .runAll(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    return new ShellRun(code, out.toString(), err.toString());
  }

  @Test
  void aShellRunsLineByLine() throws IOException {
    ShellRun done =
        shell("# a comment\n\nadd shell 'two words'\nadd shell ä\nget shell\nexit\nbad\n", false);
    assertThat(done).isEqualTo(new ShellRun(0, "Entry 0\nEntry 1\ntwo words\nä\n", ""));
    assertThat(shell("get shell 0\nremove shell", true).out).contains("\"entry\" : \"two words\"");
    assertThat(shell("help", false).out)
        .contains("entries  Print the entries of a table")
        .contains("exit     Leave");
    assertThat(shell("help add", false).out).contains("TABLE ENTRY");
  }

  @Test
  void aShellStopsAtTheFirstFailure() throws IOException {
    assertThat(shell("get nothing\nadd nothing x\n", false))
        .isEqualTo(
            new ShellRun(
                1, "", "lockstep: There is no table 'nothing'.\nlockstep: Stopped at line 1.\n"));
    assertThat(shell("fly\n", false).err)
        .isEqualTo("lockstep: Unknown command 'fly'. See 'help'.\nlockstep: Stopped at line 1.\n");
    assertThat(shell("add x\n", false).err)
        .startsWith("lockstep: Missing required parameter: 'ENTRY'. See 'help add'.\n");
    assertThat(shell("\nadd 'x\n", false).err)
        .isEqualTo("lockstep: A quote in this line is not closed.\nlockstep: Stopped at line 2.\n");
  }

  @Test
  void aShellCompletesCommandsAndOptions() {
    Shell shell =
        new Shell("kv", new CommandLine(new KvCommand(connectorTo(kvCluster))), "DIR", false, 10);
    assertThat(completed(shell, "")).contains("get", "cas", "help", "exit");
    assertThat(completed(shell, "help ")).contains("get").doesNotContain("exit");
    assertThat(completed(shell, "cas k v --")).contains("--if-absent", "--if-value", "--json");
    assertThat(completed(shell, "nothing --")).isEmpty();
  }

  private static List<String> completed(Shell shell, String line) {
    List<Candidate> candidates = new ArrayList<>();
    shell.complete(
        new DefaultParser().parse(line, line.length(), ParseContext.COMPLETE), candidates);
    return candidates.stream().map(Candidate::value).toList();
  }

  @Test
  void aCommandForAnotherServiceIsRefused() {
    assertFails(
        run(new MapCommand(connectorTo(kvCluster)), "tables"),
        1,
        "the replicas run another service");
    assertFails(
        run(new KvCommand(connectorTo(mapCluster)), "put", "a", "b"),
        1,
        "the replicas run another service");
  }

  @Test
  void helpShowsWhereTheFolderGoes() {
    StringWriter out = new StringWriter();
    CommandLine main = Main.commandLine().setOut(new PrintWriter(out));
    assertThat(main.execute("kv", "DIR", "get", "--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: lockstep kv DIR get [-hV] [--json]");
  }

  @Test
  void aFolderThatIsNoClustersIsRefused() {
    StringWriter err = new StringWriter();
    CommandLine main = Main.commandLine().setErr(new PrintWriter(err));
    assertThat(main.execute("kv", folder.toString(), "get", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("is no folder of a cluster");
  }
}
