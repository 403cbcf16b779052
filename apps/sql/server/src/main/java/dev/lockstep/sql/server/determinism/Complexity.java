package dev.lockstep.sql.server.determinism;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * How deep a statement is. Engines go through expressions by recursion: one that is too deep for
 * the stack of a thread would be an error at one replica and none at another.
 */
final class Complexity {
  /** Parentheses, brackets and CASE within one another. */
  private static final int NESTING_MAX = 100;

  /** Words, values and operators in a row, without a comma, with those around them. */
  private static final int ROW_MAX = 2_000;

  private Complexity() {}

  /**
   * Refuses a statement that is too deep.
   *
   * @throws RefusedSql {@code 54001}
   */
  static void check(List<Token> tokens) throws RefusedSql {
    Deque<Integer> outer = new ArrayDeque<>();
    int inRow = 0;
    int inOuterRows = 0;
    for (Token token : tokens) {
      if (token.isSymbol("(") || token.isSymbol("[") || token.is("CASE")) {
        outer.push(inRow);
        inOuterRows += inRow;
        inRow = 0;
      } else if (token.isSymbol(")") || token.isSymbol("]") || token.is("END")) {
        if (!outer.isEmpty()) {
          inRow = outer.pop();
          inOuterRows -= inRow;
        }
      } else if (token.isSymbol(",")) {
        inRow = 0;
      } else {
        inRow++;
      }
      if (outer.size() > NESTING_MAX || inOuterRows + inRow > ROW_MAX) {
        throw new RefusedSql(
            "54001",
            "the statement is too deep: at most "
                + NESTING_MAX
                + " parentheses or CASE within one another, and "
                + ROW_MAX
                + " words and operators in a row; write long lists as IN (...) or VALUES");
      }
    }
  }

  /** How many parentheses are open at the deepest place. */
  static int depth(List<Token> tokens) {
    return tokens.stream().mapToInt(Token::depth).max().orElse(0);
  }
}
