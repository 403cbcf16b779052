package dev.lockstep.cli.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.cli.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a plain engine, which they take by its URL. */
class SqlCommandTest {
  @TempDir private Path directory;
  private String out;
  private String err;

  private int run(String... arguments) {
    Commands.Output output = Commands.run(arguments);
    out = output.out();
    err = output.err();
    return output.code();
  }

  private static String url(TestInfo test) {
    return "jdbc:h2:mem:" + test.getTestMethod().orElseThrow().getName() + ";DB_CLOSE_DELAY=-1";
  }

  private int shell(TestInfo test, String sql, String... more) {
    String[] arguments = new String[5 + more.length];
    System.arraycopy(new String[] {"sql", "shell", url(test), "-e", sql}, 0, arguments, 0, 5);
    System.arraycopy(more, 0, arguments, 5, more.length);
    return run(arguments);
  }

  @Test
  void otherServicesLeaveItsFolderAlone() {
    String shop = directory.resolve("shop").toString();
    assertThat(run("sql", "init", shop)).isZero();
    assertThat(run("up", shop)).isNotZero();
    assertThat(err).contains("use 'lockstep sql up'");
    assertThat(run("replica", shop + "/replica-0")).isNotZero();
    assertThat(err).contains("use 'lockstep sql replica DIR'");
    assertThat(run("kv", shop, "put", "a", "b")).isNotZero();
    assertThat(err).contains("use 'lockstep sql shell DIR'");
    // What does not depend on the service works on any cluster.
    assertThat(run("down", shop)).isZero();
    assertThat(out).contains("replica 0: does not run");
  }

  @Test
  void theShellPrintsTables(TestInfo test) {
    assertThat(
            shell(
                test,
                "create table t (id int primary key, name varchar(20));\n"
                    + "insert into t values (1, 'one'), (20, null);\n"
                    + "select * from t order by id;"))
        .isZero();
    assertThat(out)
        .contains(
            """
            +----+------+
            | ID | NAME |
            +----+------+
            |  1 | one  |
            | 20 | NULL |
            +----+------+
            2 rows
            """)
        .contains("2 rows changed (");
    assertThat(shell(test, "tables\ncolumns t\n")).isZero();
    assertThat(out).contains("PUBLIC", "CHARACTER VARYING").doesNotContain("INFORMATION_SCHEMA");
  }

  @Test
  void theShellPrintsJson(TestInfo test) throws Exception {
    assertThat(shell(test, "select 1 as a, 'x' as b, null as c", "--json")).isZero();
    assertThat(out.strip())
        .isEqualTo("{\"columns\":[\"A\",\"B\",\"C\"],\"rows\":[[1,\"x\",null]]}");
  }

  @Test
  void transactionsBeginAndEnd(TestInfo test) {
    assertThat(
            shell(
                test,
                "create table t (id int primary key); begin; insert into t values (1); rollback;"
                    + " begin; insert into t values (2); commit; select id from t"))
        .isZero();
    assertThat(out).contains("Rolled back.", "Committed.", "|  2 |").doesNotContain("|  1 |");
    assertThat(shell(test, "commit;")).isEqualTo(1);
    assertThat(err).isEqualTo("lockstep: No transaction has begun. [SQLSTATE 25000]\n");
  }

  @Test
  void theFirstFailureEndsAScript(TestInfo test) {
    assertThat(shell(test, "select * from nowhere; select 5 as five;")).isEqualTo(1);
    assertThat(err)
        .startsWith("lockstep: ")
        .contains("NOWHERE", "[SQLSTATE 42S0")
        .doesNotContain("\tat");
    assertThat(out).doesNotContain("FIVE");
  }

  @Test
  void aFolderThatIsNotThereIsASentence() {
    assertThat(run("sql", "shell", "/does/not/exist", "-e", "select 1")).isEqualTo(1);
    assertThat(err).startsWith("lockstep: There is no folder /does/not/exist").hasLineCount(1);
  }

  @Test
  void workloadsAreRunAndJudged(TestInfo test) throws Exception {
    Path file = directory.resolve("history.json");
    assertThat(run("sql", "bench", "append", url(test), "--transactions=200", "--history=" + file))
        .isZero();
    assertThat(out).contains("Snapshot isolation explains all of it.");
    assertThat(run("sql", "bench", "check", file.toString(), "--json")).isZero();
    JsonNode verdict = new ObjectMapper().readTree(out);
    assertThat(verdict.path("valid").asBoolean()).isTrue();
    assertThat(verdict.path("committed").asInt()).isPositive();
    assertThat(run("sql", "bench", "bank", url(test), "--transactions=200")).isZero();
    Files.writeString(
        file,
        "[{\"process\":0,\"type\":\"invoke\",\"value\":[[\"r\",1,null]]},\n"
            + "{\"process\":0,\"type\":\"ok\",\"value\":[[\"r\",1,[7]]]}]");
    assertThat(run("sql", "bench", "check", file.toString())).isEqualTo(1);
    assertThat(out).contains("GARBAGE_READ: List 1 holds 7, which nobody appended.");
  }

  @Test
  void tpccIsLoadedRunAndDrawn(TestInfo test) throws Exception {
    assertThat(
            run(
                "sql",
                "bench",
                "tpcc",
                url(test),
                "--load",
                "--percent=1",
                "--terminals=2",
                "--warm-up=0",
                "--seconds=1",
                "--label=plain H2",
                "--json"))
        .isZero();
    assertThat(err).contains("1 of 1 warehouses are loaded");
    Path file = Files.writeString(directory.resolve("result.json"), out);
    assertThat(run("sql", "bench", "plot", file.toString(), file.toString(), "--to=" + directory))
        .isZero();
    assertThat(Files.readString(directory.resolve("throughput.svg"))).contains("plain H2");
    assertThat(directory.resolve("latency.svg")).exists();
  }

  @Test
  void badInputIsASentence(TestInfo test) {
    assertThat(run("sql", "bench", "append", url(test), "--isolation=chaos")).isEqualTo(2);
    assertThat(err).contains("--isolation is 'chaos' but must be");
    assertThat(run("sql", "bench", "append", url(test), "--processes=0")).isEqualTo(2);
    assertThat(run("sql", "bench", "tpcc", url(test), "--warehouses=0")).isEqualTo(2);
    assertThat(run("sql", "bench", "check", "/no/such/file")).isEqualTo(2);
    assertThat(err).hasLineCount(1);
    assertThat(run("sql")).isEqualTo(2);
  }
}
