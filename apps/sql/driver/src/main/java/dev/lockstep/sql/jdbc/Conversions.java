package dev.lockstep.sql.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import javax.sql.rowset.serial.SerialBlob;
import javax.sql.rowset.serial.SerialClob;

/**
 * Values of a result as the classes that an application asks for. What does not fit is an error,
 * never a part of it: 22003 if a number is out of range, 22018 if a value has no such form.
 */
final class Conversions {
  private interface Conversion {
    Object apply(Object value) throws SQLException;
  }

  private static final Map<Class<?>, Conversion> TO = new HashMap<>();

  static {
    TO.put(String.class, Conversions::text);
    TO.put(Boolean.class, Conversions::truth);
    TO.put(Byte.class, value -> (byte) whole(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
    TO.put(Short.class, value -> (short) whole(value, Short.MIN_VALUE, Short.MAX_VALUE));
    TO.put(Integer.class, value -> (int) whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
    TO.put(Long.class, value -> whole(value, Long.MIN_VALUE, Long.MAX_VALUE));
    TO.put(Float.class, value -> (float) floating(value));
    TO.put(Double.class, Conversions::floating);
    TO.put(BigDecimal.class, Conversions::decimal);
    TO.put(BigInteger.class, value -> decimal(value).setScale(0, RoundingMode.DOWN).toBigInteger());
    TO.put(byte[].class, Conversions::bytes);
    TO.put(UUID.class, Conversions::uuid);
    TO.put(LocalDate.class, Temporals::date);
    TO.put(LocalTime.class, Temporals::time);
    TO.put(LocalDateTime.class, Temporals::dateTime);
    TO.put(OffsetDateTime.class, Temporals::offsetDateTime);
    TO.put(OffsetTime.class, Temporals::offsetTime);
    TO.put(ZonedDateTime.class, value -> Temporals.offsetDateTime(value).toZonedDateTime());
    TO.put(Instant.class, value -> Temporals.offsetDateTime(value).toInstant());
    TO.put(Date.class, value -> Date.valueOf(Temporals.date(value)));
    TO.put(Time.class, value -> Time.valueOf(Temporals.time(value)));
    TO.put(Timestamp.class, Temporals::timestamp);
    TO.put(java.util.Date.class, Temporals::timestamp);
    TO.put(Blob.class, value -> new SerialBlob(bytes(value)));
    TO.put(Clob.class, value -> new SerialClob(text(value).toCharArray()));
    TO.put(InputStream.class, value -> new ByteArrayInputStream(bytes(value)));
    TO.put(Reader.class, value -> new StringReader(text(value)));
    TO.put(Object[].class, Conversions::elements);
    TO.put(Array.class, value -> new LockstepArray(elements(value), "", Types.OTHER));
  }

  private Conversions() {}

  /**
   * Converts a value.
   *
   * @param valueOrNull as {@link dev.lockstep.sql.message.SqlValues} names them
   * @return null for null
   */
  static <T> T to(Class<T> type, Object valueOrNull) throws SQLException {
    if (valueOrNull == null || type.isInstance(valueOrNull) && type != Object.class) {
      return type.cast(valueOrNull);
    }
    Conversion conversion = TO.get(type);
    if (conversion == null) {
      throw new SQLDataException(
          "A value of a result cannot be had as " + type.getName() + ".", "22018");
    }
    return type.cast(conversion.apply(valueOrNull));
  }

  /**
   * The object that the engine's own driver would return, as far as it is one of {@code java.*}.
   *
   * @param className of that object
   */
  static Object toObject(Object valueOrNull, String className, int jdbcType) throws SQLException {
    if (valueOrNull == null) {
      return null;
    }
    switch (className) {
      case "java.sql.Date":
        return to(Date.class, valueOrNull);
      case "java.sql.Time":
        return to(Time.class, valueOrNull);
      case "java.sql.Timestamp":
        return to(Timestamp.class, valueOrNull);
      case "java.sql.Clob":
        return to(Clob.class, valueOrNull);
      case "java.sql.Blob":
        return to(Blob.class, valueOrNull);
      case "java.util.UUID":
        return to(UUID.class, valueOrNull);
      case "java.sql.Array":
        return to(Array.class, valueOrNull);
      default:
        break;
    }
    return switch (jdbcType) {
      case Types.DATE -> to(Date.class, valueOrNull);
      case Types.TIME -> to(Time.class, valueOrNull);
      case Types.TIMESTAMP -> to(Timestamp.class, valueOrNull);
      case Types.ARRAY -> to(Array.class, valueOrNull);
      default -> valueOrNull;
    };
  }

  /** The class of the values of a type, or null if a value says it itself. */
  static Class<?> classOrNull(int jdbcType) {
    return switch (jdbcType) {
      case Types.BIT, Types.BOOLEAN -> Boolean.class;
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER -> Integer.class;
      case Types.BIGINT -> Long.class;
      case Types.NUMERIC, Types.DECIMAL -> BigDecimal.class;
      case Types.REAL -> Float.class;
      case Types.FLOAT, Types.DOUBLE -> Double.class;
      case Types.CHAR,
          Types.VARCHAR,
          Types.LONGVARCHAR,
          Types.NCHAR,
          Types.NVARCHAR,
          Types.LONGNVARCHAR,
          Types.CLOB,
          Types.NCLOB ->
          String.class;
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> byte[].class;
      case Types.DATE -> LocalDate.class;
      case Types.TIME -> LocalTime.class;
      case Types.TIMESTAMP -> LocalDateTime.class;
      case Types.TIME_WITH_TIMEZONE -> OffsetTime.class;
      case Types.TIMESTAMP_WITH_TIMEZONE -> OffsetDateTime.class;
      default -> null;
    };
  }

  static String text(Object value) throws SQLException {
    if (value instanceof String text) {
      return text;
    } else if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    } else if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    } else if (value instanceof Object[] array) {
      return new LockstepArray(array, "", Types.OTHER).toString();
    } else if (value instanceof Clob clob) {
      return clob.getSubString(1, (int) Math.min(Integer.MAX_VALUE, clob.length()));
    }
    String text = Temporals.textOrNull(value);
    return text == null ? value.toString() : text;
  }

  private static Boolean truth(Object value) throws SQLException {
    if (value instanceof Number number) {
      return decimal(number).signum() != 0;
    }
    switch (text(value).strip().toLowerCase(Locale.ROOT)) {
      case "true", "t", "yes", "y", "on", "1":
        return true;
      case "false", "f", "no", "n", "off", "0":
        return false;
      default:
        throw unfit(value, "a truth value");
    }
  }

  private static long whole(Object value, long least, long most) throws SQLException {
    BigDecimal number = decimal(value).setScale(0, RoundingMode.DOWN);
    if (number.compareTo(BigDecimal.valueOf(least)) < 0
        || number.compareTo(BigDecimal.valueOf(most)) > 0) {
      throw new SQLDataException(
          "The value " + value + " is not between " + least + " and " + most + ".", "22003");
    }
    return number.longValue();
  }

  private static double floating(Object value) throws SQLException {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof String text) {
      try {
        return Double.parseDouble(text.strip());
      } catch (NumberFormatException e) {
        throw unfit(value, "a number");
      }
    }
    return decimal(value).doubleValue();
  }

