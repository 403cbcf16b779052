package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.server.engine.Dialect;
import java.sql.Types;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Texts that PostgreSQL takes for times: {@code 'now'}, {@code 'today'} and the like. */
final class Texts {
  private static final Pattern TIME =
      Pattern.compile("\\s*(now|today|tomorrow|yesterday)\\b.*", Pattern.DOTALL);

  private static final Pattern TYPE =
      Pattern.compile("\\b(timestamp|timestamptz|date|time|timetz)\\b", Pattern.CASE_INSENSITIVE);

  private Texts() {}

  private static boolean isTime(String text) {
    return TIME.matcher(text.toLowerCase(Locale.ROOT)).matches() && text.strip().length() < 40;
  }

  static void check(Token token, Dialect dialect) throws RefusedSql {
    if (dialect == Dialect.POSTGRESQL
        && token.kind() == Token.Kind.STRING
        && isTime(token.text().replaceAll("^[A-Za-z]?'|^\\$[^$]*\\$", ""))) {
      throw new RefusedSql(
          "0A000",
          "PostgreSQL may take "
              + token.text()
              + " for a time that is another one on each replica; write CURRENT_TIMESTAMP for a"
              + " time, and pass a text as a parameter");
    }
  }

  /** Whether texts may become times within a statement. */
  static boolean mayBecomeTimes(String sql) {
    return TYPE.matcher(sql).find();
  }

  static void check(List<SqlParameter> parameters, boolean mayBecomeTimes) throws RefusedSql {
    for (SqlParameter parameter : parameters) {
      boolean untyped = parameter.jdbcType() == Types.OTHER;
      if ((untyped || mayBecomeTimes)
          && parameter.valueOrNull() instanceof String text
          && isTime(text)) {
        throw new RefusedSql(
            "0A000",
            "PostgreSQL may take '"
                + text
                + "' for a time that is another one on each replica; pass a time, or a text with"
                + " its type");
      }
    }
  }
}
