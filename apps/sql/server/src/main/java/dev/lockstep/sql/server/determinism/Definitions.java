package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.server.determinism.FunctionPolicy.Action;
import dev.lockstep.sql.server.engine.Dialect;
import java.util.List;
import java.util.Set;

/** What may be defined. */
final class Definitions {
  private Definitions() {}

  private static final Set<String> KINDS =
      Set.of(
          "TABLE",
          "INDEX",
          "UNIQUE",
          "VIEW",
          "SCHEMA",
          "SEQUENCE",
          "DOMAIN",
          "TYPE",
          "OR",
          "CACHED",
          "MEMORY",
          "PRIMARY",
          "COLUMN",
          "ON",
          "CONSTRAINT",
          "NULLS");

  /** Where the query begins that fills a new table; behind the end if there is none. */
  static int queryAt(List<Token> tokens) {
    boolean makes = tokens.get(0).is("CREATE");
    boolean table = false;
    for (int i = 1; makes && i + 1 < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.depth() > 0) {
        continue;
      }
      table |= token.is("TABLE");
      Token next = tokens.get(i + 1);
      if (table
          && token.is("AS")
          && (next.is("SELECT") || next.is("WITH") || next.is("VALUES") || next.isSymbol("("))) {
        return i + 1;
      }
      makes = table || !token.is("VIEW");
    }
    return tokens.size();
  }

  static void check(List<Token> tokens, Dialect dialect, String schema) throws RefusedSql {
    String first = tokens.get(0).upper();
    String second = tokens.size() > 1 ? tokens.get(1).upper() : "";
    if (first.equals("TRUNCATE")) {
      return;
    }
    if (!KINDS.contains(second)) {
      throw new RefusedSql(
          "0A000",
          first
              + " "
              + second
              + " is not possible in a replicated database: tables, indexes, views, schemas,"
              + " sequences, domains and types can be defined. What runs code, belongs to one"
              + " session, or is about users cannot");
    }
    if (second.equals("OR")
        && !(tokens.size() > 3 && tokens.get(2).is("REPLACE") && tokens.get(3).is("VIEW"))) {
      throw new RefusedSql("0A000", "only a view can be replaced");
    }
    boolean adds = false;
    boolean query = false;
    for (int i = 1; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      Texts.check(token, dialect);
      SystemTables.check(token);
      if (token.is("ADD") && first.equals("ALTER")) {
        adds = true;
      } else if (token.is("SELECT")) {
        query = true;
      } else if (token.is("CONCURRENTLY")) {
        throw new RefusedSql("0A000", "an index is made at once, without CONCURRENTLY");
      } else if (token.is("ENGINE") || token.is("SERVER") || token.is("LINKED")) {
        throw new RefusedSql("0A000", "replicas reach nothing but their own database");
      }
      boolean numbers =
          adds
              && (token.is("IDENTITY")
                  || token.is("SERIAL")
                  || token.is("BIGSERIAL")
                  || token.is("AUTO_INCREMENT"));
      if (numbers && !tokens.get(1).is("SEQUENCE")) {
        throw new RefusedSql(
            "0A000",
            "rows that are there would be numbered in another order on each replica; add a plain"
                + " column, number the rows with UPDATE, and make it an identity then");
      }
      Rewriter.Found found = Rewriter.findOrNull(tokens, i, dialect, schema);
      if (found == null) {
        continue;
      }
      boolean isDefault = isDefault(tokens, i);
      Action action = found.policy().action();
      boolean drawn =
          action != Action.REFUSE
              && action != Action.NEEDS_ORDER
              && action != Action.REFUSE_IN_CHANGES;
      if (action == Action.NEEDS_ORDER && query) {
        throw new RefusedSql(
            "0A000", token.text() + " is not possible in a definition; fill the table by INSERT");
      }
      if (action == Action.REFUSE || drawn && !isDefault) {
        throw new RefusedSql(
            "0A000",
            token.text()
                + " gives another value on each replica, and is possible in a definition only as"
                + " the default of a column");
      }
      if (drawn && adds && !tokens.get(1).is("SEQUENCE")) {
        throw new RefusedSql(
            "0A000",
            "rows that are there would get another value of "
                + token.text()
                + " on each replica; add the column without the default, and set it then");
      }
      i = found.last();
    }
  }

  /** Whether it is part of a default: nothing but opened parentheses and casts before it. */
  private static boolean isDefault(List<Token> tokens, int at) {
    for (int i = at - 1; i > 0; i--) {
      Token token = tokens.get(i);
      if (token.is("DEFAULT")) {
        return true;
      }
      if (!token.isSymbol("(")) {
        return false;
      }
    }
    return false;
  }
}
