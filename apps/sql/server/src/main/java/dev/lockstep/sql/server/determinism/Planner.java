package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.server.determinism.FunctionPolicy.Action;
import dev.lockstep.sql.server.determinism.StatementPolicy.Kind;
import dev.lockstep.sql.server.engine.Dialect;
import dev.lockstep.sql.server.engine.TableInfo;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes plans of statements: the same statement gives the same plan on every replica with the same
 * tables. Safe for any number of threads.
 */
public final class Planner {
  private static final int PLANS_MAX = 10_000;

  /** Characters of the statements of which plans are kept. */
  private static final long PLAN_CHARACTERS_MAX = 16L << 20;

  private static final int SQL_CHARACTERS_MAX = 1 << 20;

  /** What a plan needs to know of the database. */
  public interface Tables {
    /** A table by its names as stored, or null. */
    TableInfo findOrNull(String schema, String name);

    /**
     * How many columns the result of a query has.
     *
     * @throws RefusedSql if the engine does not understand it
     */
    int resultColumns(String schema, String sql) throws RefusedSql;
  }

  private record Key(String schema, String sql) {}

  private final Dialect dialect;
  private final Tables tables;
  private final Map<Key, Plan> plans = new ConcurrentHashMap<>();
  private final AtomicLong planCharacters = new AtomicLong();

  public Planner(Dialect dialect, Tables tables) {
    this.dialect = dialect;
    this.tables = tables;
  }

  /** Tables have changed. */
  public void forget() {
    plans.clear();
    planCharacters.set(0);
  }

  /**
   * The plan of a statement.
   *
   * @throws RefusedSql if it would not do the same on all replicas, or is none
   */
  public Plan plan(String schema, String sql) throws RefusedSql {
    Key key = new Key(schema, sql);
    Plan known = plans.get(key);
    if (known != null) {
      return known;
    }
    Plan made = make(schema, sql);
    long characters = planCharacters.addAndGet(sql.length() + made.sql().length());
    if (plans.size() >= PLANS_MAX || characters > PLAN_CHARACTERS_MAX) {
      forget();
    }
    plans.put(key, made);
    return made;
  }

  /**
   * Refuses values that would not mean the same on all replicas.
   *
   * @throws RefusedSql if there is one
   */
  public void checkValues(String sql, List<SqlParameter> parameters) throws RefusedSql {
    if (dialect == Dialect.POSTGRESQL) {
      Texts.check(parameters, Texts.mayBecomeTimes(sql));
    }
  }

  private Plan make(String schema, String sql) throws RefusedSql {
    if (sql.length() > SQL_CHARACTERS_MAX) {
      throw new RefusedSql("54000", "the statement is longer than a million characters");
    }
    List<Token> tokens = withoutEnd(Lexer.tokens(sql));
    if (tokens.isEmpty()) {
      throw new RefusedSql("42601", "the statement is empty");
    }
    Complexity.check(tokens);
    if (dialect == Dialect.H2 && tokens.get(0).is("CALL")) {
      // H2 has no procedures but code, which is refused: CALL only asks for the value of an
      // expression, as Flyway does.
      return make(schema, "SELECT" + sql.substring(tokens.get(0).end()));
    }
    Kind kind = kind(tokens);
    if (kind == Kind.DEFINE) {
      return define(sql, tokens, schema);
    }
    Plan.Order order = Plan.Order.NONE;
    Inserts.Completion completion = null;
    String ordered = sql;
    if (tokens.get(0).is("INSERT")) {
      completion = Inserts.complete(tokens, dialect, schema, tables);
    } else if (tokens.get(0).is("UPDATE") || tokens.get(0).is("MERGE")) {
      Inserts.checkDefaults(tokens, dialect, schema, tables);
    }
    Orders.Result result = Orders.check(sql, tokens, kind, dialect, schema, tables);
    order = result.order();
    if (!result.sql().equals(sql)) {
      ordered = result.sql();
      tokens = withoutEnd(Lexer.tokens(ordered));
    }
    return rewrite(ordered, tokens, kind, schema, order, completion);
  }

