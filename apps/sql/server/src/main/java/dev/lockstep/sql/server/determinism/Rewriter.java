package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.server.determinism.FunctionPolicy.Action;
import dev.lockstep.sql.server.engine.Dialect;
import java.util.ArrayList;
import java.util.List;

/**
 * Replaces pieces of a statement and keeps account of its parameters. Pieces are replaced from left
 * to right.
 */
final class Rewriter {
  private final String sql;
  private final StringBuilder out = new StringBuilder();
  private final List<Plan.Source> sources = new ArrayList<>();
  private final List<String> ids = new ArrayList<>();
  private int copied;
  private int given;

  Rewriter(String sql) {
    this.sql = sql;
  }

  /** Everything up to this position is as it was, but for parameters, which are counted. */
  void copyTo(int position) {
    out.append(sql, copied, position);
    copied = position;
  }

  /** What was there from the last position to this one is left out. */
  void skipTo(int position) {
    copied = position;
  }

  void append(String text) {
    out.append(text);
  }

  /** A parameter of the application was copied. */
  void countGiven() {
    sources.add(new Plan.Source.Given(given++));
  }

  /** Puts a value of the transaction here. */
  void draw(Action action, int digits) {
    out.append(
        switch (action) {
          case TIMESTAMP_ZONED -> "CAST(? AS TIMESTAMP WITH TIME ZONE)";
          case TIMESTAMP -> "CAST(? AS TIMESTAMP)";
          case DATE -> "CAST(? AS DATE)";
          case TIME_ZONED -> "CAST(? AS TIME WITH TIME ZONE)";
          case TIME -> "CAST(? AS TIME)";
          case RANDOM -> "CAST(? AS DOUBLE PRECISION)";
          case UUID -> "CAST(? AS UUID)";
          default -> throw new IllegalStateException("nothing is drawn for " + action);
        });
    sources.add(new Plan.Source.Drawn(action, digits));
  }

  /** Puts a reserved value here. */
  void reserve(String source) {
    out.append("CAST(? AS BIGINT)");
    sources.add(new Plan.Source.Reserved(ids.size()));
    ids.add(source);
  }

  String text() {
    return out.toString();
  }

  List<Plan.Source> sources() {
    return sources;
  }

  List<String> ids() {
    return ids;
  }

  /** A volatile function that stands in a statement, and how far it reaches. */
  record Found(FunctionPolicy policy, int first, int last, int digits, String sequence) {}

  /**
   * Whether a volatile function begins at this token.
   *
   * @return null if not
   * @throws RefusedSql if it has arguments that are not understood
   */
  static Found findOrNull(List<Token> tokens, int at, Dialect dialect, String schema)
      throws RefusedSql {
    Token token = tokens.get(at);
    if (token.kind() != Token.Kind.WORD) {
      return null;
    }
    if (token.is("NEXT") && at + 2 < tokens.size() && tokens.get(at + 1).is("VALUE")) {
      return nextValueFor(tokens, at, dialect, schema);
    }
    // GENERATED ... AS IDENTITY (START WITH ...) calls nothing.
    boolean isOption = token.is("IDENTITY") && at > 0 && tokens.get(at - 1).is("AS");
    boolean isCalled = !isOption && at + 1 < tokens.size() && tokens.get(at + 1).isSymbol("(");
    boolean isQualified = at > 0 && tokens.get(at - 1).isSymbol(".");
    FunctionPolicy policy = FunctionPolicy.ofOrNull(token.text(), isCalled);
    if (policy == null && !isCalled) {
      return null;
    }
    if (policy == null || isQualified && !isCalled && !isSystemColumn(policy)) {
      return null;
    }
    if (!isCalled) {
      return new Found(policy, at, at, 6, null);
    }
    int close = closing(tokens, at + 1);
    int arguments = close - at - 2;
    switch (policy.action()) {
      case TIMESTAMP_ZONED, TIMESTAMP, DATE, TIME_ZONED, TIME -> {
        if (arguments == 0) {
          return new Found(policy, at, close, 6, null);
        }
        Token digits = tokens.get(at + 2);
        if (arguments == 1 && digits.text().matches("[0-9]")) {
          int wanted = Math.min(6, Integer.parseInt(digits.text()));
          return new Found(policy, at, close, wanted, null);
        }
        throw new RefusedSql("0A000", token.text() + " is not understood with these arguments");
      }
      case RANDOM, UUID -> {
        if (arguments == 0) {
          return new Found(policy, at, close, 6, null);
        }
        if (policy.action() == Action.UUID) {
          // A cast of a text, written as a function.
          return null;
        }
        throw new RefusedSql(
            "0A000",
            token.text()
                + " with a seed depends on what the session did before; draw random values in the"
                + " application");
      }
      case NEXT_VALUE -> {
        Token name = tokens.get(at + 2);
        if (name.kind() != Token.Kind.STRING) {
          throw new RefusedSql("0A000", "the sequence of NEXTVAL must be given by its name");
        }
        String text = name.text().substring(1, name.text().length() - 1);
        return new Found(policy, at, close, 6, sequence(Lexer.tokens(text), dialect, schema));
      }
      default -> {
        return new Found(policy, at, close, 6, null);
      }
    }
  }

  /** {@code t.ctid} is as bad as {@code ctid}; {@code t.current_date} is a column. */
  private static boolean isSystemColumn(FunctionPolicy policy) {
    return policy.action() == Action.REFUSE;
  }

  private static Found nextValueFor(List<Token> tokens, int at, Dialect dialect, String schema)
      throws RefusedSql {
    if (!tokens.get(at + 2).is("FOR") || at + 3 >= tokens.size()) {
      return null;
    }
    int last = at + 3;
    while (last + 2 < tokens.size() && tokens.get(last + 1).isSymbol(".")) {
      last += 2;
    }
    String name = sequence(tokens.subList(at + 3, last + 1), dialect, schema);
    return new Found(new FunctionPolicy(Action.NEXT_VALUE, ""), at, last, 6, name);
  }

  /** A sequence's name as it is stored, with its schema. */
  private static String sequence(List<Token> name, Dialect dialect, String schema)
      throws RefusedSql {
    List<String> parts = new ArrayList<>();
    for (Token token : name) {
      if (token.isName()) {
        parts.add(stored(token, dialect));
      } else if (!token.isSymbol(".")) {
        throw new RefusedSql("42601", "a sequence has no good name");
      }
    }
    if (parts.isEmpty() || parts.size() > 2) {
      throw new RefusedSql("42601", "a sequence is named by its name, or its schema and its name");
    }
    return IdSource.sequence(
        parts.size() == 2 ? parts.get(0) : schema.isEmpty() ? dialect.defaultSchema() : schema,
        parts.get(parts.size() - 1));
  }

  static String stored(Token name, Dialect dialect) {
    return name.kind() == Token.Kind.QUOTED_NAME ? name.unquoted() : dialect.folded(name.text());
  }

  /** The parenthesis that closes the one at this place. */
  static int closing(List<Token> tokens, int open) {
    int depth = tokens.get(open).depth();
    for (int i = open + 1; i < tokens.size(); i++) {
      if (tokens.get(i).isSymbol(")") && tokens.get(i).depth() == depth) {
        return i;
      }
    }
    throw new IllegalStateException("the lexer lets no parenthesis stay open");
  }
}
