package dev.lockstep.sql.tests.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;

class FlywayTest {

  @ConsumerTest
  void migrationsAreApplied(String name, String url) throws Exception {
    Databases.empty(url);
    DataSource source = Sources.of(url);
    Flyway flyway = Flyway.configure().dataSource(source).locations("classpath:flyway").load();
    assertThat(flyway.migrate().migrationsExecuted).isEqualTo(2);
    assertThat(flyway.migrate().migrationsExecuted).isZero();
    assertThat(flyway.validateWithResult().validationSuccessful).isTrue();
    assertThat(flyway.info().applied())
        .extracting(MigrationInfo::getScript)
        .containsExactly("V1__accounts.sql", "V2__notes.sql");
    try (Connection connection = source.getConnection();
        ResultSet row =
            connection
                .createStatement()
                .executeQuery("select owner, note from account where id = 1")) {
      row.next();
      assertThat(row.getString("owner")).isEqualTo("alice");
      assertThat(row.getString("note")).isEqualTo("first customer");
    }
  }
}
