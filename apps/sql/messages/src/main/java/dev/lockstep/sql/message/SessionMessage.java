package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;

/**
 * What goes between a session and one replica, beside the order. The connection says who is at the
 * other end; nothing else vouches for what it says.
 */
public sealed interface SessionMessage {
  /** Names the kind of message and its version. */
  int FORMAT = 0x52;

  /**
   * A step of a transaction, to a replica.
   *
   * @param attempt grows with each time that the client sends the transaction's steps again from
   *     the first one, for example to a new master
   * @param index of the step in the transaction, from 0
   * @param lead whether to do it now and to answer; else it is done once it is confirmed
   */
  record Operation(long transaction, int attempt, int index, boolean lead, SqlStep step)
      implements SessionMessage {}

  /** To a replica: the steps up to this one were done by the master and will be committed. */
  record Confirm(long transaction, int attempt, int steps) implements SessionMessage {}

  /** To a replica: end the statement that this transaction executes. */
  record Cancel(long transaction) implements SessionMessage {}

  /** To a replica: a transaction that only reads is over. */
  record End(long transaction) implements SessionMessage {}

  /**
   * What a step came to, from a replica.
   *
   * @param version for a transaction that only reads, how many were committed before its snapshot;
   *     else 0
   */
  record Answer(long transaction, int attempt, int index, long version, StepResult result)
      implements SessionMessage {}

  /**
   * The digest of a replica's database, from it.
   *
   * @param position of the {@link SqlCommand.Verify}
   * @param report digests by table: lines of a table's name, a tab, and its digest
   * @param signature of the replica over {@link SqlDigest#statement} of the report's SHA-256
   */
  record Digest(long position, String report, byte[] signature) implements SessionMessage {}

  /** Its bytes. */
  default byte[] encode() {
    ByteWriter out = new ByteWriter().u8(FORMAT);
    if (this instanceof Operation operation) {
      out.u8(0).i64(operation.transaction).i32(operation.attempt).i32(operation.index);
      out.flag(operation.lead);
      MessageCodec.writeStep(out, operation.step);
    } else if (this instanceof Confirm confirm) {
      out.u8(1).i64(confirm.transaction).i32(confirm.attempt).i32(confirm.steps);
    } else if (this instanceof Cancel cancel) {
      out.u8(2).i64(cancel.transaction);
    } else if (this instanceof End end) {
      out.u8(3).i64(end.transaction);
    } else if (this instanceof Answer answer) {
      out.u8(4).i64(answer.transaction).i32(answer.attempt).i32(answer.index).i64(answer.version);
      MessageCodec.writeStepResult(out, answer.result);
    } else if (this instanceof Digest digest) {
      out.u8(5).i64(digest.position).text(digest.report);
      out.bytes(digest.signature);
    }
    return out.toByteArray();
  }

  /**
   * Reads a message from bytes that may be anything.
   *
   * @throws RefusedException with a sentence if they are none
   */
  static SessionMessage decode(byte[] bytes) throws RefusedException {
    ByteReader in = new ByteReader(bytes);
    if (in.u8() != FORMAT) {
      throw ValueCodec.malformed("This is no message of a session");
    }
    int kind = in.u8();
    SessionMessage message =
        switch (kind) {
          case 0 ->
              new Operation(in.i64(), in.i32(), in.i32(), in.flag(), MessageCodec.readStep(in));
          case 1 -> new Confirm(in.i64(), in.i32(), in.i32());
          case 2 -> new Cancel(in.i64());
          case 3 -> new End(in.i64());
          case 4 ->
              new Answer(in.i64(), in.i32(), in.i32(), in.i64(), MessageCodec.readStepResult(in));
          case 5 -> new Digest(in.i64(), in.string(ValueCodec.VALUE_BYTES_MAX), in.bytes(256));
          default -> throw ValueCodec.malformed("There is no message " + kind);
        };
    in.end();
    return message;
  }
}
