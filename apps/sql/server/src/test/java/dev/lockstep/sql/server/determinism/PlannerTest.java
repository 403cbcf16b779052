package dev.lockstep.sql.server.determinism;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lockstep.sql.message.Ordering;
import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.server.determinism.FunctionPolicy.Action;
import dev.lockstep.sql.server.determinism.StatementPolicy.Kind;
import dev.lockstep.sql.server.engine.Dialect;
import dev.lockstep.sql.server.engine.TableInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlannerTest {
  private static final Path DOCUMENT = Path.of("..", "..", "..", "docs", "sql.md");

  private static TableInfo.Column column(String name, String defaultOrNull, boolean identity) {
    return new TableInfo.Column(name, "INTEGER", defaultOrNull, identity, identity, false, true);
  }

  private static final List<TableInfo> TABLES =
      List.of(
          new TableInfo(
              "PUBLIC",
              "T",
              List.of(column("ID", null, false), column("V", null, false)),
              List.of("ID")),
          new TableInfo(
              "PUBLIC",
              "N",
              List.of(column("ID", null, true), column("A", null, false)),
              List.of("ID")),
          new TableInfo(
              "PUBLIC",
              "W",
              List.of(
                  column("ID", null, false),
                  column("AT", "CURRENT_TIMESTAMP", false),
                  column("S", "(NEXT VALUE FOR \"PUBLIC\".\"SEQ\")", false)),
              List.of("ID")));

  private final Planner.Tables tables =
      new Planner.Tables() {
        @Override
        public TableInfo findOrNull(String schema, String name) {
          return TABLES.stream()
              .filter(table -> table.schema().equals(schema) && table.name().equals(name))
              .findFirst()
              .orElse(null);
        }

        @Override
        public int resultColumns(String schema, String sql) {
          return 2;
        }
      };

  private final Planner planner = new Planner(Dialect.H2, tables);

  private Plan plan(String sql) {
    try {
      return planner.plan("", sql);
    } catch (RefusedSql e) {
      throw new AssertionError(sql + " was refused: " + e.getMessage(), e);
    }
  }

  private RefusedSql refusal(String sql) {
    RefusedSql refused = catchThrowableOfType(RefusedSql.class, () -> planner.plan("", sql));
    assertThat(refused).as("%s is not refused", sql).isNotNull();
    return refused;
  }

  // ---- the tables of policies, line by line -------------------------------------------------

  @Test
  void everyFunctionIsTreatedAsTheTableSays() {
    Map<String, FunctionPolicy> all = new TreeMap<>();
    FunctionPolicy.called()
        .forEach(
            (name, policy) ->
                all.put(name.equals("NEXTVAL") ? "NEXTVAL('s')" : name + "()", policy));
    FunctionPolicy.words().forEach(all::put);
    assertThat(all).hasSizeGreaterThan(80);
    all.forEach(
        (call, policy) -> {
          String read = "SELECT " + call;
          switch (policy.action()) {
            case REFUSE -> {
              assertThat(refusal(read).failure().sqlState()).isEqualTo("0A000");
              assertThat(refusal(read)).hasMessageContaining(policy.advice());
              refusal("INSERT INTO t VALUES (1, " + call + ")");
            }
            case NEEDS_ORDER -> {
              refusal("SELECT " + call + " FROM t");
              plan("SELECT " + call.replace("()", "(v ORDER BY id)") + " FROM t");
            }
            case REFUSE_IN_CHANGES -> {
              plan(read + " OVER (ORDER BY id) FROM t");
              refusal("INSERT INTO t SELECT id, " + call + " OVER (ORDER BY v) FROM t");
            }
            case NEXT_VALUE -> {
              assertThat(plan(read).ids()).hasSize(1);
              assertThat(plan(read).kind()).isEqualTo(Kind.CHANGE);
              refusal(read + " FROM t");
            }
            case RANDOM, UUID -> {
              assertThat(plan(read).sources()).hasSize(1);
              plan("INSERT INTO t VALUES (1, " + call + ")");
              refusal("UPDATE t SET v = " + call);
              refusal("SELECT * FROM t ORDER BY " + call);
            }
            default -> {
              assertThat(plan(read).sources())
                  .containsExactly(new Plan.Source.Drawn(policy.action(), 6));
              assertThat(plan("UPDATE t SET v = " + call).sources()).hasSize(1);
              assertThat(plan(read).sql()).doesNotContain(call).contains("CAST(? AS");
            }
          }
        });
  }

  @Test
  void everyStatementIsTreatedAsTheTableSays() {
    StatementPolicy.all()
        .forEach(
            (word, policy) -> {
              // What H2 calls CALL is a query.
              if (policy.kind() == null && !word.equals("CALL")) {
                assertThat(refusal(word + " x")).hasMessageContaining(policy.advice());
                assertThat(refusal(word.toLowerCase() + " x").failure().sqlState())
                    .isEqualTo("0A000");
              }
            });
    refusal("FROBNICATE x");
  }

  @Test
  void theTablesAreInTheDocument() throws IOException {
    String document = Files.readString(DOCUMENT);
    FunctionPolicy.called()
        .keySet()
        .forEach(name -> assertThat(document).contains("`" + name + "`"));
    FunctionPolicy.words()
        .keySet()
        .forEach(name -> assertThat(document).contains("`" + name + "`"));
    StatementPolicy.all().keySet().forEach(word -> assertThat(document).contains("`" + word + "`"));
  }

  // ---- statements ---------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1 | READ",
        "/* now() */ select 'now()', \"NOW\" from t -- random() | READ",
        "WITH a AS (SELECT 1) SELECT * FROM a | READ",
        "SELECT * FROM t FOR UPDATE | CHANGE",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM t | CHANGE",
        "UPDATE t SET v = 1 | CHANGE",
        "CREATE TABLE x (a INT) | DEFINE",
        "TRUNCATE TABLE t; | DEFINE",
      })
  void statementsAreOfAKind(String sql, Kind kind) {
    assertThat(plan(sql).kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1; SELECT 2",
        "SELECT 'a",
        "SELECT /* now()",
        "SELECT (1",
        "SELECT 1)",
        "SELECT `a` FROM t",
        "",
        " ; ",
        "SELECT pg_sleep(1)",
        "SELECT PG_CATALOG.PG_BACKEND_PID()",
        "SELECT lo_get(1)",
        "SELECT t.ctid FROM t",
        "SELECT * INTO x FROM t",
        "DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 1)",
        "DELETE FROM t LIMIT 1",
        "INSERT INTO t SELECT * FROM t LIMIT 1",
        "SELECT * FROM (SELECT * FROM t ORDER BY v LIMIT 1) x",
        "SELECT string_agg(a, ',') FROM n",
        "INSERT INTO n (a) SELECT v FROM t",
        "INSERT INTO n DEFAULT VALUES",
        "UPDATE w SET at = DEFAULT",
        "MERGE INTO w KEY (id) VALUES (1)",
        "CREATE TABLE x (a INT CHECK (a < RAND()))",
        "CREATE VIEW x AS SELECT NOW() AS a",
        "CREATE TABLE x AS SELECT RANDOM() AS a FROM t",
        "CREATE TABLE x AS (SELECT * FROM t LIMIT 1)",
        "CREATE TABLE x (a INT CHECK (a < RAND())) AS SELECT 1",
        "ALTER TABLE t ADD COLUMN c TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
        "ALTER TABLE t ADD COLUMN c INT GENERATED ALWAYS AS IDENTITY",
        "CREATE ALIAS f AS 'x'",
        "CREATE FUNCTION f() RETURNS INT AS 'SELECT 1'",
        "CREATE TRIGGER x BEFORE INSERT ON t CALL 'x'",
        "CREATE TEMPORARY TABLE x (a INT)",
        "CREATE LOCAL TEMPORARY TABLE x (a INT)",
        "CREATE USER x PASSWORD 'y'",
        "CREATE EXTENSION x",
        "INSERT INTO t SELECT 1, COUNT(*) FROM INFORMATION_SCHEMA.SESSIONS",
        "DELETE FROM t WHERE v IN (SELECT pid FROM \"pg_stat_activity\")",
        "CREATE TABLE x AS SELECT * FROM INFORMATION_SCHEMA.SESSIONS",
        "CREATE INDEX CONCURRENTLY i ON t (v)",
        "CREATE TABLE x (a INT) ENGINE \"evil\"",
        "CREATE LINKED TABLE x ('', '', '', '', 't')",
        "DROP USER x",
        "ALTER SYSTEM SET x = 1",
      })
  void isRefused(String sql) {
    refusal(sql);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT t.current_date FROM t",
        "SELECT uuid('x')",
        "SELECT v[1] FROM t",
        "SELECT E'it\\'s now()', $$random()$$",
        "SELECT * FROM t ORDER BY v OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY",
        "DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY id LIMIT 1)",
        "SELECT ARRAY_AGG(v ORDER BY id) FROM t",
        "SELECT LISTAGG(v, ',') WITHIN GROUP (ORDER BY id) FROM t",
        "CREATE TABLE x (a TIMESTAMP DEFAULT (CURRENT_TIMESTAMP), b UUID DEFAULT RANDOM_UUID())",
        "CREATE UNIQUE INDEX i ON t (v)",
        "ALTER TABLE t ALTER COLUMN v SET DEFAULT RAND()",
        "COMMENT ON TABLE t IS 'now()'",
        "DROP TABLE t",
      })
  void isTaken(String sql) {
    plan(sql);
  }

  @Test
  void aQueryThatFillsATableIsRewrittenLikeAnyOther() throws RefusedSql {
    Plan plan =
        plan("CREATE TABLE x (a TIMESTAMP DEFAULT CURRENT_TIMESTAMP) AS SELECT CURRENT_TIMESTAMP");
    assertThat(plan.kind()).isEqualTo(Kind.DEFINE);
    assertThat(plan.sql())
        .isEqualTo(
            "CREATE TABLE x (a TIMESTAMP DEFAULT CURRENT_TIMESTAMP) AS SELECT"
                + " CAST(? AS TIMESTAMP WITH TIME ZONE)");
    assertThat(plan.definition(new Plan.Circumstances(1_000_000, 0)))
        .endsWith("AS SELECT CAST('1970-01-01T00:00:01Z' AS TIMESTAMP WITH TIME ZONE)");
    assertThat(plan("CREATE TABLE x AS SELECT id, v FROM t LIMIT 5").sql())
        .isEqualTo("CREATE TABLE x AS SELECT id, v FROM t  ORDER BY 1, 2 LIMIT 5");
  }

  @Test
  void aFilledTableIsMadeEmptyWhenItsRowsAreLoaded() throws RefusedSql {
    assertThat(Definitions.withoutRows("CREATE TABLE x (a INT)"))
        .isEqualTo("CREATE TABLE x (a INT)");
    for (String end : List.of("", " WITH DATA", " WITH NO DATA")) {
      assertThat(Definitions.withoutRows("CREATE TABLE x AS SELECT 1" + end))
          .isEqualTo("CREATE TABLE x AS SELECT 1 WITH NO DATA");
    }
  }

  @Test
  void callAsksForAValue() {
    assertThat(plan("CALL 1 + 1").sql()).isEqualTo("SELECT 1 + 1");
    assertThat(plan("call NOW()").sql()).isEqualTo("SELECT CAST(? AS TIMESTAMP WITH TIME ZONE)");
    assertThat(refusal("CALL PG_SLEEP(1)").getMessage()).contains("PG_SLEEP");
  }

  @Test
  void anOrderIsMadeTotalWhereALimitNeedsIt() {
    assertThat(plan("SELECT id, v FROM t LIMIT 5").sql())
        .isEqualTo("SELECT id, v FROM t  ORDER BY 1, 2 LIMIT 5");
    assertThat(plan("SELECT id, v FROM t ORDER BY v LIMIT ?").sql())
        .isEqualTo("SELECT id, v FROM t ORDER BY v , 1, 2 LIMIT ?");
    assertThat(plan("SELECT id, v FROM t ORDER BY v, id LIMIT 5").sql())
        .isEqualTo("SELECT id, v FROM t ORDER BY v, id LIMIT 5");
    assertThat(plan("SELECT * FROM t LIMIT 5").order().total()).isTrue();
  }

  @Test
  void rowsAreHashedInTheOrderThatTheStatementGives() {
    List<SqlColumn> columns =
        List.of(
            SqlColumn.of("ID", Types.INTEGER, "INTEGER"),
            SqlColumn.of("V", Types.INTEGER, "INTEGER"));
    assertThat(plan("SELECT id, v FROM t").ordering(columns)).isEqualTo(Ordering.NONE);
    assertThat(plan("SELECT id, v FROM t ORDER BY v DESC NULLS LAST, 1").ordering(columns))
        .isEqualTo(new Ordering(false, List.of(1, 0)));
    assertThat(plan("SELECT id, v FROM t ORDER BY v + 1, id").ordering(columns))
        .isEqualTo(Ordering.NONE);
    assertThat(plan("SELECT id FROM t LIMIT 1").ordering(columns)).isEqualTo(Ordering.TOTAL);
  }

  @Test
  void valuesThatTheEngineWouldChooseAreGiven() throws RefusedSql {
    Plan named = plan("INSERT INTO n (a) VALUES (?), (?)");
    assertThat(named.sql())
        .isEqualTo(
            "INSERT INTO n (a, \"ID\") OVERRIDING SYSTEM VALUE VALUES (?, CAST(? AS BIGINT)), (?,"
                + " CAST(? AS BIGINT))");
    assertThat(named.ids()).hasSize(2);
    List<SqlParameter> bound =
        named.bind(
            List.of(SqlParameter.of("a"), SqlParameter.of("b")),
            List.of(7L, 8L),
            new Plan.Circumstances(0, 0),
            0);
    assertThat(bound).extracting(SqlParameter::valueOrNull).containsExactly("a", 7L, "b", 8L);
    assertThat(plan("INSERT INTO n VALUES (DEFAULT, 'a')").sql())
        .isEqualTo("INSERT INTO n OVERRIDING SYSTEM VALUE VALUES (CAST(? AS BIGINT), 'a')");
    assertThat(plan("INSERT INTO n (id, a) VALUES (5, 'a')").ids()).isEmpty();
    Plan defaults = plan("INSERT INTO w (id) VALUES (?)");
    assertThat(defaults.sql())
        .isEqualTo(
            "INSERT INTO w (id, \"AT\", \"S\") VALUES (?, CAST(? AS TIMESTAMP WITH TIME ZONE),"
                + " (CAST(? AS BIGINT)))");
    assertThat(defaults.ids()).containsExactly(IdSource.sequence("PUBLIC", "SEQ"));
  }

  @Test
  void timesHaveTheDigitsThatWereAskedFor() throws RefusedSql {
    Plan plan = plan("SELECT CURRENT_TIMESTAMP(3), LOCALTIMESTAMP");
    assertThat(plan.sources())
        .containsExactly(
            new Plan.Source.Drawn(Action.TIMESTAMP_ZONED, 3),
            new Plan.Source.Drawn(Action.TIMESTAMP, 6));
    List<SqlParameter> bound =
        plan.bind(List.of(), List.of(), new Plan.Circumstances(1_234_567, 0), 0);
    assertThat(bound.get(0).valueOrNull()).hasToString("1970-01-01T00:00:01.234Z");
    assertThat(bound.get(1).valueOrNull()).hasToString("1970-01-01T00:00:01.234567");
  }

  @Test
  void chanceDependsOnTheTransactionAndTheStepOnly() throws RefusedSql {
    Plan plan = plan("SELECT RANDOM(), RANDOM_UUID()");
    Plan.Circumstances circumstances = new Plan.Circumstances(0, 42);
    List<SqlParameter> once = plan.bind(List.of(), List.of(), circumstances, 3);
    assertThat(plan.bind(List.of(), List.of(), circumstances, 3)).isEqualTo(once);
    assertThat(plan.bind(List.of(), List.of(), circumstances, 4)).isNotEqualTo(once);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'now'", "'Today 12:00'", "e' yesterday'", "$$tomorrow$$"})
  void postgresqlsWordsForTimesAreRefused(String text) {
    Planner postgres = new Planner(Dialect.POSTGRESQL, tables);
    RefusedSql refused =
        catchThrowableOfType(
            RefusedSql.class, () -> postgres.plan("", "UPDATE t SET at = " + text));
    assertThat(refused).as(text).isNotNull();
    assertThat(
            catchThrowableOfType(
                RefusedSql.class,
                () ->
                    postgres.checkValues(
                        "UPDATE t SET at = CAST(? AS TIMESTAMP)", List.of(SqlParameter.of("now")))))
        .isNotNull();
  }

  @Test
  void otherTextsArePassedOn() throws RefusedSql {
    Planner postgres = new Planner(Dialect.POSTGRESQL, tables);
    postgres.plan("", "UPDATE t SET s = 'nowhere'");
    postgres.checkValues("UPDATE t SET s = ?", List.of(SqlParameter.of("now")));
  }

  @Test
  void parametersAreCounted() {
    RefusedSql refused =
        catchThrowableOfType(
            RefusedSql.class,
            () -> plan("SELECT ?").bind(List.of(), List.of(), new Plan.Circumstances(0, 0), 0));
    assertThat(refused.failure().sqlState()).isEqualTo("07001");
  }

  @Test
  void anIdentityMayHaveOptions() throws RefusedSql {
    String sql = "CREATE TABLE i (id INT GENERATED ALWAYS AS IDENTITY (START WITH 9), a INT)";
    assertThat(plan(sql).sql()).isEqualTo(sql);
  }
}
