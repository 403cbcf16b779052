package dev.lockstep.sql.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.server.engine.Dialect;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** The same on four PostgreSQL servers; left out with a message where it is not installed. */
@Tag("slow")
class PostgresSessionTest extends SessionContract {
  @TempDir static Path folder;

  @Override
  SqlVariant variant() {
    return SqlVariant.OPTIMISED;
  }

  @Override
  Dialect dialect() {
    return Dialect.POSTGRESQL;
  }

  @Override
  LocalSqlCluster newCluster() {
    assumeTrue(
        PostgresServer.installed().isPresent(),
        "PostgreSQL is not installed, so replicas on it are not tested");
    return LocalSqlCluster.builder().engine(PostgresSessionTest::engine).start();
  }

  static Engine engine(int replica) {
    try {
      return PostgresServer.start(folder.resolve("replica-" + replica), 0).engine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
