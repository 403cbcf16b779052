package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.server.determinism.StatementPolicy.Kind;
import dev.lockstep.sql.server.engine.Dialect;
import dev.lockstep.sql.server.engine.TableInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.TokenMgrException;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.select.OrderByElement;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.Select;

/**
 * Looks at the order of rows where a statement depends on it: a limit takes other rows on each
 * replica unless the order is total. Queries get the rest of an order; in changes and within other
 * queries only an order by the primary key will do.
 */
final class Orders {
  private static final int PARSED_CHARACTERS_MAX = 20_000;
  private static final int PARSED_DEPTH_MAX = 8;

  private Orders() {}

  /**
   * What was found.
   *
   * @param sql the statement, with more order if it needed it
   */
  record Result(String sql, Plan.Order order) {}

  static Result check(
      String sql,
      List<Token> tokens,
      Kind kind,
      Dialect dialect,
      String schema,
      Planner.Tables tables)
      throws RefusedSql {
    boolean isQuery = tokens.get(0).is("SELECT") || tokens.get(0).is("WITH") && kind == Kind.READ;
    int limit = -1;
    for (int i = 0; i < tokens.size(); i++) {
      if (!isLimit(tokens, i)) {
        continue;
      }
      if (tokens.get(i).depth() > 0 || !isQuery) {
        if (isOrderedByKey(sql, tokens, i, dialect, schema, tables)) {
          continue;
        }
        throw new RefusedSql(
            "0A000",
            tokens.get(i).upper()
                + " within another statement takes other rows on each replica, unless it is a query"
                + " of one table ordered by its primary key; order it so, or read the rows first");
      }
      limit = limit < 0 ? i : limit;
    }
    if (!isQuery) {
      return new Result(sql, Plan.Order.NONE);
    }
    List<String> keys = keys(tokens);
    if (limit < 0) {
      return new Result(sql, new Plan.Order(false, keys));
    }
    PlainSelect select = parsed(sql) instanceof PlainSelect plain ? plain : null;
    if (select != null && coversKey(select, dialect, schema, tables)) {
      return new Result(sql, new Plan.Order(true, keys));
    }
    return new Result(completed(sql, tokens, schema, tables), new Plan.Order(true, keys));
  }

  private static boolean isLimit(List<Token> tokens, int at) {
    Token token = tokens.get(at);
    if (token.kind() != Token.Kind.WORD || at == 0 || tokens.get(at - 1).isSymbol(".")) {
      return false;
    }
    boolean hasNext = at + 1 < tokens.size();
    Token next = hasNext ? tokens.get(at + 1) : token;
    boolean number =
        next.kind() == Token.Kind.NUMBER
            || next.kind() == Token.Kind.PARAMETER
            || next.isSymbol("(")
            || next.is("ALL")
            || next.is("CAST");
    if (token.is("LIMIT") || token.is("OFFSET") || token.is("TOP")) {
      return hasNext && number;
    }
    return token.is("FETCH") && (next.is("FIRST") || next.is("NEXT"))
        || token.is("DISTINCT") && next.is("ON");
  }

  /**
   * Null if it is not understood: nothing is concluded from it then. Whether it is must be the same
   * on all replicas, so the parser gets no time limit, and nothing over which it would take long.
   */
  private static Select parsed(String sql) throws RefusedSql {
    if (sql.length() > PARSED_CHARACTERS_MAX
        || Complexity.depth(Lexer.tokens(sql)) > PARSED_DEPTH_MAX) {
      return null;
    }
    try {
      CCJSqlParser parser = CCJSqlParserUtil.newParser(sql).withAllowComplexParsing(false);
      return parser.Statement() instanceof Select select ? select : null;
    } catch (ParseException | TokenMgrException e) {
      return null;
    }
  }

  /** Whether a limit belongs to a query of one table, in parentheses, ordered by its key. */
  private static boolean isOrderedByKey(
      String sql,
      List<Token> tokens,
      int limit,
      Dialect dialect,
      String schema,
      Planner.Tables tables)
      throws RefusedSql {
    int depth = tokens.get(limit).depth();
    if (depth == 0) {
      return false;
    }
    int open = limit;
    while (!(tokens.get(open).isSymbol("(") && tokens.get(open).depth() == depth - 1)) {
      open--;
    }
    int close = Rewriter.closing(tokens, open);
    String inner = sql.substring(tokens.get(open).end(), tokens.get(close).begin());
    return parsed(inner) instanceof PlainSelect select
        && coversKey(select, dialect, schema, tables);
  }

