package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.RefusedException;

/** Rows as bytes. */
public final class Rows {
  private Rows() {}

  /**
   * Reads what {@link ResultHash#encoded} wrote.
   *
   * @throws RefusedException if the bytes are no row with so many columns
   */
  public static Object[] decode(byte[] bytes, int columns) throws RefusedException {
    ByteReader in = new ByteReader(bytes);
    Object[] row = new Object[columns];
    for (int i = 0; i < columns; i++) {
      row[i] = ValueCodec.read(in);
    }
    in.end();
    return row;
  }
}
