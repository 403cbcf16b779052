package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Statements, steps and results as bytes. */
final class MessageCodec {
  static final int SQL_BYTES_MAX = 1 << 20;
  private static final int NAME_BYTES_MAX = 4096;
  static final int MESSAGE_BYTES_MAX = 1 << 16;
  private static final int BATCH = 8;
  private static final int USE_SCHEMA = 9;
  private static final int DESCRIBE = 10;
  private static final int METADATA = 11;

  private MessageCodec() {}

  interface Reader<T> {
    T read(ByteReader in) throws RefusedException;
  }

  interface Writer<T> {
    void write(ByteWriter out, T value);
  }

  static <T> void writeList(ByteWriter out, List<T> values, Writer<T> writer) {
    out.i32(values.size());
    for (T value : values) {
      writer.write(out, value);
    }
  }

  static <T> List<T> readList(ByteReader in, int elementBytes, Reader<T> reader)
      throws RefusedException {
    int count = in.count(elementBytes);
    List<T> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(reader.read(in));
    }
    return values;
  }

  static String name(ByteReader in) throws RefusedException {
    return in.string(NAME_BYTES_MAX);
  }

  // ---- statements and steps -----------------------------------------------------------------

  static void writeStatement(ByteWriter out, SqlStatement statement) {
    out.text(statement.sql());
    writeRest(out, statement);
  }

  /** All but the text. */
  static void writeRest(ByteWriter out, SqlStatement statement) {
    writeList(out, statement.parameters(), MessageCodec::writeParameter);
    out.i32(statement.maxRows()).flag(statement.keys().wanted());
    writeList(out, statement.keys().columns(), ByteWriter::text);
  }

  static SqlStatement readStatement(ByteReader in) throws RefusedException {
    return readRest(in, in.string(SQL_BYTES_MAX));
  }

  static SqlStatement readRest(ByteReader in, String sql) throws RefusedException {
    List<SqlParameter> parameters = readList(in, 5, MessageCodec::readParameter);
    int maxRows = in.i32();
    if (maxRows < 0) {
      throw ValueCodec.malformed("A limit of rows is negative");
    }
    SqlStatement.Keys keys = new SqlStatement.Keys(in.flag(), readList(in, 4, MessageCodec::name));
    return new SqlStatement(sql, parameters, maxRows, keys);
  }

  static void writeIds(ByteWriter out, List<DrawnId> ids) {
    writeList(out, ids, (to, id) -> to.text(id.source()).i64(id.value()));
  }

  static List<DrawnId> readIds(ByteReader in) throws RefusedException {
    return readList(in, 12, from -> new DrawnId(name(from), from.i64()));
  }

  static void writeStep(ByteWriter out, SqlStep step) {
    if (step instanceof SqlStep.Execute execute) {
      out.u8(0);
      writeStatement(out, execute.statement());
      writeIds(out, execute.ids());
    } else if (step instanceof SqlStep.Batch batch) {
      writeBatch(out.u8(BATCH), batch);
    } else if (step instanceof SqlStep.UseSchema use) {
      out.u8(USE_SCHEMA).text(use.schema());
    } else if (step instanceof SqlStep.Describe describe) {
      out.u8(DESCRIBE).text(describe.sql());
    } else if (step instanceof SqlStep.Metadata metadata) {
      out.u8(METADATA).text(metadata.method());
      writeList(out, metadata.arguments(), MessageCodec::writeParameter);
    } else {
      writeSavepoint(out, (SqlStep.Savepoint) step);
    }
  }

  private static void writeParameter(ByteWriter out, SqlParameter parameter) {
    out.i32(parameter.jdbcType());
    ValueCodec.write(out, parameter.valueOrNull());
  }

  private static SqlParameter readParameter(ByteReader in) throws RefusedException {
    int type = in.i32();
    return new SqlParameter(ValueCodec.read(in), type);
  }

  /** Texts of statements come once each, since batches repeat them. */
  static void writeBatch(ByteWriter out, SqlStep.Batch batch) {
    Map<String, Integer> texts = new LinkedHashMap<>();
    batch.statements().forEach(each -> texts.putIfAbsent(each.sql(), texts.size()));
    writeList(out, List.copyOf(texts.keySet()), ByteWriter::text);
    writeList(
        out,
        batch.statements(),
        (to, statement) -> writeRest(to.i32(texts.get(statement.sql())), statement));
    writeIds(out, batch.ids());
  }

  static SqlStep.Batch readBatch(ByteReader in) throws RefusedException {
    List<String> texts = readList(in, 4, from -> from.string(SQL_BYTES_MAX));
    List<SqlStatement> statements =
        readList(
            in,
            17,
            from -> {
              int text = from.i32();
              if (text < 0 || text >= texts.size()) {
                throw ValueCodec.malformed("A batch names a statement that is not there");
              }
              return readRest(from, texts.get(text));
            });
    return new SqlStep.Batch(statements, readIds(in));
  }

  static void writeSavepoint(ByteWriter out, SqlStep.Savepoint savepoint) {
    out.u8(1 + savepoint.action().ordinal()).text(savepoint.name());
  }

  static SqlStep readStep(ByteReader in) throws RefusedException {
    int kind = in.u8();
    if (kind == 0) {
      SqlStatement statement = readStatement(in);
      return new SqlStep.Execute(statement, readIds(in));
    }
    if (kind == BATCH) {
      return readBatch(in);
    }
    if (kind == USE_SCHEMA) {
      return new SqlStep.UseSchema(name(in));
    }
    if (kind == DESCRIBE) {
      return new SqlStep.Describe(in.string(SQL_BYTES_MAX));
    }
    if (kind == METADATA) {
      String method = name(in);
      return new SqlStep.Metadata(method, readList(in, 5, MessageCodec::readParameter));
    }
    return readSavepoint(in, kind);
  }

  static SqlStep.Savepoint readSavepoint(ByteReader in, int kind) throws RefusedException {
    SqlStep.Savepoint.Action[] actions = SqlStep.Savepoint.Action.values();
    if (kind < 1 || kind > actions.length) {
      throw ValueCodec.malformed("A step has the unknown kind " + kind);
    }
    try {
      return new SqlStep.Savepoint(actions[kind - 1], name(in));
    } catch (IllegalArgumentException e) {
      throw ValueCodec.malformed("A savepoint has no good name");
    }
  }

  // ---- results ------------------------------------------------------------------------------

  static void writeColumn(ByteWriter out, SqlColumn column) {
    out.text(column.label()).text(column.name()).text(column.schema()).text(column.table());
    out.i32(column.jdbcType()).text(column.typeName()).text(column.className());
    out.i32(column.precision()).i32(column.scale()).i32(column.displaySize());
    out.i32(column.nullable()).flag(column.autoIncrement()).flag(column.signed());
    out.flag(column.caseSensitive());
  }

  static SqlColumn readColumn(ByteReader in) throws RefusedException {
    return new SqlColumn(
        name(in), name(in), name(in), name(in), in.i32(), name(in), name(in), in.i32(), in.i32(),
        in.i32(), in.i32(), in.flag(), in.flag(), in.flag());
  }

  static void writeRows(ByteWriter out, SqlRows rows) {
    writeList(out, rows.columns(), MessageCodec::writeColumn);
    writeList(
        out,
        rows.rows(),
        (to, row) -> {
          for (Object value : row) {
            ValueCodec.write(to, value);
          }
        });
  }

  static SqlRows readRows(ByteReader in) throws RefusedException {
    List<SqlColumn> columns = readList(in, 44, MessageCodec::readColumn);
    if (columns.isEmpty()) {
      throw ValueCodec.malformed("Rows have no columns");
    }
    List<Object[]> rows =
        readList(
            in,
            columns.size(),
            from -> {
              Object[] row = new Object[columns.size()];
              for (int i = 0; i < row.length; i++) {
                row[i] = ValueCodec.read(from);
              }
              return row;
            });
    return new SqlRows(columns, rows);
  }

  static void writeResult(ByteWriter out, SqlResult result) {
    out.flag(result.isQuery());
    if (result.isQuery()) {
      writeRows(out, result.rowsOrNull());
    } else {
      out.i64(result.updateCount());
    }
    out.flag(result.keysOrNull() != null);
    if (result.keysOrNull() != null) {
      writeRows(out, result.keysOrNull());
    }
  }

  static SqlResult readResult(ByteReader in) throws RefusedException {
    SqlRows rows = null;
    long count = -1;
    if (in.flag()) {
      rows = readRows(in);
    } else {
      count = in.i64();
    }
    return new SqlResult(rows, count, in.flag() ? readRows(in) : null);
  }

  static void writeFailure(ByteWriter out, SqlFailure failure) {
    out.text(failure.sqlState()).i32(failure.vendorCode()).text(shortened(failure.message()));
  }

  /** A message of an engine may hold the whole statement. */
  private static String shortened(String message) {
    int most = MESSAGE_BYTES_MAX / 4;
    String cut = message.length() <= most ? message : message.substring(0, most);
    return new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  static SqlFailure readFailure(ByteReader in) throws RefusedException {
    return new SqlFailure(in.string(20), in.i32(), in.string(MESSAGE_BYTES_MAX));
  }

  static void writeStepResult(ByteWriter out, StepResult result) {
    if (result instanceof StepResult.Done done) {
      out.u8(0);
      writeResult(out, done.result());
      out.flag(done.ordering().total());
      writeList(out, done.ordering().keys(), ByteWriter::i32);
    } else if (result instanceof StepResult.Failed failed) {
      out.u8(1);
      writeFailure(out, failed.failure());
    } else if (result instanceof StepResult.NeedsIds needs) {
      out.u8(2);
      writeList(out, needs.sources(), ByteWriter::text);
    } else if (result instanceof StepResult.Batch batch) {
      out.u8(4);
      writeList(out, batch.results(), MessageCodec::writeStepResult);
    } else {
      out.u8(3);
      writeDescription(out, ((StepResult.Described) result).description());
    }
  }

  static StepResult readStepResult(ByteReader in) throws RefusedException {
    return readStepResult(in, in.u8());
  }

  private static StepResult readStepResult(ByteReader in, int kind) throws RefusedException {
    return switch (kind) {
      case 0 -> {
        SqlResult result = readResult(in);
        yield new StepResult.Done(
            result, new Ordering(in.flag(), readList(in, 4, ByteReader::i32)));
      }
      case 1 -> new StepResult.Failed(readFailure(in));
      case 2 -> new StepResult.NeedsIds(readList(in, 4, MessageCodec::name));
      case 3 -> new StepResult.Described(readDescription(in));
      case 4 -> new StepResult.Batch(readList(in, 1, MessageCodec::readOfBatch));
      default -> throw ValueCodec.malformed("A result has the unknown kind " + kind);
    };
  }

  private static StepResult readOfBatch(ByteReader in) throws RefusedException {
    int kind = in.u8();
    if (kind > 1) {
      throw ValueCodec.malformed("A batch has a result that is none of a statement");
    }
    return readStepResult(in, kind);
  }

  private static void writeDescription(ByteWriter out, SqlDescription description) {
    out.flag(description.columnsOrNull() != null);
    if (description.columnsOrNull() != null) {
      writeList(out, description.columnsOrNull(), MessageCodec::writeColumn);
    }
    writeList(
        out,
        description.parameters(),
        (to, parameter) ->
            to.i32(parameter.jdbcType())
                .text(parameter.typeName())
                .text(parameter.className())
                .i32(parameter.precision())
                .i32(parameter.scale())
                .i32(parameter.nullable()));
  }

  private static SqlDescription readDescription(ByteReader in) throws RefusedException {
    List<SqlColumn> columns = in.flag() ? readList(in, 44, MessageCodec::readColumn) : null;
    return new SqlDescription(
        columns,
        readList(
            in,
            24,
            from ->
                new SqlDescription.Parameter(
                    from.i32(), name(from), name(from), from.i32(), from.i32(), from.i32())));
  }
}
