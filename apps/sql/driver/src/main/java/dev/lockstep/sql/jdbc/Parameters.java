package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.Charset;
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
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Calendar;

/** Objects of an application as values that can be sent. */
final class Parameters {
  private Parameters() {}

  /** An object whose class says what it is. */
  static SqlParameter of(Object valueOrNull) throws SQLException {
    Object value = valueOrNull(valueOrNull);
    return SqlParameter.of(value);
  }

  /** An object as a type of {@link Types}. */
  static SqlParameter of(Object valueOrNull, int jdbcType) throws SQLException {
    Object value = valueOrNull(valueOrNull);
    Class<?> type = Conversions.classOrNull(jdbcType);
    return new SqlParameter(type == null ? value : Conversions.to(type, value), jdbcType);
  }

  /** One of the classes of {@link SqlValues}. */
  private static Object valueOrNull(Object object) throws SQLException {
    if (object == null) {
      return null;
    } else if (object instanceof Byte || object instanceof Short) {
      return ((Number) object).intValue();
    } else if (object instanceof BigInteger integer) {
      return new BigDecimal(integer);
    } else if (object instanceof Character character) {
      return character.toString();
    } else if (object instanceof Date date) {
      return date.toLocalDate();
    } else if (object instanceof Time time) {
      return time.toLocalTime();
    } else if (object instanceof Timestamp timestamp) {
      return timestamp.toLocalDateTime();
    } else if (object instanceof java.util.Date date) {
      return Temporals.zoned(date.getTime(), null);
    } else if (object instanceof Calendar calendar) {
      return Temporals.zoned(calendar.getTimeInMillis(), calendar);
    } else if (object instanceof Instant instant) {
      return instant.atOffset(ZoneOffset.UTC);
    } else if (object instanceof ZonedDateTime dateTime) {
      return dateTime.toOffsetDateTime();
    } else if (object instanceof byte[] bytes) {
      return bytes.clone();
    } else if (object instanceof Blob blob) {
      return blob.getBytes(1, length(blob.length()));
    } else if (object instanceof Clob clob) {
      return clob.getSubString(1, length(clob.length()));
    } else if (object instanceof InputStream stream) {
      return bytes(stream, -1);
    } else if (object instanceof Reader reader) {
      return text(reader, -1);
    } else if (object instanceof Array array) {
      return valueOrNull(array.getArray());
    } else if (object.getClass().isArray()) {
      Object[] values = new Object[java.lang.reflect.Array.getLength(object)];
      for (int i = 0; i < values.length; i++) {
        values[i] = valueOrNull(java.lang.reflect.Array.get(object, i));
      }
      return values;
    }
    try {
      SqlValues.check(object);
      return object;
    } catch (IllegalArgumentException e) {
      throw new SQLDataException(
          "An object of " + object.getClass().getName() + " cannot be a parameter.", "22018");
    }
  }

  private static int length(long length) throws SQLException {
    if (length > Integer.MAX_VALUE) {
      throw new SQLDataException("A value of " + length + " bytes is too long.", "22001");
    }
    return (int) length;
  }

  /** A date with the zone of a calendar. */
  static SqlParameter date(Date dateOrNull, Calendar calendarOrNull) throws SQLException {
    return dateOrNull == null || calendarOrNull == null
        ? of(dateOrNull, Types.DATE)
        : of(Temporals.zoned(dateOrNull.getTime(), calendarOrNull).toLocalDate());
  }

  /** A time with the zone of a calendar. */
  static SqlParameter time(Time timeOrNull, Calendar calendarOrNull) throws SQLException {
    return timeOrNull == null || calendarOrNull == null
        ? of(timeOrNull, Types.TIME)
        : of(Temporals.zoned(timeOrNull.getTime(), calendarOrNull).toLocalTime());
  }

  /** A timestamp with the zone of a calendar. */
  static SqlParameter timestamp(Timestamp timestampOrNull, Calendar calendarOrNull)
      throws SQLException {
    return timestampOrNull == null || calendarOrNull == null
        ? of(timestampOrNull, Types.TIMESTAMP)
        : of(
            OffsetDateTime.ofInstant(
                    timestampOrNull.toInstant(), calendarOrNull.getTimeZone().toZoneId())
                .toLocalDateTime());
  }

  /**
   * Reads a stream of bytes.
   *
   * @param length that it must have, or -1
   */
  static byte[] bytes(InputStream in, long length) throws SQLException {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (length < 0) {
        in.transferTo(out);
      } else {
        out.write(in.readNBytes(length(length)));
      }
      checkLength(out.size(), length);
      return out.toByteArray();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Reads a stream of bytes as text.
   *
   * @param length in bytes, or -1
   */
  static String text(InputStream in, long length, Charset charset) throws SQLException {
    return new String(bytes(in, length), charset);
  }

  /**
   * Reads a stream of characters.
   *
   * @param length that it must have, or -1
   */
  static String text(Reader in, long length) throws SQLException {
    try {
      StringBuilder text = new StringBuilder();
      char[] part = new char[4096];
      while (length < 0 || text.length() < length) {
        int wanted = length < 0 ? part.length : (int) Math.min(part.length, length - text.length());
        int read = in.read(part, 0, wanted);
        if (read < 0) {
          break;
        }
        text.append(part, 0, read);
      }
      checkLength(text.length(), length);
      return text.toString();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static void checkLength(long read, long length) throws SQLException {
    if (length >= 0 && read < length) {
      throw new SQLDataException(
          "The stream of a parameter ended after " + read + " of " + length + ".", "22026");
    }
  }

  private static SQLException unreadable(IOException e) {
    return new SQLException(
        "The stream of a parameter cannot be read: " + e.getMessage(), "22000", e);
  }
}
