package dev.lockstep.sql.tests.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class HikariTest {

  @ConsumerTest
  void threadsShareAPool(String name, String url) throws Exception {
    Databases.empty(url);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(4);
    config.setConnectionTimeout(20_000);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("create table pooled (id int primary key, worker int not null)");
      }
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try {
        List<Future<?>> ends = new ArrayList<>();
        for (int worker = 0; worker < 8; worker++) {
          int number = worker;
          ends.add(threads.submit(() -> insert(pool, number)));
        }
        for (Future<?> end : ends) {
          end.get();
        }
      } finally {
        threads.shutdownNow();
      }
      try (Connection connection = pool.getConnection();
          ResultSet row =
              connection.createStatement().executeQuery("select count(*) from pooled")) {
        row.next();
        assertThat(row.getInt(1)).isEqualTo(40);
      }
      assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isBetween(1, 4);
    }
  }

  private static Void insert(HikariDataSource pool, int worker) throws Exception {
    for (int i = 0; i < 5; i++) {
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        try (PreparedStatement insert =
            connection.prepareStatement("insert into pooled (id, worker) values (?, ?)")) {
          insert.setInt(1, worker * 5 + i);
          insert.setInt(2, worker);
          insert.executeUpdate();
        }
        connection.commit();
      }
    }
    return null;
  }
}
