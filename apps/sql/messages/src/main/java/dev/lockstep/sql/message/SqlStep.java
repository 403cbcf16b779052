package dev.lockstep.sql.message;

import java.util.List;
import java.util.Objects;

/** One step of a transaction. */
public sealed interface SqlStep {
  /**
   * A statement.
   *
   * @param ids values that were reserved for what the statement draws from sequences and identity
   *     columns, in the order in which it draws them
   */
  record Execute(SqlStatement statement, List<DrawnId> ids) implements SqlStep {
    public Execute {
      Objects.requireNonNull(statement, "statement");
      ids = List.copyOf(ids);
    }
  }

  /**
   * Changes, one after the other, up to the first that fails.
   *
   * @param statements no queries
   * @param ids as those of {@link Execute}, of all statements together
   */
  record Batch(List<SqlStatement> statements, List<DrawnId> ids) implements SqlStep {
    public Batch {
      statements = List.copyOf(statements);
      ids = List.copyOf(ids);
    }
  }

  /**
   * Something with a savepoint.
   *
   * @param name letters, digits, underscores
   */
  record Savepoint(Action action, String name) implements SqlStep {
    /** What to do with it. */
    public enum Action {
      SET,
      ROLL_BACK_TO,
      RELEASE
    }

    private static final int NAME_MAX = 60;

    public Savepoint {
      Objects.requireNonNull(action, "action");
      if (name.isEmpty() || name.length() > NAME_MAX || !name.matches("[A-Za-z0-9_]+")) {
        throw new IllegalArgumentException(
            "a savepoint's name has 1 to "
                + NAME_MAX
                + " letters, digits and underscores, unlike '"
                + name
                + "'");
      }
    }
  }

  /**
   * Names without a schema are sought in this one from here on; a rollback does not undo it.
   *
   * @param schema empty for the engine's default
   */
  record UseSchema(String schema) implements SqlStep {
    public UseSchema {
      Objects.requireNonNull(schema, "schema");
    }
  }

  /** A question about a statement; not part of a transaction. */
  record Describe(String sql) implements SqlStep {
    public Describe {
      Objects.requireNonNull(sql, "sql");
    }
  }

  /**
   * A question about the database; not part of a transaction.
   *
   * @param method of {@link java.sql.DatabaseMetaData}
   * @param arguments values, with numbers as Integer and arrays as {@code Object[]}
   */
  record Metadata(String method, List<SqlParameter> arguments) implements SqlStep {
    public Metadata {
      Objects.requireNonNull(method, "method");
      arguments = List.copyOf(arguments);
    }
  }
}
