package dev.lockstep.sql.server.determinism;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a statement into tokens. Comments are left out. It never guesses: what it cannot follow to
 * its end is refused, since a function's name could hide in it.
 */
final class Lexer {
  private final String sql;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int depth;

  private Lexer(String sql) {
    this.sql = sql;
  }

  /**
   * The tokens of a statement.
   *
   * @throws RefusedSql if a string, a name, a comment or a parenthesis does not end
   */
  static List<Token> tokens(String sql) throws RefusedSql {
    Lexer lexer = new Lexer(sql);
    lexer.run();
    return lexer.tokens;
  }

  private void run() throws RefusedSql {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      int begin = at;
      if (Character.isWhitespace(c)) {
        at++;
      } else if (sql.startsWith("--", at)) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
      } else if (sql.startsWith("/*", at)) {
        skipComment();
      } else if (c == '\'') {
        skipQuoted('\'', false);
        add(Token.Kind.STRING, begin);
      } else if (c == '"') {
        skipQuoted('"', false);
        add(Token.Kind.QUOTED_NAME, begin);
      } else if (c == '`' || c == '[' && isBracketName()) {
        throw new RefusedSql(
            "42601", "names are quoted with \" in a replicated database, not with " + c);
      } else if (c == '$' && dollarTag() != null) {
        skipDollarQuoted();
        add(Token.Kind.STRING, begin);
      } else if (Character.isDigit(c)) {
        skipNumber();
        add(Token.Kind.NUMBER, begin);
      } else if (Character.isJavaIdentifierStart(c)) {
        word(begin);
      } else if (c == '?') {
        at += sql.startsWith("??", at) ? 2 : 1;
        add(at - begin == 1 ? Token.Kind.PARAMETER : Token.Kind.SYMBOL, begin);
      } else {
        symbol(c, begin);
      }
    }
    if (depth != 0) {
      throw new RefusedSql("42601", "a parenthesis is not closed");
    }
  }

  private void add(Token.Kind kind, int begin) {
    tokens.add(new Token(kind, sql.substring(begin, at), begin, at, depth));
  }

  /** A bracket after a name or a value is an index. */
  private boolean isBracketName() {
    if (tokens.isEmpty()) {
      return true;
    }
    Token last = tokens.get(tokens.size() - 1);
    boolean indexed =
        last.isName() && !last.is("SELECT") || last.isSymbol(")") || last.isSymbol("]");
    return !indexed;
  }

  private void word(int begin) throws RefusedSql {
    while (at < sql.length() && Character.isJavaIdentifierPart(sql.charAt(at))) {
      at++;
    }
    String text = sql.substring(begin, at);
    if (at < sql.length() && sql.charAt(at) == '\'' && text.length() == 1) {
      // E'..', B'..', X'..', N'..' and the like.
      skipQuoted('\'', text.equalsIgnoreCase("E"));
      add(Token.Kind.STRING, begin);
    } else if (text.equalsIgnoreCase("U") && sql.startsWith("&", at) && at + 1 < sql.length()) {
      char quote = sql.charAt(at + 1);
      if (quote == '"') {
        throw new RefusedSql("0A000", "names with Unicode escapes are not understood");
      }
      add(Token.Kind.WORD, begin);
    } else {
      add(Token.Kind.WORD, begin);
    }
  }

  private void symbol(char c, int begin) throws RefusedSql {
    at++;
    if (c == ')') {
      depth--;
      if (depth < 0) {
        throw new RefusedSql("42601", "a parenthesis is closed that was not opened");
      }
    } else if (c == ':' && at < sql.length() && sql.charAt(at) == ':') {
      at++;
    }
    add(Token.Kind.SYMBOL, begin);
    if (c == '(') {
      depth++;
    }
  }

  private void skipQuoted(char quote, boolean backslashes) throws RefusedSql {
    at++;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (backslashes && c == '\\') {
        at += 2;
      } else if (c != quote) {
        at++;
      } else if (at + 1 < sql.length() && sql.charAt(at + 1) == quote) {
        at += 2;
      } else {
        at++;
        return;
      }
    }
    throw new RefusedSql("42601", "a " + (quote == '"' ? "name" : "string") + " does not end");
  }

  /** The tag of a dollar quote that begins here, or null. */
  private String dollarTag() {
    int end = at + 1;
    while (end < sql.length()
        && (Character.isLetterOrDigit(sql.charAt(end)) || sql.charAt(end) == '_')) {
      end++;
    }
    boolean tag =
        end < sql.length()
            && sql.charAt(end) == '$'
            && (end == at + 1 || !Character.isDigit(sql.charAt(at + 1)));
    return tag ? sql.substring(at, end + 1) : null;
  }

  private void skipDollarQuoted() throws RefusedSql {
    String tag = dollarTag();
    int end = sql.indexOf(tag, at + tag.length());
    if (end < 0) {
      throw new RefusedSql("42601", "a string does not end");
    }
    at = end + tag.length();
  }

  private void skipNumber() {
    while (at < sql.length()
        && (Character.isLetterOrDigit(sql.charAt(at)) || sql.charAt(at) == '.')) {
      boolean exponent = Character.toUpperCase(sql.charAt(at)) == 'E';
      at++;
      if (exponent && at < sql.length() && (sql.charAt(at) == '-' || sql.charAt(at) == '+')) {
        at++;
      }
    }
  }

  private void skipComment() throws RefusedSql {
    int open = 0;
    while (at < sql.length()) {
      if (sql.startsWith("/*", at)) {
        open++;
        at += 2;
      } else if (sql.startsWith("*/", at)) {
        open--;
        at += 2;
        if (open == 0) {
          return;
        }
      } else {
        at++;
      }
    }
    throw new RefusedSql("42601", "a comment does not end");
  }
}