  /** Whether the query reads one table and is ordered by all columns of its primary key. */
  private static boolean coversKey(
      PlainSelect select, Dialect dialect, String schema, Planner.Tables tables) {
    if (!(select.getFromItem() instanceof Table from)
        || select.getJoins() != null && !select.getJoins().isEmpty()
        || select.getGroupBy() != null
        || select.getDistinct() != null
        || select.getOrderByElements() == null) {
      return false;
    }
    TableInfo table =
        tables.findOrNull(
            from.getSchemaName() == null
                ? schema.isEmpty() ? dialect.defaultSchema() : schema
                : stored(from.getSchemaName(), dialect),
            stored(from.getName(), dialect));
    if (table == null || table.primaryKey().isEmpty()) {
      return false;
    }
    Set<String> by = new HashSet<>();
    for (OrderByElement element : select.getOrderByElements()) {
      Expression expression = element.getExpression();
      if (expression instanceof Column column) {
        by.add(stored(column.getColumnName(), dialect));
      }
    }
    return by.containsAll(table.primaryKey());
  }

  private static String stored(String name, Dialect dialect) {
    return name.startsWith("\"")
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : dialect.folded(name);
  }

  /** Orders by all columns behind what it is ordered by: rows that stay are equal. */
  private static String completed(
      String sql, List<Token> tokens, String schema, Planner.Tables tables) throws RefusedSql {
    int columns = tables.resultColumns(schema, sql);
    StringBuilder all = new StringBuilder();
    for (int i = 1; i <= columns; i++) {
      all.append(i == 1 ? "" : ", ").append(i);
    }
    int order = -1;
    int end = tokens.size();
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.depth() > 0) {
        continue;
      }
      if (token.is("ORDER")) {
        order = i;
      } else if (end == tokens.size()
          && i > 0
          && (isLimit(tokens, i) && !token.is("DISTINCT") && !token.is("TOP")
              || token.is("FOR") && i > 0)) {
        end = i;
      }
    }
    int at = end == tokens.size() ? tokens.get(end - 1).end() : tokens.get(end).begin();
    return sql.substring(0, at)
        + (order >= 0 && order < end ? ", " : " ORDER BY ")
        + all
        + " "
        + sql.substring(at);
  }

  /** What the whole query is ordered by, as far as they are names or numbers. */
  private static List<String> keys(List<Token> tokens) {
    List<String> keys = new ArrayList<>();
    int at = -1;
    for (int i = 0; i + 1 < tokens.size(); i++) {
      if (tokens.get(i).depth() == 0 && tokens.get(i).is("ORDER") && tokens.get(i + 1).is("BY")) {
        at = i + 2;
      }
    }
    while (at >= 0 && at < tokens.size()) {
      Token token = tokens.get(at);
      if (at + 2 < tokens.size() && tokens.get(at + 1).isSymbol(".")) {
        token = tokens.get(at + 2);
        at += 2;
      }
      if (!token.isName() && token.kind() != Token.Kind.NUMBER) {
        break;
      }
      int next = at + 1;
      while (next < tokens.size()
          && (tokens.get(next).is("ASC")
              || tokens.get(next).is("DESC")
              || tokens.get(next).is("NULLS")
              || tokens.get(next).is("FIRST")
              || tokens.get(next).is("LAST"))) {
        next++;
      }
      boolean plain =
          next == tokens.size()
              || tokens.get(next).isSymbol(",")
              || isLimit(tokens, next)
              || tokens.get(next).is("FOR");
      if (!plain) {
        break;
      }
      keys.add(token.kind() == Token.Kind.QUOTED_NAME ? token.unquoted() : token.text());
      at = next < tokens.size() && tokens.get(next).isSymbol(",") ? next + 1 : -1;
    }
    return keys;
  }
}
