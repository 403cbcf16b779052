package dev.lockstep.sql.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Date;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Calendar;
import java.util.TimeZone;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ConversionsTest {
  private static final UUID ID = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
  private static final LocalDateTime NOON = LocalDateTime.of(2026, 2, 3, 12, 0, 0, 5_000_000);

  private static <T> T to(Class<T> type, Object value) throws SQLException {
    return Conversions.to(type, value);
  }

  private static void unfit(Class<?> type, Object value, String sqlState) {
    assertThatThrownBy(() -> to(type, value))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(sqlState));
  }

  @Test
  void numbers() throws SQLException {
    assertThat(to(Integer.class, 5L)).isEqualTo(5);
    assertThat(to(Integer.class, new BigDecimal("5.9"))).isEqualTo(5);
    assertThat(to(Integer.class, "7")).isEqualTo(7);
    assertThat(to(Integer.class, true)).isEqualTo(1);
    assertThat(to(Long.class, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThat(to(Double.class, new BigDecimal("0.1"))).isEqualTo(0.1);
    assertThat(to(BigDecimal.class, 0.1f)).isEqualTo(new BigDecimal("0.1"));
    assertThat(to(BigInteger.class, 12L)).isEqualTo(BigInteger.valueOf(12));
    assertThat(to(Boolean.class, 0)).isFalse();
    assertThat(to(Boolean.class, "t")).isTrue();
    assertThat(to(String.class, new BigDecimal("1E+3"))).isEqualTo("1000");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    unfit(Integer.class, 1L << 31, "22003");
    unfit(Byte.class, 128, "22003");
    unfit(Long.class, new BigDecimal("9223372036854775808"), "22003");
    unfit(Integer.class, "five", "22018");
    unfit(Double.class, Double.class.getName(), "22018");
    unfit(Boolean.class, "maybe", "22018");
    unfit(LocalDate.class, "yesterday", "22018");
    unfit(LocalDate.class, LocalTime.NOON, "22018");
    unfit(UUID.class, "no", "22018");
    unfit(byte[].class, 5, "22018");
    unfit(Object[].class, 5, "22018");
    unfit(Thread.class, 5, "22018");
  }

  @Test
  void datesAndTimes() throws SQLException {
    assertThat(to(Date.class, NOON)).isEqualTo(Date.valueOf("2026-02-03"));
    assertThat(to(Time.class, LocalTime.NOON)).isEqualTo(Time.valueOf("12:00:00"));
    assertThat(to(Timestamp.class, NOON)).isEqualTo(Timestamp.valueOf(NOON));
    assertThat(to(String.class, NOON)).isEqualTo("2026-02-03 12:00:00.005");
    assertThat(to(LocalDateTime.class, "2026-02-03 12:00:00.005")).isEqualTo(NOON);
    OffsetDateTime point = NOON.atOffset(ZoneOffset.UTC);
    assertThat(to(String.class, point)).isEqualTo("2026-02-03 12:00:00.005+00");
    assertThat(to(OffsetDateTime.class, "2026-02-03 12:00:00.005+00")).isEqualTo(point);
    assertThat(to(Timestamp.class, point)).isEqualTo(Timestamp.from(point.toInstant()));
    assertThat(to(Instant.class, point)).isEqualTo(point.toInstant());
    assertThat(to(Instant.class, NOON)).isEqualTo(NOON.atZone(ZoneId.systemDefault()).toInstant());
    assertThat(to(LocalDate.class, "2026-02-03")).isEqualTo(NOON.toLocalDate());
  }

  @Test
  void calendarsGiveZonesToWhatHasNone() throws SQLException {
    Calendar tokyo = Calendar.getInstance(TimeZone.getTimeZone("Asia/Tokyo"));
    Timestamp point = Timestamp.from(Instant.parse("2026-02-03T03:00:00.005Z"));
    Object sent = Parameters.timestamp(point, tokyo).valueOrNull();
    assertThat(sent).isEqualTo(NOON);
    assertThat(Temporals.instant(sent, tokyo)).isEqualTo(point.toInstant());
  }

  @Test
  void bytesAndIds() throws SQLException {
    assertThat(to(UUID.class, Conversions.bytes(ID))).isEqualTo(ID);
    assertThat(to(UUID.class, ID.toString())).isEqualTo(ID);
    assertThat(to(String.class, new byte[] {1, (byte) 0xab})).isEqualTo("01ab");
    assertThat(to(java.sql.Blob.class, new byte[] {1, 2}).getBytes(1, 2)).containsExactly(1, 2);
    assertThat(to(java.sql.Clob.class, "text").getSubString(1, 4)).isEqualTo("text");
  }

  @Test
  void parametersBecomeWhatCanBeSent() throws SQLException {
    assertThat(Parameters.of((short) 5).valueOrNull()).isEqualTo(5);
    assertThat(Parameters.of(BigInteger.TEN).valueOrNull()).isEqualTo(BigDecimal.TEN);
    assertThat(Parameters.of('x').valueOrNull()).isEqualTo("x");
    assertThat(Parameters.of(new int[] {1, 2}).valueOrNull()).isEqualTo(new Object[] {1, 2});
    assertThat(Parameters.of("5", Types.INTEGER).valueOrNull()).isEqualTo(5);
    assertThat(Parameters.of(5, Types.VARCHAR).valueOrNull()).isEqualTo("5");
    assertThat(Parameters.of(0.25, Types.NUMERIC).valueOrNull()).isEqualTo(new BigDecimal("0.25"));
    assertThat(Parameters.of(Timestamp.valueOf(NOON)).valueOrNull()).isEqualTo(NOON);
    assertThat(Parameters.of(null, Types.DATE).valueOrNull()).isNull();
    assertThat(Parameters.of(new java.io.StringReader("abc")).valueOrNull()).isEqualTo("abc");
    assertThatThrownBy(() -> Parameters.of(new Thread()))
        .hasMessage("An object of java.lang.Thread cannot be a parameter.");
    assertThatThrownBy(() -> Parameters.text(new java.io.StringReader("abc"), 5))
        .hasMessage("The stream of a parameter ended after 3 of 5.");
  }
}
