package dev.lockstep.benchmarks;

import dev.lockstep.api.Service;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.replica.ServiceReplica;
import dev.lockstep.services.Services;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * The process of one replica of a benchmark. It ends with its standard input, and so never outlives
 * the benchmark that started it, however that one ends.
 */
final class BenchReplica {
  private BenchReplica() {}

  /**
   * @param args the replica's folder and the name of the service
   */
  public static void main(String[] args) throws IOException {
    CompletableFuture<String> orphaned = new CompletableFuture<>();
    Thread watch = new Thread(() -> awaitEnd(System.in, orphaned), "parent-watch");
    watch.setDaemon(true);
    watch.start();
    ReplicaDirectory directory = ReplicaDirectory.open(Path.of(args[0]));
    Service service = Services.create(args[1]);
    try (ServiceReplica replica =
        ServiceReplica.builder(
                directory.cluster(), directory.settings(), directory.credentials(), service)
            .start()) {
      CompletableFuture<Object> end = CompletableFuture.anyOf(orphaned, replica.whenStopped());
      System.err.println("ended: " + end.join());
    }
  }

  private static void awaitEnd(InputStream in, CompletableFuture<String> ended) {
    try {
      in.transferTo(OutputStream.nullOutputStream());
      ended.complete("the benchmark is over");
    } catch (IOException e) {
      ended.complete("the benchmark cannot be heard: " + e);
    }
  }
}
