package dev.lockstep.sql.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.services.command.RefusedException;
import java.math.BigDecimal;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MessagesTest {
  private static final Object[] VALUES = {
    null,
    true,
    false,
    7,
    -8L,
    new BigDecimal("12.340"),
    1.5f,
    -0.0,
    "text \u00e4",
    new byte[] {1, 2},
    LocalDate.of(2026, 1, 2),
    LocalTime.of(3, 4, 5, 6),
    OffsetTime.of(3, 4, 5, 0, ZoneOffset.ofHours(2)),
    LocalDateTime.of(2026, 1, 2, 3, 4, 5, 6000),
    OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 6000, ZoneOffset.UTC),
    new UUID(1, 2),
    new Object[] {1, "two", new Object[] {null}}
  };

  private static final SqlStatement STATEMENT =
      new SqlStatement(
          "INSERT INTO t VALUES (?)",
          Arrays.stream(VALUES).map(SqlParameter::of).toList(),
          5,
          new SqlStatement.Keys(true, List.of("id")));

  private static final SqlStep STEP =
      new SqlStep.Execute(STATEMENT, List.of(new DrawnId("a", 1), new DrawnId("b", 2)));
  private static final SqlStep SAVEPOINT =
      new SqlStep.Savepoint(SqlStep.Savepoint.Action.ROLL_BACK_TO, "s1");

  private static final SqlStep BATCH =
      new SqlStep.Batch(
          List.of(STATEMENT, SqlStatement.of("DELETE FROM t"), STATEMENT),
          List.of(new DrawnId("a", 3)));

  private static SqlResult rows(Object[]... rows) {
    List<SqlColumn> columns =
        java.util.stream.IntStream.range(0, rows[0].length)
            .mapToObj(i -> SqlColumn.of("c" + i, Types.INTEGER, "INTEGER"))
            .toList();
    return SqlResult.ofRows(new SqlRows(columns, List.of(rows)));
  }

  private static List<byte[]> commands() {
    List<SqlCommand> commands =
        List.of(
            new SqlCommand.Begin(1, "s"),
            new SqlCommand.Commit(
                2,
                List.of(
                    new SqlCommand.Claim(STEP, new byte[32]),
                    new SqlCommand.Claim(SAVEPOINT, new byte[32]),
                    new SqlCommand.Claim(new SqlStep.UseSchema("s"), new byte[32]),
                    new SqlCommand.Claim(BATCH, new byte[32]),
                    new SqlCommand.Claim(STEP, new byte[32]))),
            new SqlCommand.Rollback(3),
            new SqlCommand.ExecuteNow("", STEP),
            new SqlCommand.ExecuteNow("", BATCH),
            new SqlCommand.ExecuteNow("s", SAVEPOINT),
            new SqlCommand.ExecuteNow("s", new SqlStep.UseSchema("s")),
            new SqlCommand.Reserve("x", 4),
            new SqlCommand.Suspect(5),
            new SqlCommand.BeginRead(6, ""),
            new SqlCommand.Properties(),
            new SqlCommand.Verify(),
            new SqlCommand.Repair(7, "t\tab\n", Map.of(1, new byte[64], 3, new byte[64])));
    return commands.stream().map(SqlCommand::encode).toList();
  }

  private static List<byte[]> replies() {
    List<SqlReply> replies =
        List.of(
            new SqlReply.Begun(1, 2, 3),
            new SqlReply.Deferred(),
            new SqlReply.Committed(4),
            new SqlReply.Failed(new SqlFailure("40001", 5, "why")),
            new SqlReply.Result(
                new StepResult.Done(rows(VALUES, VALUES), new Ordering(false, List.of(1)))),
            new SqlReply.Result(new StepResult.NeedsIds(List.of("a"))),
            new SqlReply.Result(
                new StepResult.Batch(
                    List.of(
                        new StepResult.Done(SqlResult.ofCount(1), Ordering.NONE),
                        new StepResult.Failed("23505", "twice")))),
            new SqlReply.Result(
                new StepResult.Described(
                    new SqlDescription(
                        null, List.of(new SqlDescription.Parameter(4, "INTEGER", "x", 1, 2, 3))))),
            new SqlReply.Reserved(6, 7),
            new SqlReply.Master(1, 8),
            new SqlReply.ReadBegun(9),
            new SqlReply.PropertiesAre(Map.of("a", true, "b", 1, "c", "x")),
            new SqlReply.Verifying(10),
            new SqlReply.Done(),
            new SqlReply.Broken(2));
    return replies.stream().map(SqlReply::encode).toList();
  }

  private static List<byte[]> sessionMessages() {
    List<SessionMessage> messages =
        List.of(
            new SessionMessage.Operation(1, 2, 3, true, STEP),
            new SessionMessage.Operation(
                1, 2, 3, false, new SqlStep.Metadata("getTables", STATEMENT.parameters())),
            new SessionMessage.Operation(1, 2, 3, false, new SqlStep.Describe("SELECT 1")),
            new SessionMessage.Confirm(4, 5, 6),
            new SessionMessage.Cancel(7),
            new SessionMessage.End(8),
            new SessionMessage.Answer(
                9, 1, 2, 3, new StepResult.Done(SqlResult.ofCount(4), Ordering.NONE)),
            new SessionMessage.Digest(10, "report", new byte[64]));
    return messages.stream().map(SessionMessage::encode).toList();
  }

  private interface Decoder {
    byte[] again(byte[] bytes) throws RefusedException;
  }

  private static void assertRobust(List<byte[]> all, Decoder decoder) throws RefusedException {
    Random random = new Random(1);
    for (byte[] bytes : all) {
      assertThat(decoder.again(bytes)).isEqualTo(bytes);
      for (int length = 0; length < bytes.length; length++) {
        byte[] cut = Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> decoder.again(cut)).isInstanceOf(RefusedException.class);
      }
      for (int i = 0; i < 2_000; i++) {
        byte[] changed = bytes.clone();
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
        try {
          decoder.again(changed);
        } catch (RefusedException e) {
          // As it should be; anything else fails the test.
        }
      }
    }
  }

  @Test
  void bytesAreCanonicalAndHostileOnesAreRefused() throws RefusedException {
    assertRobust(commands(), bytes -> SqlCommand.decode(bytes).encode());
    assertRobust(replies(), bytes -> SqlReply.decode(bytes).encode());
    assertRobust(sessionMessages(), bytes -> SessionMessage.decode(bytes).encode());
  }

  @Test
  void deepArraysAreRefused() {
    Object value = 1;
    for (int i = 0; i < 7; i++) {
      value = new Object[] {value};
    }
    Object deep = value;
    assertThatThrownBy(() -> SqlValues.check(deep)).isInstanceOf(IllegalArgumentException.class);
  }

  private static byte[] hash(SqlResult result, Ordering ordering) {
    return ResultHash.of(new StepResult.Done(result, ordering));
  }

  @Test
  void rowsWithoutOrderAreAMultiset() {
    SqlResult one = rows(new Object[] {1, 1}, new Object[] {2, 1}, new Object[] {2, 1});
    SqlResult other = rows(new Object[] {2, 1}, new Object[] {1, 1}, new Object[] {2, 1});
    SqlResult fewer = rows(new Object[] {2, 1}, new Object[] {1, 1}, new Object[] {1, 1});
    assertThat(hash(one, Ordering.NONE)).isEqualTo(hash(other, Ordering.NONE));
    assertThat(hash(one, Ordering.NONE)).isNotEqualTo(hash(fewer, Ordering.NONE));
    assertThat(hash(one, Ordering.TOTAL)).isNotEqualTo(hash(other, Ordering.TOTAL));
  }

  @Test
  void ofAPartialOrderTheKeysCount() {
    Ordering bySecond = new Ordering(false, List.of(1));
    SqlResult one = rows(new Object[] {1, 5}, new Object[] {2, 5}, new Object[] {3, 6});
    SqlResult tie = rows(new Object[] {2, 5}, new Object[] {1, 5}, new Object[] {3, 6});
    SqlResult wrong = rows(new Object[] {3, 6}, new Object[] {1, 5}, new Object[] {2, 5});
    assertThat(hash(one, bySecond)).isEqualTo(hash(tie, bySecond));
    assertThat(hash(one, bySecond)).isNotEqualTo(hash(wrong, bySecond));
    assertThat(hash(one, Ordering.NONE)).isNotEqualTo(hash(one, bySecond));
  }

  @Test
  void repliesAreTheSameByWhatTheySay() {
    byte[] one = new SqlReply.Failed(new SqlFailure("23505", 1, "in replica 1")).encode();
    byte[] two = new SqlReply.Failed(new SqlFailure("23505", 2, "in replica 2")).encode();
    byte[] other = new SqlReply.Failed(new SqlFailure("23503", 1, "in replica 1")).encode();
    assertThat(SqlReply.isSame(one, two)).isTrue();
    assertThat(SqlReply.isSame(one, other)).isFalse();
    assertThat(SqlReply.isSame(one, new byte[] {1})).isFalse();
    assertThat(SqlReply.isSame(new SqlReply.Broken(1).encode(), new SqlReply.Broken(2).encode()))
        .isFalse();
  }
}