  /** A definition; a table may be filled by a query, which is rewritten like any other. */
  private Plan define(String sql, List<Token> tokens, String schema) throws RefusedSql {
    int query = Definitions.queryAt(tokens);
    Definitions.check(tokens.subList(0, query), dialect, schema);
    if (query == tokens.size()) {
      Rewriter rewriter = new Rewriter(sql);
      rewriter.copyTo(end(tokens));
      return new Plan(Kind.DEFINE, rewriter.text(), List.of(), Plan.Order.NONE, List.of());
    }
    int begin = tokens.get(query).begin();
    String filling = sql.substring(begin, end(tokens));
    Orders.Result ordered =
        Orders.check(filling, Lexer.tokens(filling), Kind.READ, dialect, schema, tables);
    String whole = sql.substring(0, begin) + ordered.sql();
    List<Token> again = withoutEnd(Lexer.tokens(whole));
    return rewrite(
        whole, again.subList(query, again.size()), Kind.DEFINE, schema, Plan.Order.NONE, null);
  }

  private static int end(List<Token> tokens) {
    return tokens.get(tokens.size() - 1).end();
  }

  /** A semicolon at the end is left out; elsewhere it would begin a second statement. */
  private static List<Token> withoutEnd(List<Token> tokens) throws RefusedSql {
    int size = tokens.size();
    while (size > 0 && tokens.get(size - 1).isSymbol(";")) {
      size--;
    }
    for (Token token : tokens.subList(0, size)) {
      if (token.isSymbol(";")) {
        throw new RefusedSql("0A000", "send one statement at a time");
      }
    }
    return tokens.subList(0, size);
  }

  private static final Set<String> CHANGING = Set.of("INSERT", "UPDATE", "DELETE", "MERGE");

