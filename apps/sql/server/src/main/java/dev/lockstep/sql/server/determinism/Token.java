package dev.lockstep.sql.server.determinism;

import java.util.Locale;

/**
 * A piece of a statement.
 *
 * @param text as written
 * @param begin where it begins in the statement
 * @param end behind its last character
 * @param depth how many parentheses are open around it; a parenthesis itself is outside of itself
 */
record Token(Kind kind, String text, int begin, int end, int depth) {
  /** What a piece is. */
  enum Kind {
    WORD,
    QUOTED_NAME,
    STRING,
    NUMBER,
    PARAMETER,
    SYMBOL
  }

  /** Whether it is this word, in any case. */
  boolean is(String word) {
    return kind == Kind.WORD && text.equalsIgnoreCase(word);
  }

  boolean isSymbol(String symbol) {
    return kind == Kind.SYMBOL && text.equals(symbol);
  }

  boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
  }

  String upper() {
    return text.toUpperCase(Locale.ROOT);
  }

  /** What a quoted name means. */
  String unquoted() {
    return text.substring(1, text.length() - 1).replace("\"\"", "\"");
  }
}
