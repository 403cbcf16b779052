package dev.lockstep.testkit.process;

import dev.lockstep.api.Service;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.replica.ServiceReplica;
import dev.lockstep.testkit.byzantine.Misbehaviour;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * A replica as a process of its own: the program that {@link ProcessCluster} starts. It ends when
 * its standard input does, so that it never outlives the process that started it.
 */
public final class ReplicaProcess {
  private ReplicaProcess() {}

  /**
   * @param args the replica's folder, the service's class, and optionally a {@link Misbehaviour}
   */
  public static void main(String[] args) throws Exception {
    ReplicaDirectory directory = ReplicaDirectory.open(Path.of(args[0]));
    Service service =
        Class.forName(args[1]).asSubclass(Service.class).getDeclaredConstructor().newInstance();
    ServiceReplica.Builder builder =
        ServiceReplica.builder(
            directory.cluster(), directory.settings(), directory.credentials(), service);
    if (args.length > 2) {
      Misbehaviour.parse(args[2]).applyTo(builder);
    }
    try (ServiceReplica replica = builder.start()) {
      CompletableFuture<Object> parentGone = CompletableFuture.supplyAsync(ReplicaProcess::await);
      CompletableFuture.anyOf(parentGone, replica.whenStopped()).join();
    }
    // Threads that a stuck service still runs must not keep the process.
    Runtime.getRuntime().halt(0);
  }

  private static Object await() {
    try {
      while (System.in.read() >= 0) {
        // What it says does not matter.
      }
    } catch (IOException e) {
      return e;
    }
    return "the end";
  }
}
