package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/**
 * What of results must be the same on all replicas, as a hash. Rows are hashed in their order where
 * the statement determines it, and as a multiset where it does not; of failures the SQLState alone
 * counts, since their texts name processes and places.
 */
public final class ResultHash {
  public static final int BYTES = 32;

  private ResultHash() {}

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The hash of a result. */
  public static byte[] of(StepResult result) {
    MessageDigest digest = sha256();
    if (result instanceof StepResult.Done done) {
      digest.update((byte) 0);
      add(digest, done.result(), done.ordering());
    } else if (result instanceof StepResult.Failed failed) {
      digest.update((byte) 1);
      digest.update(failed.failure().sqlState().getBytes(StandardCharsets.UTF_8));
    } else if (result instanceof StepResult.Batch batch) {
      digest.update((byte) 3);
      batch.results().forEach(each -> digest.update(of(each)));
    } else {
      digest.update((byte) 2);
      ByteWriter out = new ByteWriter();
      MessageCodec.writeStepResult(out, result);
      digest.update(out.toByteArray());
    }
    return digest.digest();
  }

  private static void add(MessageDigest digest, SqlResult result, Ordering ordering) {
    ByteWriter out = new ByteWriter();
    out.i64(result.updateCount()).flag(result.isQuery()).flag(result.keysOrNull() != null);
    digest.update(out.toByteArray());
    if (result.isQuery()) {
      add(digest, result.rowsOrNull(), ordering);
    }
    if (result.keysOrNull() != null) {
      add(digest, result.keysOrNull(), Ordering.TOTAL);
    }
  }

  private static void add(MessageDigest digest, SqlRows rows, Ordering ordering) {
    ByteWriter head = new ByteWriter();
    MessageCodec.writeList(
        head,
        rows.columns(),
        (out, column) -> out.text(column.label()).i32(column.jdbcType()).text(column.typeName()));
    head.i32(rows.rows().size()).flag(ordering.total());
    MessageCodec.writeList(head, ordering.keys(), ByteWriter::i32);
    digest.update(head.toByteArray());
    if (!ordering.total() && !ordering.keys().isEmpty()) {
      for (Object[] row : rows.rows()) {
        digest.update(encoded(row, ordering.keys()));
      }
    }
    byte[][] hashes = new byte[rows.rows().size()][];
    MessageDigest rowDigest = sha256();
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = rowDigest.digest(encoded(rows.rows().get(i)));
    }
    if (!ordering.total()) {
      Arrays.sort(hashes, Arrays::compareUnsigned);
    }
    for (byte[] hash : hashes) {
      digest.update(hash);
    }
  }

  private static byte[] encoded(Object[] row, List<Integer> keys) {
    ByteWriter out = new ByteWriter();
    for (int key : keys) {
      if (key >= 0 && key < row.length) {
        ValueCodec.write(out, row[key]);
      }
    }
    return out.toByteArray();
  }

  /** A row as bytes: equal rows have equal bytes. */
  public static byte[] encoded(Object[] row) {
    ByteWriter out = new ByteWriter();
    for (Object value : row) {
      ValueCodec.write(out, value);
    }
    return out.toByteArray();
  }
}
