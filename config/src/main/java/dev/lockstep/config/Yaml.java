package dev.lockstep.config;

/** How the files are written: by hand, because they are for people, with comments. */
final class Yaml {
  private Yaml() {}

  /** A line with its comment in the column of the others. */
  static String line(String key, Object value, String comment) {
    String pair = key + ": " + value;
    return comment.isEmpty() ? pair : String.format("%-29s # %s", pair, comment);
  }

  /** A double-quoted scalar. */
  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
