package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteWriter;

/** What a replica signs about its database. */
public final class SqlDigest {
  private static final String LABEL = "LOCKSTEP-SQL-DIGEST";

  private SqlDigest() {}

  /**
   * The bytes that are signed: no other signature of Lockstep begins with them.
   *
   * @param cluster digest of the cluster
   * @param position of the {@link SqlCommand.Verify}
   * @param digest of the database there
   */
  public static byte[] statement(byte[] cluster, long position, byte[] digest) {
    return new ByteWriter().text(LABEL).bytes(cluster).i64(position).bytes(digest).toByteArray();
  }
}
