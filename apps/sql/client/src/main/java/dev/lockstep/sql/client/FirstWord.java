package dev.lockstep.sql.client;

import java.util.Locale;
import java.util.Set;

/**
 * What a session must know of a statement to send it the right way. Only a guess: the replicas find
 * out what it is, and refuse what came the wrong way.
 */
enum FirstWord {
  /** A query, or something that begins like one. */
  MAY_READ,
  /** A transaction of its own. */
  DEFINES,
  /** A setting. */
  SETS,
  OTHER;

  private static final Set<String> READING = Set.of("SELECT", "WITH", "VALUES", "TABLE", "CALL");
  private static final Set<String> DEFINING =
      Set.of("CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT");

  static FirstWord of(String sql) {
    int at = 0;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (Character.isWhitespace(c) || c == '(') {
        at++;
      } else if (sql.startsWith("--", at)) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end + 1;
      } else if (sql.startsWith("/*", at)) {
        int end = sql.indexOf("*/", at);
        at = end < 0 ? sql.length() : end + 2;
      } else {
        break;
      }
    }
    int end = at;
    while (end < sql.length() && Character.isLetter(sql.charAt(end))) {
      end++;
    }
    String word = sql.substring(at, end).toUpperCase(Locale.ROOT);
    if (word.equals("SET")) {
      return SETS;
    }
    return READING.contains(word) ? MAY_READ : DEFINING.contains(word) ? DEFINES : OTHER;
  }
}