  private static Kind kind(List<Token> tokens) throws RefusedSql {
    String first = tokens.get(0).upper();
    StatementPolicy policy = StatementPolicy.ofOrNull(first);
    if (policy == null || policy.kind() == null) {
      throw new RefusedSql(
          "0A000",
          first
              + " is not possible in a replicated database"
              + (policy == null ? "" : ": " + policy.advice()));
    }
    if (policy.kind() != Kind.READ) {
      return policy.kind();
    }
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean changes = first.equals("WITH") && CHANGING.contains(token.upper());
      boolean locks =
          token.is("FOR")
              && i + 1 < tokens.size()
              && (tokens.get(i + 1).is("UPDATE")
                  || tokens.get(i + 1).is("SHARE")
                  || tokens.get(i + 1).is("NO")
                  || tokens.get(i + 1).is("KEY"));
      if (token.kind() == Token.Kind.WORD && (changes || locks)) {
        return Kind.CHANGE;
      }
      if (token.is("INTO") && first.equals("SELECT") && token.depth() == 0) {
        throw new RefusedSql("0A000", "write CREATE TABLE ... AS SELECT instead of SELECT INTO");
      }
    }
    return Kind.READ;
  }

  private Plan rewrite(
      String sql,
      List<Token> tokens,
      Kind kind,
      String schema,
      Plan.Order order,
      Inserts.Completion completion)
      throws RefusedSql {
    boolean changes = kind == Kind.DEFINE || kind == Kind.CHANGE && !tokens.get(0).is("SELECT");
    boolean once = isEvaluatedOnce(tokens);
    Rewriter rewriter = new Rewriter(sql);
    boolean draws = false;
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (completion != null) {
        completion.before(i, rewriter, this::expression);
        if (completion.replaces(i)) {
          rewriter.copyTo(token.begin());
          completion.replace(i, rewriter, this::expression);
          rewriter.skipTo(token.end());
          continue;
        }
      }
      Texts.check(token, dialect);
      if (changes) {
        SystemTables.check(token);
      }
      if (token.kind() == Token.Kind.PARAMETER) {
        rewriter.copyTo(token.end());
        rewriter.countGiven();
        continue;
      }
      Rewriter.Found found = Rewriter.findOrNull(tokens, i, dialect, schema);
      if (found == null) {
        continue;
      }
      Action action = found.policy().action();
      if (action == Action.REFUSE || action == Action.REFUSE_IN_CHANGES && changes) {
        throw new RefusedSql(
            "0A000",
            token.text() + " is not possible in a replicated database: " + found.policy().advice());
      } else if (action == Action.NEEDS_ORDER) {
        checkOrdered(tokens, i, found);
      } else if (action != Action.REFUSE_IN_CHANGES) {
        replace(rewriter, tokens, found, once);
        draws |= action == Action.NEXT_VALUE;
        i = found.last();
      }
    }
    if (completion != null) {
      completion.before(tokens.size(), rewriter, this::expression);
    }
    rewriter.copyTo(end(tokens));
    // What draws a number changes something.
    Kind effective = draws ? Kind.CHANGE : kind;
    return new Plan(effective, rewriter.text(), rewriter.sources(), order, rewriter.ids());
  }

  private static void checkOrdered(List<Token> tokens, int at, Rewriter.Found found)
      throws RefusedSql {
    for (int i = at; i + 1 < Math.min(tokens.size(), found.last() + 5); i++) {
      boolean says = tokens.get(i).is("ORDER") && tokens.get(i + 1).is("BY");
      if (says || tokens.get(i).is("WITHIN") && tokens.get(i + 1).is("GROUP")) {
        return;
      }
    }
    throw new RefusedSql(
        "0A000",
        tokens.get(at).text()
            + " takes values in another order on each replica: "
            + found.policy().advice());
  }

  private static void replace(
      Rewriter rewriter, List<Token> tokens, Rewriter.Found found, boolean once) throws RefusedSql {
    Action action = found.policy().action();
    boolean perRow =
        action == Action.RANDOM || action == Action.UUID || action == Action.NEXT_VALUE;
    if (perRow && !once) {
      throw new RefusedSql(
          "0A000",
          tokens.get(found.first()).text()
              + " would be evaluated for each row, in another order on each replica; it is possible"
              + " in the VALUES of an INSERT and in a SELECT without FROM. Draw the values in the"
              + " application and pass them as parameters");
    }
    rewriter.copyTo(tokens.get(found.first()).begin());
    if (action == Action.NEXT_VALUE) {
      rewriter.reserve(found.sequence());
    } else {
      rewriter.draw(action, found.digits());
    }
    rewriter.skipTo(tokens.get(found.last()).end());
  }

  /** Whether expressions of the statement are evaluated once, since there are no rows. */
  private static boolean isEvaluatedOnce(List<Token> tokens) {
    Token first = tokens.get(0);
    if (first.is("INSERT")) {
      return tokens.stream().noneMatch(token -> token.is("SELECT") || token.is("CONFLICT"));
    }
    return (first.is("SELECT") || first.is("VALUES"))
        && tokens.stream().noneMatch(token -> token.is("FROM"));
  }

  /** Puts the expression of a column's default into an INSERT. */
  private void expression(Rewriter into, String expression, String schema) throws RefusedSql {
    List<Token> tokens = Lexer.tokens(expression);
    int copied = 0;
    for (int i = 0; i < tokens.size(); i++) {
      Rewriter.Found found = Rewriter.findOrNull(tokens, i, dialect, schema);
      if (found == null || found.policy().action() == Action.REFUSE_IN_CHANGES) {
        continue;
      }
      into.append(expression.substring(copied, tokens.get(i).begin()));
      if (found.policy().action() == Action.NEXT_VALUE) {
        into.reserve(found.sequence());
      } else if (found.policy().action() == Action.REFUSE
          || found.policy().action() == Action.NEEDS_ORDER) {
        throw new RefusedSql(
            "0A000", "the default " + expression + " is not the same on all replicas");
      } else {
        into.draw(found.policy().action(), found.digits());
      }
      copied = tokens.get(found.last()).end();
      i = found.last();
    }
    into.append(expression.substring(copied));
  }
}
