package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.message.Ordering;
import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlParameter;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * A statement as the engine gets it. The same on all replicas.
 *
 * @param sql for the engine
 * @param sources of its parameters, in their order
 * @param order of its rows
 * @param ids sequences and identity columns that it draws from, in the order of their values
 */
public record Plan(
    StatementPolicy.Kind kind, String sql, List<Source> sources, Order order, List<String> ids) {
  public Plan {
    sources = List.copyOf(sources);
    ids = List.copyOf(ids);
  }

  /** Where the value of a parameter comes from. */
  sealed interface Source {
    /** From the application. */
    record Given(int index) implements Source {}

    /**
     * From the transaction.
     *
     * @param digits of the fraction of a second
     */
    record Drawn(FunctionPolicy.Action action, int digits) implements Source {}

    /** From what was reserved. */
    record Reserved(int index) implements Source {}
  }

  /**
   * The order of the rows.
   *
   * @param total whether rows that are in no order are equal
   * @param keys what they are ordered by: names of columns as written, or their positions
   */
  public record Order(boolean total, List<String> keys) {
    static final Order NONE = new Order(false, List.of());

    public Order {
      keys = List.copyOf(keys);
    }
  }

  /**
   * What a transaction gives its statements, the same on all replicas.
   *
   * @param timestampMicros its time
   * @param seed of its random numbers
   */
  public record Circumstances(long timestampMicros, long seed) {}

  /** How many parameters the application must give. */
  public int given() {
    return (int) sources.stream().filter(Source.Given.class::isInstance).count();
  }

  /** Of what belongs to the parameters, what belongs to those that the application gives. */
  public <T> List<T> givenOf(List<T> all) {
    List<T> given = new ArrayList<>();
    for (int i = 0; i < Math.min(all.size(), sources.size()); i++) {
      if (sources.get(i) instanceof Source.Given) {
        given.add(all.get(i));
      }
    }
    return given;
  }

  /**
   * The values of all parameters.
   *
   * @param step of the transaction that it is
   * @throws RefusedSql if there are too few or too many of them
   */
  public List<SqlParameter> bind(
      List<SqlParameter> parameters, List<Long> reserved, Circumstances circumstances, int step)
      throws RefusedSql {
    if (parameters.size() != given()) {
      throw new RefusedSql(
          "07001",
          "the statement has "
              + given()
              + " parameters, but "
              + parameters.size()
              + " values were given");
    }
    if (reserved.size() < ids.size()) {
      throw new RefusedSql("0A000", "values must be reserved for the statement first");
    }
    Random random = new Random(circumstances.seed ^ (step + 1) * 0x9E3779B97F4A7C15L);
    List<SqlParameter> values = new ArrayList<>(sources.size());
    for (Source source : sources) {
      if (source instanceof Source.Given given) {
        values.add(parameters.get(given.index));
      } else if (source instanceof Source.Reserved id) {
        values.add(new SqlParameter(reserved.get(id.index), Types.BIGINT));
      } else {
        values.add(drawn((Source.Drawn) source, circumstances.timestampMicros, random));
      }
    }
    return values;
  }

  private static SqlParameter drawn(Source.Drawn source, long micros, Random random) {
    long unit = 1;
    for (int i = source.digits; i < 6; i++) {
      unit *= 10;
    }
    OffsetDateTime now =
        Instant.EPOCH
            .plus(Math.floorDiv(micros, unit) * unit, ChronoUnit.MICROS)
            .atOffset(ZoneOffset.UTC);
    LocalDateTime local = now.toLocalDateTime();
    return switch (source.action) {
      case TIMESTAMP_ZONED -> SqlParameter.of(now);
      case TIMESTAMP -> SqlParameter.of(local);
      case DATE -> SqlParameter.of(local.toLocalDate());
      case TIME_ZONED -> SqlParameter.of(now.toOffsetTime());
      case TIME -> SqlParameter.of(local.toLocalTime());
      case RANDOM -> SqlParameter.of(random.nextDouble());
      case UUID -> SqlParameter.of(randomUuid(random));
      default -> throw new IllegalStateException("nothing is drawn for " + source.action);
    };
  }

  private static UUID randomUuid(Random random) {
    long high = random.nextLong() & ~0xF000L | 0x4000L;
    long low = random.nextLong() & 0x3FFFFFFFFFFFFFFFL | 0x8000000000000000L;
    return new UUID(high, low);
  }

  /** The order in terms of the columns that came of it. */
  public Ordering ordering(List<SqlColumn> columns) {
    if (order.total) {
      return Ordering.TOTAL;
    }
    List<Integer> found = new ArrayList<>();
    for (String key : order.keys) {
      int position = position(key, columns);
      if (position < 0) {
        // What comes after it only orders rows that are equal in it.
        break;
      }
      found.add(position);
    }
    return new Ordering(false, found);
  }

  private static int position(String key, List<SqlColumn> columns) {
    if (key.chars().allMatch(Character::isDigit)) {
      int number = key.length() > 6 ? 0 : Integer.parseInt(key);
      return number >= 1 && number <= columns.size() ? number - 1 : -1;
    }
    int found = -1;
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).label().equalsIgnoreCase(key)) {
        if (found >= 0) {
          return -1;
        }
        found = i;
      }
    }
    return found;
  }
}
