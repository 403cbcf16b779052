package dev.lockstep.sql.tests.consumers;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Databases for tests with a parameter: each time an empty one. */
final class Databases {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private Databases() {}

  /** The name of a kind of database, and the URL of an empty one. */
  static Stream<Arguments> urls() {
    return Stream.of(
        Arguments.of(
            "h2", "jdbc:h2:mem:consumer" + COUNT.incrementAndGet() + ";DB_CLOSE_DELAY=-1"));
  }
}
