package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What the group answers to a {@link SqlCommand}. */
public sealed interface SqlReply {
  /**
   * A transaction has its snapshot.
   *
   * @param timestampMicros the group's time there, which is what {@code CURRENT_TIMESTAMP} says
   * @param master replica to send the steps to
   * @param epoch number of the mastership
   */
  record Begun(long timestampMicros, int master, long epoch) implements SqlReply {}

  /** No transaction begins just now, because the group prepares a checkpoint: ask again soon. */
  record Deferred() implements SqlReply {}

  /** The transaction is committed, and is the one with this number. */
  record Committed(long version) implements SqlReply {}

  /** It was not done, or rolled back. */
  record Failed(SqlFailure failure) implements SqlReply {}

  /** What the step of {@link SqlCommand.ExecuteNow} came to. */
  record Result(StepResult result) implements SqlReply {}

  /** The first of the values that were reserved, and what the next one is greater by. */
  record Reserved(long first, long increment) implements SqlReply {}

  /** Who the master is now. */
  record Master(int master, long epoch) implements SqlReply {}

  /** A transaction that only reads has its snapshot, behind this many committed ones. */
  record ReadBegun(long version) implements SqlReply {}

  /** What the engine says of itself; sorted. */
  record PropertiesAre(Map<String, Object> values) implements SqlReply {
    public PropertiesAre {
      values = new TreeMap<>(values);
    }
  }

  /** Digests of the database at this position are on their way. */
  record Verifying(long position) implements SqlReply {}

  /** It is done. */
  record Done() implements SqlReply {}

  /** A replica's database does not work, and the replica says nothing else until it does. */
  record Broken(int replica) implements SqlReply {}

  /** Its bytes. */
  default byte[] encode() {
    ByteWriter out = new ByteWriter().u8(SqlCommand.FORMAT);
    if (this instanceof Begun begun) {
      out.u8(0).i64(begun.timestampMicros).i32(begun.master).i64(begun.epoch);
    } else if (this instanceof Deferred) {
      out.u8(1);
    } else if (this instanceof Committed committed) {
      out.u8(2).i64(committed.version);
    } else if (this instanceof Failed failed) {
      MessageCodec.writeFailure(out.u8(3), failed.failure);
    } else if (this instanceof Result result) {
      MessageCodec.writeStepResult(out.u8(4), result.result);
    } else if (this instanceof Reserved reserved) {
      out.u8(5).i64(reserved.first).i64(reserved.increment);
    } else if (this instanceof Master master) {
      out.u8(6).i32(master.master).i64(master.epoch);
    } else if (this instanceof ReadBegun begun) {
      out.u8(7).i64(begun.version);
    } else if (this instanceof PropertiesAre properties) {
      MessageCodec.writeList(
          out.u8(8),
          List.copyOf(properties.values.entrySet()),
          (to, entry) -> ValueCodec.write(to.text(entry.getKey()), entry.getValue()));
    } else if (this instanceof Verifying verifying) {
      out.u8(9).i64(verifying.position);
    } else if (this instanceof Broken broken) {
      out.u8(11).i32(broken.replica);
    } else {
      out.u8(10);
    }
    return out.toByteArray();
  }

  /**
   * Reads a reply from bytes that may be anything.
   *
   * @throws RefusedException with a sentence if they are none
   */
  static SqlReply decode(byte[] bytes) throws RefusedException {
    ByteReader in = new ByteReader(bytes);
    if (in.u8() != SqlCommand.FORMAT) {
      throw ValueCodec.malformed("This is no reply of a replicated database");
    }
    int kind = in.u8();
    SqlReply reply =
        switch (kind) {
          case 0 -> new Begun(in.i64(), in.i32(), in.i64());
          case 1 -> new Deferred();
          case 2 -> new Committed(in.i64());
          case 3 -> new Failed(MessageCodec.readFailure(in));
          case 4 -> new Result(MessageCodec.readStepResult(in));
          case 5 -> new Reserved(in.i64(), in.i64());
          case 6 -> new Master(in.i32(), in.i64());
          case 7 -> new ReadBegun(in.i64());
          case 8 -> new PropertiesAre(properties(in));
          case 9 -> new Verifying(in.i64());
          case 10 -> new Done();
          case 11 -> new Broken(in.i32());
          default -> throw ValueCodec.malformed("There is no reply " + kind);
        };
    in.end();
    return reply;
  }

  private static Map<String, Object> properties(ByteReader in) throws RefusedException {
    int count = in.count(5);
    Map<String, Object> values = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String name = MessageCodec.name(in);
      values.put(name, ValueCodec.read(in));
    }
    return values;
  }

  /**
   * Whether two replies say the same: texts of failures and the order of rows that have none do not
   * count. Bytes that are no reply say the same as nothing.
   */
  static boolean isSame(byte[] one, byte[] other) {
    if (Arrays.equals(one, other)) {
      return true;
    }
    try {
      return decode(one).isSameAs(decode(other));
    } catch (RefusedException e) {
      return false;
    }
  }

  private boolean isSameAs(SqlReply other) {
    if (this instanceof Failed one && other instanceof Failed two) {
      return one.failure.sqlState().equals(two.failure.sqlState());
    }
    if (this instanceof Result one && other instanceof Result two) {
      return Arrays.equals(ResultHash.of(one.result), ResultHash.of(two.result));
    }
    return Objects.equals(this, other);
  }
}
