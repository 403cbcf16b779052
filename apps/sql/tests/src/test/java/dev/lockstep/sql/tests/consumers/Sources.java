package dev.lockstep.sql.tests.consumers;

import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Data sources that open a connection by its URL each time, as programs without a pool do. */
final class Sources {
  private Sources() {}

  static DataSource of(String url) {
    return new DriverManagerDataSource(url);
  }
}
