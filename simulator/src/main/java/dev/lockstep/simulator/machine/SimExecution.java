package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.Sighting;
import java.util.List;

/** The executing thread of one process: does one thing after the other, behind the protocol. */
final class SimExecution {
  /** Hashing the table of sessions takes time. */
  private static final int SESSIONS_COMPARED_EVERY = 8;

  private final World world;
  private final ReplicaProcess process;
  private final SimService service;

  private long busyUntil;

  /** The state after this instance is wanted for a checkpoint; 0 for none. */
  private long snapshotAt;

  private byte[] snapshot;

  SimExecution(World world, ReplicaProcess process, SimService service) {
    this.world = world;
    this.process = process;
    this.service = service;
  }

  /** When so many requests will be executed, after everything before them. */
  long slot(int requests) {
    long time = 1;
    for (int i = 0; i < requests; i++) {
      time += SimStorage.around(world.hardware(), world.config().network().execution());
    }
    busyUntil = Math.max(busyUntil, world.now()) + time;
    return busyUntil;
  }

  void deliver(Delivery delivery) {
    long instance = delivery.instance();
    if (process.reportsState()) {
      world.saw(new Sighting.Delivered(process.id(), delivery));
      if (instance % SESSIONS_COMPARED_EVERY == 0) {
        world.saw(new Sighting.Sessions(process.id(), instance, process.replica().sessionHash()));
      }
    }
    if (world.isTracing()) {
      world.trace(
          process.name(),
          "delivers "
              + instance
              + " "
              + delivery.commands().stream().map(Delivery.Command::request).toList());
    }
    process.at(slot(delivery.commands().size()), () -> executed(delivery));
  }

  private void executed(Delivery delivery) {
    List<ServiceResult> results =
        service.execute(delivery).stream().map(ServiceResult::of).toList();
    if (process.reportsState()) {
      world.saw(new Sighting.Executed(process.id(), delivery.instance(), service.stateHash()));
    }
    if (snapshotAt == delivery.instance()) {
      snapshot = service.snapshot();
    }
    process.replica().onExecuted(delivery.instance(), results);
  }

  void read(ClientId client, Request request, int replier) {
    process.at(
        slot(1),
        () ->
            process
                .replica()
                .onRead(
                    client, request, replier, ServiceResult.of(service.read(request.operation()))));
  }

  void snapshot(long instance) {
    snapshotAt = instance;
    snapshot = null;
  }

  /** The state that was asked for, once. */
  byte[] takeSnapshot() {
    byte[] taken = snapshot;
    snapshot = null;
    snapshotAt = 0;
    return taken;
  }

  /** Replaces the state of the service; false if the content is no state. */
  boolean restore(byte[] content) {
    return service.restore(content);
  }
}
