package dev.lockstep.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them: a whole number and a unit. */
final class Units {
  static final Units DURATION =
      new Units(
          "a whole number with the unit us, ms, s, min or h",
          Map.entry("us", 1L),
          Map.entry("ms", 1_000L),
          Map.entry("s", 1_000_000L),
          Map.entry("min", 60_000_000L),
          Map.entry("h", 3_600_000_000L));

  static final Units SIZE =
      new Units(
          "a whole number with the unit B, KiB, MiB or GiB",
          Map.entry("B", 1L),
          Map.entry("KiB", 1L << 10),
          Map.entry("MiB", 1L << 20),
          Map.entry("GiB", 1L << 30));

  private static final Pattern FORM = Pattern.compile("([0-9]{1,18}) *([A-Za-z]+)");

  /** Ascending. */
  private final Map<String, Long> factors = new LinkedHashMap<>();

  private final String rule;

  @SafeVarargs
  private Units(String rule, Map.Entry<String, Long>... factors) {
    this.rule = rule;
    for (Map.Entry<String, Long> factor : factors) {
      this.factors.put(factor.getKey(), factor.getValue());
    }
  }

  /** What a text must be. */
  String rule() {
    return rule;
  }

  /** The number of the smallest units, if the text is one. */
  Optional<Long> parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Long factor = factors.get(matcher.group(2));
    long number = Long.parseLong(matcher.group(1));
    if (factor == null || number > Long.MAX_VALUE / factor) {
      return Optional.empty();
    }
    return Optional.of(number * factor);
  }

  /** With the largest unit in which it is a whole number. */
  String format(long value) {
    String unit = null;
    for (Map.Entry<String, Long> factor : factors.entrySet()) {
      if (unit == null || (value != 0 && value % factor.getValue() == 0)) {
        unit = factor.getKey();
      }
    }
    return value / factors.get(unit) + " " + unit;
  }
}
