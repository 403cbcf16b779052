package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.server.engine.Dialect;
import dev.lockstep.sql.server.engine.TableInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives an INSERT the values that the engine would choose by itself: of identity columns, and of
 * defaults such as CURRENT_TIMESTAMP.
 */
final class Inserts {
  private Inserts() {}

  /** Writes the expression of a default. */
  interface Expressions {
    void write(Rewriter into, String expression, String schema) throws RefusedSql;
  }

  /** What is added to an INSERT, and where. */
  static final class Completion {
    private final String schema;
    private final String table;

    /** What is written in front of a token; names of columns or texts. */
    private final Map<Integer, List<Addition>> additions = new HashMap<>();

    private final Map<Integer, TableInfo.Column> replaced = new HashMap<>();
    private final Map<Integer, Integer> positions = new HashMap<>();

    private Completion(String schema, String table) {
      this.schema = schema;
      this.table = table;
    }

    private record Addition(String textOrNull, TableInfo.Column valueOrNull) {}

    private void text(int token, int position, String text) {
      additions.computeIfAbsent(token, at -> new ArrayList<>()).add(new Addition(text, null));
      positions.put(token, position);
    }

    private void value(int token, int position, TableInfo.Column column) {
      additions.computeIfAbsent(token, at -> new ArrayList<>()).add(new Addition(null, column));
      positions.put(token, position);
    }

    void before(int token, Rewriter rewriter, Expressions expressions) throws RefusedSql {
      List<Addition> here = additions.get(token);
      if (here == null) {
        return;
      }
      rewriter.copyTo(positions.get(token));
      for (Addition addition : here) {
        if (addition.textOrNull != null) {
          rewriter.append(addition.textOrNull);
        } else {
          write(addition.valueOrNull, rewriter, expressions);
        }
      }
    }

    boolean replaces(int token) {
      return replaced.containsKey(token);
    }

    void replace(int token, Rewriter rewriter, Expressions expressions) throws RefusedSql {
      write(replaced.get(token), rewriter, expressions);
    }

    private void write(TableInfo.Column column, Rewriter rewriter, Expressions expressions)
        throws RefusedSql {
      if (column.identity()) {
        rewriter.reserve(IdSource.identity(schema, table, column.name()));
      } else {
        expressions.write(rewriter, column.defaultOrNull(), schema);
      }
    }
  }

  /** Whether the engine would choose a value for the column that may differ. */
  private static boolean isChosen(TableInfo.Column column, Dialect dialect, String schema)
      throws RefusedSql {
    if (column.computed()) {
      return false;
    }
    return column.identity()
        || column.defaultOrNull() != null
            && isVolatile(Lexer.tokens(column.defaultOrNull()), dialect, schema);
  }

  static boolean isVolatile(List<Token> tokens, Dialect dialect, String schema) throws RefusedSql {
    for (int i = 0; i < tokens.size(); i++) {
      if (Rewriter.findOrNull(tokens, i, dialect, schema) != null) {
        return true;
      }
    }
    return false;
  }

  private record Target(TableInfo tableOrNull, int next) {}

  /** The table whose name begins at this token. */
  private static Target target(
      List<Token> tokens, int at, Dialect dialect, String schema, Planner.Tables tables) {
    if (at >= tokens.size() || !tokens.get(at).isName()) {
      return new Target(null, at);
    }
    String first = Rewriter.stored(tokens.get(at), dialect);
    if (at + 2 < tokens.size() && tokens.get(at + 1).isSymbol(".") && tokens.get(at + 2).isName()) {
      String second = Rewriter.stored(tokens.get(at + 2), dialect);
      return new Target(tables.findOrNull(first, second), at + 3);
    }
    String where = schema.isEmpty() ? dialect.defaultSchema() : schema;
    return new Target(tables.findOrNull(where, first), at + 1);
  }

  /** What must be added; null for nothing. */
  static Completion complete(
      List<Token> tokens, Dialect dialect, String schema, Planner.Tables tables) throws RefusedSql {
    if (tokens.size() < 3 || !tokens.get(1).is("INTO")) {
      return null;
    }
    Target target = target(tokens, 2, dialect, schema, tables);
    TableInfo table = target.tableOrNull;
    if (table == null) {
      return null; // a view, or nothing: the engine has its say
    }
    List<TableInfo.Column> chosen = new ArrayList<>();
    for (TableInfo.Column column : table.columns()) {
      if (isChosen(column, dialect, schema)) {
        chosen.add(column);
      }
    }
    if (chosen.isEmpty()) {
      return null;
    }
    int at = target.next;
    if (at < tokens.size() && tokens.get(at).is("AS")) {
      at += 2;
    }
    Completion completion = new Completion(table.schema(), table.name());
    List<TableInfo.Column> missing = new ArrayList<>();
    List<String> names = new ArrayList<>();
    boolean named =
        at < tokens.size()
            && tokens.get(at).isSymbol("(")
            && at + 1 < tokens.size()
            && tokens.get(at + 1).isName()
            && !tokens.get(at + 1).is("SELECT");
    if (named) {
      int close = Rewriter.closing(tokens, at);
      for (Token token : tokens.subList(at + 1, close)) {
        if (token.isName()) {
          names.add(Rewriter.stored(token, dialect));
        }
      }
      Set<String> given = new HashSet<>(names);
      for (TableInfo.Column column : chosen) {
        if (!given.contains(column.name())) {
          missing.add(column);
          completion.text(close, tokens.get(close).begin(), ", " + Dialect.quoted(column.name()));
        }
      }
      at = close + 1;
    } else {
      table.columns().forEach(column -> names.add(column.name()));
    }
    return values(tokens, at, table, chosen, missing, names, named, completion);
  }