  private static BigDecimal decimal(Object value) throws SQLException {
    if (value instanceof BigDecimal decimal) {
      return decimal;
    } else if (value instanceof Integer || value instanceof Long) {
      return BigDecimal.valueOf(((Number) value).longValue());
    } else if (value instanceof Boolean truth) {
      return truth ? BigDecimal.ONE : BigDecimal.ZERO;
    }
    try {
      // A Float by its own digits, not by those of the double that is nearest to it.
      return new BigDecimal(text(value).strip());
    } catch (NumberFormatException e) {
      throw unfit(value, "a number");
    }
  }

  static byte[] bytes(Object value) throws SQLException {
    if (value instanceof byte[] bytes) {
      return bytes.clone();
    } else if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    } else if (value instanceof UUID uuid) {
      return ByteBuffer.allocate(16)
          .putLong(uuid.getMostSignificantBits())
          .putLong(uuid.getLeastSignificantBits())
          .array();
    }
    throw unfit(value, "bytes");
  }

  private static UUID uuid(Object value) throws SQLException {
    if (value instanceof byte[] bytes && bytes.length == 16) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return new UUID(buffer.getLong(), buffer.getLong());
    }
    try {
      return UUID.fromString(text(value));
    } catch (IllegalArgumentException e) {
      throw unfit(value, "a UUID");
    }
  }

  private static Object[] elements(Object value) throws SQLException {
    if (value instanceof Object[] array) {
      return array.clone();
    }
    throw unfit(value, "an array");
  }

  static SQLException unfit(Object value, String what) {
    String shown = value instanceof byte[] ? "bytes" : "'" + value + "'";
    return new SQLDataException("The value " + shown + " is not " + what + ".", "22018");
  }
}
