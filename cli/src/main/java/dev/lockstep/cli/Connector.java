package dev.lockstep.cli;

import dev.lockstep.api.Invoker;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientDirectory;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.protocol.client.ClientConfig.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How commands reach the service of a cluster. */
@FunctionalInterface
interface Connector {
  /**
   * Makes a client.
   *
   * @param directory of the cluster, whose first client it will be, or of a client
   * @param patience for each call
   * @throws IOException with one sentence if there is no usable configuration
   */
  Connection connect(Path directory, Duration patience) throws IOException;

  /** A client. */
  interface Connection extends AutoCloseable {
    Invoker invoker();

    @Override
    void close();
  }

  /** Over the network, with the keys that are in the folder. */
  static Connection overNetwork(Path directory, Duration patience) throws IOException {
    DatabaseFolder.refuse(directory, "lockstep sql shell DIR");
    ClientDirectory client =
        ClientDirectory.open(
            Files.isRegularFile(directory.resolve("client.yaml"))
                ? directory
                : ClusterDirectory.open(directory).firstClient());
    Timing timing = client.settings().timing();
    long micros = TimeUnit.NANOSECONDS.toMicros(patience.toNanos());
    ServiceProxy proxy =
        ServiceProxy.builder(client.cluster(), client.credentials())
            .settings(
                new ClientSettings(
                    new Timing(
                        timing.retransmitMicros(),
                        timing.retransmitCapMicros(),
                        timing.readTimeoutMicros(),
                        micros,
                        timing.openDeadlineMicros()),
                    client.settings().queuedCalls()))
            .build();
    return of(proxy, proxy::close);
  }

  /** A connection to something that is there already. */
  static Connection of(Invoker invoker, Runnable close) {
    return new Connection() {
      @Override
      public Invoker invoker() {
        return invoker;
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
