package dev.lockstep.sql.jdbc;

import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Calendar;

/**
 * Dates and times. Those without a zone are of the zone of this program where JDBC has a point in
 * time, or of a calendar's.
 */
final class Temporals {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .toFormatter(java.util.Locale.ROOT);

  private static final DateTimeFormatter DATE_TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendLiteral(' ')
          .append(TIME)
          .toFormatter(java.util.Locale.ROOT);

  private Temporals() {}

  /** As SQL writes it; null for what is neither a date nor a time. */
  static String textOrNull(Object value) {
    if (value instanceof LocalTime time) {
      return TIME.format(time);
    } else if (value instanceof OffsetTime time) {
      return TIME.format(time.toLocalTime()) + offset(time.getOffset());
    } else if (value instanceof LocalDateTime dateTime) {
      return DATE_TIME.format(dateTime);
    } else if (value instanceof OffsetDateTime dateTime) {
      return DATE_TIME.format(dateTime.toLocalDateTime()) + offset(dateTime.getOffset());
    }
    return null;
  }

  private static String offset(ZoneOffset offset) {
    return offset.equals(ZoneOffset.UTC) ? "+00" : offset.getId();
  }

  static LocalDate date(Object value) throws SQLException {
    if (value instanceof LocalDate date) {
      return date;
    } else if (value instanceof LocalTime || value instanceof OffsetTime) {
      throw Conversions.unfit(value, "a date");
    }
    return value instanceof String text && text.strip().length() == 10
        ? parse(text, "a date", LocalDate::parse)
        : dateTime(value).toLocalDate();
  }

  static LocalTime time(Object value) throws SQLException {
    if (value instanceof LocalTime time) {
      return time;
    } else if (value instanceof OffsetTime time) {
      return time.toLocalTime();
    }
    return value instanceof String text && text.indexOf(':') == 2
        ? parse(text, "a time", LocalTime::parse)
        : dateTime(value).toLocalTime();
  }

  static LocalDateTime dateTime(Object value) throws SQLException {
    if (value instanceof LocalDateTime dateTime) {
      return dateTime;
    } else if (value instanceof LocalDate date) {
      return date.atStartOfDay();
    } else if (value instanceof LocalTime time) {
      return LocalDate.EPOCH.atTime(time);
    } else if (value instanceof OffsetDateTime dateTime) {
      return dateTime.atZoneSameInstant(ZoneId.systemDefault()).toLocalDateTime();
    } else if (value instanceof Timestamp timestamp) {
      return timestamp.toLocalDateTime();
    } else if (value instanceof java.util.Date date) {
      return zoned(date.getTime(), null);
    } else if (value instanceof String text) {
      if (text.strip().length() == 10) {
        return date(text).atStartOfDay();
      }
      return parse(
          text, "a timestamp", written -> LocalDateTime.parse(written.replaceFirst(" ", "T")));
    }
    throw Conversions.unfit(value, "a timestamp");
  }

  static OffsetDateTime offsetDateTime(Object value) throws SQLException {
    if (value instanceof OffsetDateTime dateTime) {
      return dateTime;
    } else if (value instanceof Instant instant) {
      return instant.atOffset(ZoneOffset.UTC);
    } else if (value instanceof String text && text.matches(".*([+-]\\d\\d(:?\\d\\d)?|Z)$")) {
      String full = text.strip().replaceFirst("([+-]\\d\\d)$", "$1:00");
      return parse(
          full, "a timestamp", written -> OffsetDateTime.parse(written.replaceFirst(" ", "T")));
    }
    return dateTime(value).atZone(ZoneId.systemDefault()).toOffsetDateTime();
  }

  static OffsetTime offsetTime(Object value) throws SQLException {
    if (value instanceof OffsetTime time) {
      return time;
    } else if (value instanceof OffsetDateTime dateTime) {
      return dateTime.toOffsetTime();
    }
    return time(value).atOffset(ZoneId.systemDefault().getRules().getOffset(Instant.EPOCH));
  }

  static Timestamp timestamp(Object value) throws SQLException {
    return value instanceof OffsetDateTime dateTime
        ? Timestamp.from(dateTime.toInstant())
        : Timestamp.valueOf(dateTime(value));
  }

  /** A point in time that a calendar's zone gives to a value without one. */
  static Instant instant(Object value, Calendar calendarOrNull) throws SQLException {
    return value instanceof OffsetDateTime dateTime
        ? dateTime.toInstant()
        : dateTime(value).atZone(zone(calendarOrNull)).toInstant();
  }

  /** What clocks of a calendar's zone show at a point in time. */
  static LocalDateTime zoned(long millis, Calendar calendarOrNull) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), zone(calendarOrNull));
  }

  private static ZoneId zone(Calendar calendarOrNull) {
    return calendarOrNull == null
        ? ZoneId.systemDefault()
        : calendarOrNull.getTimeZone().toZoneId();
  }

  private interface Parser<T> {
    T parse(String text);
  }

  private static <T> T parse(String text, String what, Parser<T> parser) throws SQLException {
    try {
      return parser.parse(text.strip());
    } catch (DateTimeException e) {
      throw Conversions.unfit(text, what);
    }
  }
}