  private static Completion values(
      List<Token> tokens,
      int from,
      TableInfo table,
      List<TableInfo.Column> chosen,
      List<TableInfo.Column> missing,
      List<String> names,
      boolean named,
      Completion completion)
      throws RefusedSql {
    int at = from;
    boolean overriding = at < tokens.size() && tokens.get(at).is("OVERRIDING");
    if (overriding) {
      at += 3;
    }
    if (at >= tokens.size()) {
      return null;
    }
    boolean always = missing.stream().anyMatch(TableInfo.Column::generatedAlways);
    if (tokens.get(at).is("DEFAULT")
        && at + 1 < tokens.size()
        && tokens.get(at + 1).is("VALUES")
        && !named) {
      throw new RefusedSql(
          "0A000",
          "DEFAULT VALUES is not possible for a table that numbers its rows or has a default such as"
              + " CURRENT_TIMESTAMP; name one column and write VALUES (DEFAULT)");
    }
    if (!tokens.get(at).is("VALUES")) {
      if (missing.isEmpty()) {
        return null;
      }
      throw new RefusedSql(
          "0A000",
          "INSERT ... SELECT into "
              + table.name()
              + " must give a value for "
              + missing.get(0).name()
              + ", which would be chosen in another order on each replica");
    }
    if (always && !overriding) {
      completion.text(at, tokens.get(at).begin(), "OVERRIDING SYSTEM VALUE ");
    }
    Map<String, TableInfo.Column> byName = new HashMap<>();
    chosen.forEach(column -> byName.put(column.name(), column));
    boolean replaced = false;
    at++;
    int depth = at < tokens.size() ? tokens.get(at).depth() : 0;
    while (at < tokens.size() && tokens.get(at).isSymbol("(") && tokens.get(at).depth() == depth) {
      int close = Rewriter.closing(tokens, at);
      int position = 0;
      for (int i = at + 1; i < close; i++) {
        Token token = tokens.get(i);
        if (token.isSymbol(",") && token.depth() == depth + 1) {
          position++;
        } else if (token.is("DEFAULT") && position < names.size()) {
          TableInfo.Column column = byName.get(names.get(position));
          if (column != null) {
            completion.replaced.put(i, column);
            replaced |= column.generatedAlways();
          }
        }
      }
      for (TableInfo.Column column : missing) {
        completion.text(close, tokens.get(close).begin(), ", ");
        completion.value(close, tokens.get(close).begin(), column);
      }
      at = close + 1;
      if (at < tokens.size() && tokens.get(at).isSymbol(",")) {
        at++;
      }
    }
    if (replaced && !always && !overriding) {
      completion.text(from, tokens.get(from).begin(), "OVERRIDING SYSTEM VALUE ");
    }
    return completion;
  }

  /** UPDATE and MERGE do not say DEFAULT where the engine would choose. */
  static void checkDefaults(
      List<Token> tokens, Dialect dialect, String schema, Planner.Tables tables) throws RefusedSql {
    int at = tokens.get(0).is("MERGE") ? 2 : 1;
    if (at < tokens.size() && tokens.get(at).is("ONLY")) {
      at++;
    }
    TableInfo table = target(tokens, at, dialect, schema, tables).tableOrNull;
    if (table == null) {
      return;
    }
    for (TableInfo.Column column : table.columns()) {
      if (!isChosen(column, dialect, schema)) {
        continue;
      }
      boolean merges = tokens.get(0).is("MERGE");
      boolean mentions =
          tokens.stream()
              .anyMatch(
                  token -> token.isName() && Rewriter.stored(token, dialect).equals(column.name()));
      if (merges && !mentions || tokens.stream().anyMatch(token -> token.is("DEFAULT"))) {
        throw new RefusedSql(
            "0A000",
            "the statement leaves the value of "
                + column.name()
                + " to the database, and each would choose another one; give it a value");
      }
    }
  }
}
