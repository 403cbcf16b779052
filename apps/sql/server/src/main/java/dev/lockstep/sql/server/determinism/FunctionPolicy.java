package dev.lockstep.sql.server.determinism;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is done with a function whose value is another one on each replica. What is not named here
 * is passed on.
 *
 * @param action what is done
 * @param advice for {@link Action#REFUSE}: what to write instead
 */
public record FunctionPolicy(Action action, String advice) {
  /** What can be done. */
  public enum Action {
    /** The transaction's time, with time zone, takes its place. */
    TIMESTAMP_ZONED,
    /** The transaction's time in UTC takes its place. */
    TIMESTAMP,
    /** Its date. */
    DATE,
    /** Its time of day, with time zone. */
    TIME_ZONED,
    /** Its time of day. */
    TIME,
    /** A number from 0 to 1 takes its place, where it is evaluated once. */
    RANDOM,
    /** A random UUID takes its place, where it is evaluated once. */
    UUID,
    /** A reserved value of the sequence takes its place, where it is evaluated once. */
    NEXT_VALUE,
    /** It is refused. */
    REFUSE,
    /** It is refused unless it says in which order it takes its values. */
    NEEDS_ORDER,
    /** It is refused in statements that change something. */
    REFUSE_IN_CHANGES
  }

  private static final Map<String, FunctionPolicy> CALLED = new TreeMap<>();
  private static final Map<String, FunctionPolicy> WORDS = new TreeMap<>();

  private static void called(Action action, String advice, String... names) {
    for (String name : names) {
      CALLED.put(name, new FunctionPolicy(action, advice));
    }
  }

  private static void word(Action action, String advice, String... names) {
    for (String name : names) {
      WORDS.put(name, new FunctionPolicy(action, advice));
    }
  }

  static {
    word(Action.TIMESTAMP_ZONED, "", "CURRENT_TIMESTAMP", "SYSTIMESTAMP");
    called(
        Action.TIMESTAMP_ZONED,
        "",
        "CURRENT_TIMESTAMP",
        "NOW",
        "TRANSACTION_TIMESTAMP",
        "STATEMENT_TIMESTAMP");
    word(Action.TIMESTAMP, "", "LOCALTIMESTAMP", "SYSDATE");
    called(Action.TIMESTAMP, "", "LOCALTIMESTAMP", "GETDATE");
    word(Action.DATE, "", "CURRENT_DATE");
    called(Action.DATE, "", "CURDATE", "CURRENT_DATE", "TODAY");
    word(Action.TIME_ZONED, "", "CURRENT_TIME");
    called(Action.TIME_ZONED, "", "CURRENT_TIME");
    word(Action.TIME, "", "LOCALTIME");
    called(Action.TIME, "", "LOCALTIME", "CURTIME");

    called(Action.RANDOM, "", "RANDOM", "RAND");
    called(Action.UUID, "", "GEN_RANDOM_UUID", "RANDOM_UUID", "UUID", "NEWID", "UUID_GENERATE_V4");
    called(Action.NEXT_VALUE, "", "NEXTVAL");

    String clock = "take CURRENT_TIMESTAMP, which is the transaction's time";
    called(Action.REFUSE, clock, "CLOCK_TIMESTAMP", "TIMEOFDAY", "UNIX_TIMESTAMP");
    called(Action.REFUSE, "sleep in the application", "PG_SLEEP", "PG_SLEEP_FOR", "PG_SLEEP_UNTIL");
    String chance = "draw random values in the application and pass them as parameters";
    called(
        Action.REFUSE,
        chance,
        "SETSEED",
        "SECURE_RAND",
        "GEN_RANDOM_BYTES",
        "GEN_SALT",
        "RANDOM_NORMAL",
        "UUID_GENERATE_V1",
        "UUID_GENERATE_V1MC",
        "UUIDV7");
    String keys = "ask for the generated keys when you insert";
    called(
        Action.REFUSE,
        keys,
        "LASTVAL",
        "CURRVAL",
        "SETVAL",
        "IDENTITY",
        "SCOPE_IDENTITY",
        "LAST_INSERT_ID",
        "LASTVAL");
    String own = "it tells something of one replica only; look there with the database's own tools";
    called(
        Action.REFUSE,
        own,
        "SESSION_ID",
        "TXID_CURRENT",
        "TXID_CURRENT_SNAPSHOT",
        "TXID_CURRENT_IF_ASSIGNED",
        "TRANSACTION_ID",
        "INET_CLIENT_ADDR",
        "INET_CLIENT_PORT",
        "INET_SERVER_ADDR",
        "INET_SERVER_PORT",
        "MEMORY_USED",
        "MEMORY_FREE",
        "DATABASE_PATH",
        "DISK_SPACE_USED",
        "ESTIMATED_ENVELOPE",
        "CANCEL_SESSION",
        "CURRENT_SETTING",
        "SET_CONFIG",
        "LOCK_TIMEOUT",
        "LOCK_MODE",
        "ABORT_SESSION",
        "CURRENT_QUERY",
        "QUERY_TO_XML",
        "DATABASE_TO_XML",
        "SCHEMA_TO_XML",
        "TABLE_TO_XML",
        "ROWNUM");
    word(
        Action.REFUSE,
        own,
        "CTID",
        "XMIN",
        "XMAX",
        "CMIN",
        "CMAX",
        "TABLEOID",
        "_ROWID_",
        "ROWNUM");
    String outside = "replicas reach nothing but their own database";
    called(
        Action.REFUSE,
        outside,
        "DBLINK",
        "DBLINK_CONNECT",
        "DBLINK_EXEC",
        "FILE_READ",
        "FILE_WRITE",
        "CSVREAD",
        "CSVWRITE",
        "LINK_SCHEMA",
        "LO_IMPORT",
        "LO_EXPORT",
        "LO_CREATE",
        "LO_CREAT",
        "LO_FROM_BYTEA",
        "LO_PUT",
        "LO_UNLINK",
        "LO_OPEN",
        "LOWRITE");

    String order = "say ORDER BY within its parentheses";
    called(
        Action.NEEDS_ORDER,
        order,
        "ARRAY_AGG",
        "STRING_AGG",
        "LISTAGG",
        "GROUP_CONCAT",
        "JSON_AGG",
        "JSONB_AGG",
        "JSON_ARRAYAGG",
        "JSON_OBJECT_AGG",
        "JSONB_OBJECT_AGG",
        "JSON_OBJECTAGG",
        "XMLAGG");
    String ranks =
        "rows with equal values may be numbered in another order on each replica; read"
            + " the rows, and change them in a second statement";
    called(
        Action.REFUSE_IN_CHANGES,
        ranks,
        "ROW_NUMBER",
        "NTILE",
        "FIRST_VALUE",
        "LAST_VALUE",
        "NTH_VALUE",
        "LAG",
        "LEAD",
        "ANY_VALUE");
  }

  /**
   * What is done with a word.
   *
   * @param isCalled whether a parenthesis follows
   * @return null if it is passed on
   */
  static FunctionPolicy ofOrNull(String name, boolean isCalled) {
    String upper = name.toUpperCase(Locale.ROOT);
    FunctionPolicy known = isCalled ? CALLED.get(upper) : WORDS.get(upper);
    boolean local =
        isCalled
            && known == null
            && (upper.startsWith("PG_") || upper.startsWith("LO_"))
            && !upper.equals("PG_TYPEOF");
    return local
        ? new FunctionPolicy(
            Action.REFUSE,
            "functions of the system tell something of one replica only; look there with the"
                + " database's own tools")
        : known;
  }

  /** The functions that are written with parentheses, by name: for tests and documents. */
  public static Map<String, FunctionPolicy> called() {
    return Map.copyOf(CALLED);
  }

  /** Those without. */
  public static Map<String, FunctionPolicy> words() {
    return Map.copyOf(WORDS);
  }
}
