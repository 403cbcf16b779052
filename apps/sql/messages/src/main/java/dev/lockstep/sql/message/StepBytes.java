package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteWriter;

/** Steps as bytes, to compare them: equal steps have equal bytes. */
public final class StepBytes {
  private StepBytes() {}

  /** The bytes of a step. */
  public static byte[] of(SqlStep step) {
    ByteWriter out = new ByteWriter();
    MessageCodec.writeStep(out, step);
    return out.toByteArray();
  }
}
