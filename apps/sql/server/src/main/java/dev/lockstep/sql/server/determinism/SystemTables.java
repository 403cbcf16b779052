package dev.lockstep.sql.server.determinism;

import java.util.Locale;

/** The tables in which a database describes itself: some of it is another thing on each replica. */
final class SystemTables {
  private SystemTables() {}

  /** Refuses a name of one, in statements that change something. */
  static void check(Token token) throws RefusedSql {
    if (!token.isName()) {
      return;
    }
    String name =
        (token.kind() == Token.Kind.QUOTED_NAME ? token.unquoted() : token.text())
            .toUpperCase(Locale.ROOT);
    if (name.equals("INFORMATION_SCHEMA") || name.equals("PG_CATALOG") || name.startsWith("PG_")) {
      throw new RefusedSql(
          "0A000",
          "what a database says of itself may differ between replicas, so nothing can be changed by"
              + " it; read "
              + name
              + " in a query of its own");
    }
  }
}
