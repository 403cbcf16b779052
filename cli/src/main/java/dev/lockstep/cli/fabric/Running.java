package dev.lockstep.cli.fabric;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import org.slf4j.LoggerFactory;

/** Runs a part of the service until it is told to stop, or stops by itself. */
final class Running {
  private static final int STOPPED_BY_ITSELF = 1;

  /** Held, since levels are forgotten with their loggers. Clients that go away are no news. */
  private static final java.util.logging.Logger GRPC =
      java.util.logging.Logger.getLogger("io.grpc");

  private Running() {}

  static void logAsServer() {
    GRPC.setLevel(java.util.logging.Level.SEVERE);
    if (System.getenv("LOCKSTEP_LOG") == null) {
      ((Logger) LoggerFactory.getLogger("dev.lockstep")).setLevel(Level.INFO);
    }
  }

  /**
   * Waits for the end.
   *
   * @param what for people
   * @param close ends it; called once
   * @param failed completes when it stops by itself
   * @return the exit code
   */
  static int untilTheEnd(
      String what, Runnable close, CompletableFuture<String> failed, PrintWriter err) {
    Thread closing = new Thread(close, "lockstep-shutdown");
    Runtime.getRuntime().addShutdownHook(closing);
    String reason = failed.join();
    if (closing.isAlive()) {
      return 0;
    }
    Runtime.getRuntime().removeShutdownHook(closing);
    close.run();
    // Last, so that it is what 'up' shows of the log.
    err.println("lockstep: " + what + " stopped: " + reason);
    err.flush();
    return STOPPED_BY_ITSELF;
  }
}
