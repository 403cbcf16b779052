package dev.lockstep.sql.server.determinism;

import java.util.List;

/**
 * Where numbers are drawn from: a sequence, or an identity column. Its text is what sessions
 * reserve by.
 *
 * @param name of the sequence, or of the table
 * @param columnOrNull the identity column; null for a sequence
 */
public record IdSource(String schema, String name, String columnOrNull) {
  private static final String SEPARATOR = "\u0000";

  static String sequence(String schema, String name) {
    return String.join(SEPARATOR, "sequence", schema, name);
  }

  static String identity(String schema, String table, String column) {
    return String.join(SEPARATOR, "identity", schema, table, column);
  }

  /** Reads its text; null if it is none. */
  public static IdSource parseOrNull(String text) {
    List<String> parts = List.of(text.split(SEPARATOR, -1));
    if (parts.size() == 3 && parts.get(0).equals("sequence")) {
      return new IdSource(parts.get(1), parts.get(2), null);
    } else if (parts.size() == 4 && parts.get(0).equals("identity")) {
      return new IdSource(parts.get(1), parts.get(2), parts.get(3));
    }
    return null;
  }
}
