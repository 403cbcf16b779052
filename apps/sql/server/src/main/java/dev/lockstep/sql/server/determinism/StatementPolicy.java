package dev.lockstep.sql.server.determinism;

import java.util.Map;
import java.util.TreeMap;

/**
 * What is done with a statement, by its first word. What is not named here is refused.
 *
 * @param kind what it is, or null if it is refused
 * @param advice what to do instead
 */
public record StatementPolicy(Kind kind, String advice) {
  /** What a statement is. */
  public enum Kind {
    /** Reads, and takes no locks. */
    READ,
    /** May change rows, or locks them. */
    CHANGE,
    /** Changes tables and the like: alone, in the order. */
    DEFINE
  }

  private static final Map<String, StatementPolicy> FIRST = new TreeMap<>();

  private static void allow(Kind kind, String... words) {
    for (String word : words) {
      FIRST.put(word, new StatementPolicy(kind, ""));
    }
  }

  private static void refuse(String advice, String... words) {
    for (String word : words) {
      FIRST.put(word, new StatementPolicy(null, advice));
    }
  }

  static {
    allow(Kind.READ, "SELECT", "VALUES", "TABLE", "WITH", "(");
    allow(Kind.CHANGE, "INSERT", "UPDATE", "DELETE", "MERGE");
    allow(Kind.DEFINE, "CREATE", "ALTER", "DROP", "COMMENT", "TRUNCATE");

    refuse(
        "use the connection's methods for it: setAutoCommit, commit, rollback, setSavepoint",
        "BEGIN",
        "START",
        "COMMIT",
        "END",
        "ROLLBACK",
        "ABORT",
        "SAVEPOINT",
        "RELEASE");
    refuse(
        "settings of one database are none of the others; the schema is set with setSchema",
        "SET",
        "RESET",
        "DISCARD",
        "USE",
        "SHOW");
    refuse("insert the rows in batches", "COPY", "IMPORT", "RUNSCRIPT");
    refuse("read the rows with SELECT", "SCRIPT", "DECLARE", "FETCH", "MOVE", "CLOSE", "HELP");
    refuse(
        "maintenance is done on each database by itself, with its own tools",
        "VACUUM",
        "ANALYZE",
        "REINDEX",
        "CLUSTER",
        "CHECKPOINT",
        "BACKUP",
        "SHUTDOWN",
        "RECOMPILE",
        "EXPLAIN",
        "REFRESH");
    refuse("locks are taken by changing rows, or with SELECT ... FOR UPDATE", "LOCK");
    refuse("two-phase commit is not possible here", "PREPARE");
    refuse("statements are prepared by the driver", "EXECUTE", "DEALLOCATE");
    refuse(
        "procedures could do something else on each replica; send their statements", "DO", "CALL");
    refuse(
        "messages between sessions do not pass through the order", "LISTEN", "UNLISTEN", "NOTIFY");
    refuse(
        "rights are given to clients of the cluster, not to users of a database",
        "GRANT",
        "REVOKE",
        "REASSIGN",
        "SECURITY");
    refuse("replicas load no code", "LOAD");
  }

  /** What is done with statements that begin so, or null if nothing is known of them. */
  static StatementPolicy ofOrNull(String firstWord) {
    return FIRST.get(firstWord);
  }

  /** The table, by first word: for tests and documents. */
  public static Map<String, StatementPolicy> all() {
    return Map.copyOf(FIRST);
  }
}
