package dev.lockstep.sql.server;

import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.determinism.Planner;
import dev.lockstep.sql.server.determinism.Refusals;
import dev.lockstep.sql.server.determinism.RefusedSql;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.EngineTransaction;
import dev.lockstep.sql.server.engine.TableInfo;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** An engine together with the plans of its statements. Safe for any number of threads. */
final class Database implements Planner.Tables {
  private final Engine engine;
  private final Planner planner;
  private volatile List<TableInfo> tables = List.of();
  private volatile Set<String> schemas = Set.of();

  Database(Engine engine) {
    this.engine = engine;
    planner = new Planner(engine.dialect(), this);
  }

  Engine engine() {
    return engine;
  }

  /** The tables, by schema and name. They change between transactions only. */
  List<TableInfo> tables() {
    return tables;
  }

  /** Tables have changed. */
  void refresh() {
    try {
      tables = engine.tables();
      schemas = engine.schemas();
    } catch (SQLException e) {
      throw new DatabaseBroken("the tables cannot be listed", e);
    }
    planner.forget();
  }

  Plan plan(String schema, String sql) throws RefusedSql {
    return planner.plan(schema, sql);
  }

  void checkValues(SqlStatement statement) throws RefusedSql {
    planner.checkValues(statement.sql(), statement.parameters());
  }

  EngineTransaction begin(String schema, Engine.Patience patience) {
    try {
      return engine.begin(schema, patience);
    } catch (SQLException e) {
      throw new DatabaseBroken("no transaction can be begun", e);
    }
  }

  /** Whether names can be sought in a schema; the empty one is the engine's default. */
  boolean hasSchema(String schema) {
    return schema.isEmpty() || schemas.contains(schema);
  }

  /** Refuses a schema that is not there. */
  void checkSchema(String schema) throws RefusedSql {
    if (!hasSchema(schema)) {
      throw Refusals.noSchema(schema);
    }
  }

  @Override
  public TableInfo findOrNull(String schema, String name) {
    for (TableInfo table : tables) {
      if (table.name().equals(name) && table.schema().equals(schema)) {
        return table;
      }
    }
    return null;
  }

  @Override
  public int resultColumns(String schema, String sql) throws RefusedSql {
    EngineTransaction transaction = begin(schema, Engine.Patience.SHORT);
    try {
      var columns = transaction.describe(sql).columnsOrNull();
      return columns == null ? 0 : columns.size();
    } catch (SQLException e) {
      if (engine.kindOf(e) == Engine.FailureKind.FATAL) {
        throw new DatabaseBroken("a statement cannot be described", e);
      }
      throw Refusals.byEngine(e);
    } finally {
      transaction.rollback();
    }
  }
}
