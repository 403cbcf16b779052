package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the group orders. A transaction is named by its client and a number that the client drew at
 * random, so that programs which share an identity do not meet.
 */
public sealed interface SqlCommand {
  /** Names the service and the version of its commands. */
  int FORMAT = 0x51;

  /** Fixes the snapshot of a transaction that may change something. */
  record Begin(long transaction, String schema) implements SqlCommand {}

  /**
   * Ends a transaction: every replica does the steps on the transaction's snapshot, and it is
   * committed if they come to what the client was shown.
   */
  record Commit(long transaction, List<Claim> claims) implements SqlCommand {
    public Commit {
      claims = List.copyOf(claims);
    }
  }

  /**
   * A step and what the client saw of it.
   *
   * @param hash {@link ResultHash} of the result
   */
  record Claim(SqlStep step, byte[] hash) {}

  /** Ends a transaction without effect. */
  record Rollback(long transaction) implements SqlCommand {}

  /** A transaction of one step that is executed where it is ordered, by all replicas. */
  record ExecuteNow(String schema, SqlStep step) implements SqlCommand {}

  /** Takes values of a sequence or an identity column out of circulation. */
  record Reserve(String source, int count) implements SqlCommand {}

  /** Asks for another master than that of an epoch. */
  record Suspect(long epoch) implements SqlCommand {}

  /** Fixes the snapshot of a transaction that only reads. Usually not ordered. */
  record BeginRead(long transaction, String schema) implements SqlCommand {}

  /** Asks what the engine says of itself. Usually not ordered. */
  record Properties() implements SqlCommand {}

  /** Every replica is to tell the digest of its database as it is here. */
  record Verify() implements SqlCommand {}

  /**
   * Proves what the databases were at an earlier {@link Verify}; who has another one is repaired.
   *
   * @param position of that command
   * @param report that was signed
   * @param signatures of f+1 replicas at least, by replica
   */
  record Repair(long position, String report, Map<Integer, byte[]> signatures)
      implements SqlCommand {
    public Repair {
      signatures = Map.copyOf(signatures);
    }
  }

  /** Its bytes. */
  default byte[] encode() {
    ByteWriter out = new ByteWriter().u8(FORMAT);
    if (this instanceof Begin begin) {
      out.u8(0).i64(begin.transaction).text(begin.schema);
    } else if (this instanceof Commit commit) {
      out.u8(1).i64(commit.transaction);
      Claims.write(out, commit.claims);
    } else if (this instanceof Rollback rollback) {
      out.u8(2).i64(rollback.transaction);
    } else if (this instanceof ExecuteNow execute) {
      MessageCodec.writeStep(out.u8(3).text(execute.schema), execute.step);
    } else if (this instanceof Reserve reserve) {
      out.u8(4).text(reserve.source).i32(reserve.count);
    } else if (this instanceof Suspect suspect) {
      out.u8(5).i64(suspect.epoch);
    } else if (this instanceof BeginRead begin) {
      out.u8(6).i64(begin.transaction).text(begin.schema);
    } else if (this instanceof Properties) {
      out.u8(7);
    } else if (this instanceof Verify) {
      out.u8(8);
    } else if (this instanceof Repair repair) {
      out.u8(9).i64(repair.position).text(repair.report);
      MessageCodec.writeList(
          out,
          repair.signatures.keySet().stream().sorted().toList(),
          (to, replica) -> to.i32(replica).bytes(repair.signatures.get(replica)));
    }
    return out.toByteArray();
  }

  /**
   * Reads a command from bytes that may be anything.
   *
   * @throws RefusedException with a sentence if they are no command
   */
  static SqlCommand decode(byte[] bytes) throws RefusedException {
    ByteReader in = new ByteReader(bytes);
    if (in.u8() != FORMAT) {
      throw ValueCodec.malformed("This is no command of a replicated database");
    }
    int kind = in.u8();
    SqlCommand command =
        switch (kind) {
          case 0 -> new Begin(in.i64(), MessageCodec.name(in));
          case 1 -> new Commit(in.i64(), Claims.read(in));
          case 2 -> new Rollback(in.i64());
          case 3 -> new ExecuteNow(MessageCodec.name(in), MessageCodec.readStep(in));
          case 4 -> new Reserve(MessageCodec.name(in), in.i32());
          case 5 -> new Suspect(in.i64());
          case 6 -> new BeginRead(in.i64(), MessageCodec.name(in));
          case 7 -> new Properties();
          case 8 -> new Verify();
          case 9 -> new Repair(in.i64(), in.string(MessageCodec.SQL_BYTES_MAX), signatures(in));
          default -> throw ValueCodec.malformed("There is no command " + kind);
        };
    in.end();
    return command;
  }

  private static Map<Integer, byte[]> signatures(ByteReader in) throws RefusedException {
    int count = in.count(8);
    Map<Integer, byte[]> signatures = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      signatures.put(in.i32(), in.bytes(256));
    }
    return signatures;
  }

  /** Claims as bytes: texts of statements come once each, since transactions repeat them. */
  final class Claims {
    private static final int SAVEPOINT = -1;
    private static final int USE_SCHEMA = -2;
    private static final int BATCH = -3;

    private Claims() {}

    private static void write(ByteWriter out, List<Claim> claims) {
      Map<String, Integer> texts = new LinkedHashMap<>();
      for (Claim claim : claims) {
        if (claim.step instanceof SqlStep.Execute execute) {
          texts.putIfAbsent(execute.statement().sql(), texts.size());
        }
      }
      MessageCodec.writeList(out, List.copyOf(texts.keySet()), ByteWriter::text);
      out.i32(claims.size());
      for (Claim claim : claims) {
        if (claim.step instanceof SqlStep.Execute execute) {
          out.i32(texts.get(execute.statement().sql()));
          MessageCodec.writeRest(out, execute.statement());
          MessageCodec.writeIds(out, execute.ids());
        } else if (claim.step instanceof SqlStep.Savepoint savepoint) {
          out.i32(SAVEPOINT);
          MessageCodec.writeSavepoint(out, savepoint);
        } else if (claim.step instanceof SqlStep.UseSchema use) {
          out.i32(USE_SCHEMA).text(use.schema());
        } else if (claim.step instanceof SqlStep.Batch batch) {
          MessageCodec.writeBatch(out.i32(BATCH), batch);
        } else {
          throw new IllegalArgumentException("no step of a transaction: " + claim.step);
        }
        out.bytes(claim.hash);
      }
    }

    private static List<Claim> read(ByteReader in) throws RefusedException {
      List<String> texts =
          MessageCodec.readList(in, 4, from -> from.string(MessageCodec.SQL_BYTES_MAX));
      int count = in.count(8);
      List<Claim> claims = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        int text = in.i32();
        SqlStep step;
        if (text == SAVEPOINT) {
          step = MessageCodec.readSavepoint(in, in.u8());
        } else if (text == USE_SCHEMA) {
          step = new SqlStep.UseSchema(MessageCodec.name(in));
        } else if (text == BATCH) {
          step = MessageCodec.readBatch(in);
        } else if (text >= 0 && text < texts.size()) {
          SqlStatement statement = MessageCodec.readRest(in, texts.get(text));
          step = new SqlStep.Execute(statement, MessageCodec.readIds(in));
        } else {
          throw ValueCodec.malformed("A step names a statement that is not there");
        }
        byte[] hash = in.bytes(ResultHash.BYTES);
        if (hash.length != ResultHash.BYTES) {
          throw ValueCodec.malformed("A hash has another length");
        }
        claims.add(new Claim(step, hash));
      }
      return claims;
    }
  }
}
