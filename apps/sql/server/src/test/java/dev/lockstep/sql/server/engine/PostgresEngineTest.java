package dev.lockstep.sql.server.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class PostgresEngineTest extends EngineContract {
  @TempDir static Path folder;
  private static PostgresServer server;

  @BeforeAll
  static void startServer() throws IOException {
    assumeTrue(
        PostgresServer.installed().isPresent(),
        "PostgreSQL is not installed, so its engine is not tested");
    server = PostgresServer.start(folder.resolve("pg"), 0);
  }

  @AfterAll
  static void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @Override
  Engine open() {
    return server.engineThatLeavesItRunning();
  }
}
