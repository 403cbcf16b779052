package dev.lockstep.fabric.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as they are written in a channel's configuration: {@code 500ms}, {@code 1m30s}. */
final class Durations {
  private static final Pattern WHOLE =
      Pattern.compile("(?:[0-9]{1,12}(?:\\.[0-9]{0,12})?[a-zµμ]{1,2}){1,8}");
  private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]*)?)([a-zµμ]+)");
  private static final Map<String, BigDecimal> NANOS =
      Map.of(
          "ns", new BigDecimal(1L),
          "us", new BigDecimal(1_000L),
          "µs", new BigDecimal(1_000L),
          "μs", new BigDecimal(1_000L),
          "ms", new BigDecimal(1_000_000L),
          "s", new BigDecimal(1_000_000_000L),
          "m", new BigDecimal(60_000_000_000L),
          "h", new BigDecimal(3_600_000_000_000L));
  private static final BigDecimal NANOS_PER_MICRO = new BigDecimal(1_000L);
  private static final BigDecimal MAX_NANOS = new BigDecimal(Long.MAX_VALUE);

  private Durations() {}

  /** Microseconds, rounded up; -1 if it is no positive duration. */
  static long microsOrMinusOne(String text) {
    if (!WHOLE.matcher(text).matches()) {
      return -1;
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      BigDecimal unit = NANOS.get(part.group(2));
      if (unit == null) {
        return -1;
      }
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
    }
    if (nanos.signum() <= 0 || nanos.compareTo(MAX_NANOS) > 0) {
      return -1;
    }
    return nanos.divide(NANOS_PER_MICRO, 0, RoundingMode.CEILING).longValueExact();
  }
}
