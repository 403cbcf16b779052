package dev.lockstep.sql.message;

import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.services.command.Status;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.UUID;

/** Values as bytes: equal values have equal bytes. */
final class ValueCodec {
  /** Most bytes of a text or a binary value. */
  static final int VALUE_BYTES_MAX = 64 << 20;

  /**
   * A number with more digits, or a point further away, is refused: it could take long to print.
   */
  private static final int DECIMAL_BYTES_MAX = 1 << 16;

  private static final int SCALE_MAX = 100_000;

  private static final int NULL = 0;
  private static final int FALSE = 1;
  private static final int TRUE = 2;
  private static final int INTEGER = 3;
  private static final int LONG = 4;
  private static final int DECIMAL = 5;
  private static final int FLOAT = 6;
  private static final int DOUBLE = 7;
  private static final int TEXT = 8;
  private static final int BINARY = 9;
  private static final int DATE = 10;
  private static final int TIME = 11;
  private static final int TIME_ZONED = 12;
  private static final int TIMESTAMP = 13;
  private static final int TIMESTAMP_ZONED = 14;
  private static final int UNIQUE = 15;
  private static final int ARRAY = 16;

  private ValueCodec() {}

  static void write(ByteWriter out, Object value) {
    if (value == null) {
      out.u8(NULL);
    } else if (value instanceof Boolean flag) {
      out.u8(flag ? TRUE : FALSE);
    } else if (value instanceof Integer number) {
      out.u8(INTEGER).i32(number);
    } else if (value instanceof Long number) {
      out.u8(LONG).i64(number);
    } else if (value instanceof BigDecimal number) {
      out.u8(DECIMAL).i32(number.scale()).bytes(number.unscaledValue().toByteArray());
    } else if (value instanceof Float number) {
      out.u8(FLOAT).i32(Float.floatToIntBits(number));
    } else if (value instanceof Double number) {
      out.u8(DOUBLE).i64(Double.doubleToLongBits(number));
    } else if (value instanceof String text) {
      out.u8(TEXT).text(text);
    } else if (value instanceof byte[] bytes) {
      out.u8(BINARY).bytes(bytes);
    } else if (value instanceof UUID id) {
      out.u8(UNIQUE).i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    } else if (value instanceof Object[] array) {
      out.u8(ARRAY).i32(array.length);
      for (Object element : array) {
        write(out, element);
      }
    } else {
      writeTime(out, value);
    }
  }

  private static void writeTime(ByteWriter out, Object value) {
    if (value instanceof LocalDate date) {
      out.u8(DATE).i64(date.toEpochDay());
    } else if (value instanceof LocalTime time) {
      out.u8(TIME).i64(time.toNanoOfDay());
    } else if (value instanceof OffsetTime time) {
      out.u8(TIME_ZONED).i64(time.toLocalTime().toNanoOfDay());
      out.i32(time.getOffset().getTotalSeconds());
    } else if (value instanceof LocalDateTime time) {
      out.u8(TIMESTAMP).i64(time.toLocalDate().toEpochDay()).i64(time.toLocalTime().toNanoOfDay());
    } else if (value instanceof OffsetDateTime time) {
      out.u8(TIMESTAMP_ZONED).i64(time.toLocalDate().toEpochDay());
      out.i64(time.toLocalTime().toNanoOfDay()).i32(time.getOffset().getTotalSeconds());
    } else {
      throw new IllegalArgumentException("no value of SQL: " + value.getClass().getName());
    }
  }

  static Object read(ByteReader in) throws RefusedException {
    return read(in, 0);
  }

  private static Object read(ByteReader in, int depth) throws RefusedException {
    int tag = in.u8();
    try {
      return switch (tag) {
        case NULL -> null;
        case FALSE -> Boolean.FALSE;
        case TRUE -> Boolean.TRUE;
        case INTEGER -> in.i32();
        case LONG -> in.i64();
        case DECIMAL -> decimal(in.i32(), in.bytes(DECIMAL_BYTES_MAX));
        case FLOAT -> Float.intBitsToFloat(in.i32());
        case DOUBLE -> Double.longBitsToDouble(in.i64());
        case TEXT -> in.string(VALUE_BYTES_MAX);
        case BINARY -> in.bytes(VALUE_BYTES_MAX);
        case DATE -> LocalDate.ofEpochDay(in.i64());
        case TIME -> LocalTime.ofNanoOfDay(in.i64());
        case TIME_ZONED -> OffsetTime.of(LocalTime.ofNanoOfDay(in.i64()), offset(in));
        case TIMESTAMP -> dateTime(in);
        case TIMESTAMP_ZONED -> OffsetDateTime.of(dateTime(in), offset(in));
        case UNIQUE -> new UUID(in.i64(), in.i64());
        case ARRAY -> array(in, depth);
        default -> throw malformed("A value has the unknown tag " + tag);
      };
    } catch (DateTimeException e) {
      throw malformed("A date or time is impossible");
    }
  }

  private static BigDecimal decimal(int scale, byte[] unscaled) throws RefusedException {
    if (unscaled.length == 0 || Math.abs((long) scale) > SCALE_MAX) {
      throw malformed("A decimal number is impossible");
    }
    return new BigDecimal(new BigInteger(unscaled), scale);
  }

  private static LocalDateTime dateTime(ByteReader in) throws RefusedException {
    return LocalDateTime.of(LocalDate.ofEpochDay(in.i64()), LocalTime.ofNanoOfDay(in.i64()));
  }

  private static ZoneOffset offset(ByteReader in) throws RefusedException {
    return ZoneOffset.ofTotalSeconds(in.i32());
  }

  private static Object[] array(ByteReader in, int depth) throws RefusedException {
    if (depth == SqlValues.DEPTH_MAX) {
      throw malformed("Arrays lie more than " + SqlValues.DEPTH_MAX + " deep");
    }
    Object[] array = new Object[in.count(1)];
    for (int i = 0; i < array.length; i++) {
      array[i] = read(in, depth + 1);
    }
    return array;
  }

  static RefusedException malformed(String reason) {
    return new RefusedException(Status.MALFORMED, reason + ".");
  }
}
