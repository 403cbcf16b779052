package dev.lockstep.cli.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes statements out of text that comes line by line: each ends with a semicolon that is neither
 * in quotes nor in a comment.
 */
final class SqlScript {
  private enum In {
    SQL,
    STRING,
    NAME,
    LINE_COMMENT,
    BLOCK_COMMENT
  }

  private final StringBuilder statement = new StringBuilder();
  private In in = In.SQL;

  /** Adds a line and returns the statements that end in it, without their semicolons. */
  List<String> add(String line) {
    List<String> ended = new ArrayList<>();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      char next = i + 1 < line.length() ? line.charAt(i + 1) : '\0';
      if (in == In.SQL && c == ';') {
        take(ended);
        continue;
      }
      if (in == In.BLOCK_COMMENT && c == '*' && next == '/') {
        statement.append("*/");
        in = In.SQL;
        i++;
        continue;
      }
      in = state(c, next);
      statement.append(c);
    }
    if (in == In.LINE_COMMENT) {
      in = In.SQL;
    }
    statement.append('\n');
    return ended;
  }

  private In state(char c, char next) {
    return switch (in) {
      case SQL ->
          c == '\''
              ? In.STRING
              : c == '"'
                  ? In.NAME
                  : c == '-' && next == '-'
                      ? In.LINE_COMMENT
                      : c == '/' && next == '*' ? In.BLOCK_COMMENT : In.SQL;
      case STRING -> c == '\'' ? In.SQL : In.STRING;
      case NAME -> c == '"' ? In.SQL : In.NAME;
      default -> in;
    };
  }

  /** The last statement, if it has no semicolon; at the end of the text. */
  List<String> end() {
    List<String> ended = new ArrayList<>();
    in = In.SQL;
    take(ended);
    return ended;
  }

  /** Whether a statement has begun and not ended. */
  boolean isWithinStatement() {
    return in != In.SQL || !statement.toString().isBlank();
  }

  /** Forgets what has begun. */
  void clear() {
    statement.setLength(0);
    in = In.SQL;
  }

  private void take(List<String> to) {
    String text = statement.toString().strip();
    clear();
    if (!text.isEmpty()) {
      to.add(text);
    }
  }
}
