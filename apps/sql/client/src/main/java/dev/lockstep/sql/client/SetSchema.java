package dev.lockstep.sql.client;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code SET SCHEMA}, which sessions do themselves: the schema is theirs, not an engine's. */
final class SetSchema {
  private static final Pattern STATEMENT =
      Pattern.compile(
          "\\s*SET\\s+SCHEMA\\s*(?:\"((?:[^\"]|\"\")+)\"|'((?:[^']|'')+)'|\\s([\\p{L}_][\\p{L}\\p{N}_$]*))\\s*;?\\s*",
          Pattern.CASE_INSENSITIVE);

  private SetSchema() {}

  /**
   * The schema that a statement sets, or null if it is another statement.
   *
   * @param upper whether the engine takes names without quotes as upper case, else as lower case
   */
  static String schemaOrNull(String sql, boolean upper) {
    Matcher parts = STATEMENT.matcher(sql);
    if (!parts.matches()) {
      return null;
    }
    if (parts.group(1) != null) {
      return parts.group(1).replace("\"\"", "\"");
    } else if (parts.group(2) != null) {
      return parts.group(2).replace("''", "'");
    }
    String name = parts.group(3);
    return upper ? name.toUpperCase(Locale.ROOT) : name.toLowerCase(Locale.ROOT);
  }
}
