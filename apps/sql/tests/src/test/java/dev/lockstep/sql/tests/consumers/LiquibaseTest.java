package dev.lockstep.sql.tests.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import javax.sql.DataSource;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.resource.ClassLoaderResourceAccessor;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class LiquibaseTest {

  private static void update(DataSource source) throws Exception {
    Database database =
        DatabaseFactory.getInstance()
            .findCorrectDatabaseImplementation(new JdbcConnection(source.getConnection()));
    try (Liquibase liquibase =
        new Liquibase("liquibase/changes.xml", new ClassLoaderResourceAccessor(), database)) {
      liquibase.update(new Contexts(), new LabelExpression());
      assertThat(liquibase.listUnrunChangeSets(new Contexts(), new LabelExpression())).isEmpty();
    }
  }

  @ConsumerTest
  void changesAreApplied(String name, String url) throws Exception {
    Databases.empty(url);
    DataSource source = Sources.of(url);
    update(source);
    update(source);
    try (Connection connection = source.getConnection();
        ResultSet row =
            connection.createStatement().executeQuery("select title, pages from book")) {
      row.next();
      assertThat(row.getString("title")).isEqualTo("Practical Byzantine Fault Tolerance");
      assertThat(row.getInt("pages")).isEqualTo(14);
      assertThat(row.next()).isFalse();
    }
  }
}
