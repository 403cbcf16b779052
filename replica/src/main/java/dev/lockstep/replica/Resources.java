package dev.lockstep.replica;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * What a replica may come to need, by its limits and budgets, against what there is; so that an
 * operator hears of it at the start, and not in the worst minute.
 */
final class Resources {
  /** Segments, checkpoints, listeners, epoll, jars. */
  private static final int OTHER_DESCRIPTORS = 200;

  private Resources() {}

  /**
   * Bytes that budgets allow to be held at the same time, without the service: what waits to be
   * sent to clients and peers, requests of peers, and of sixteen clients that fill theirs,
   * decisions and replies that are kept.
   */
  static long heapBytes(View view, ReplicaConfig.Budgets budgets) {
    long peers = view.size() - 1L;
    return NetworkLimits.forClients(view.limits()).outboundBytesOfAll()
        + peers * (NetworkLimits.forPeers().outboundBytes() + budgets.peerBytes())
        + 16 * budgets.clientBytes()
        + budgets.logBytes()
        + view.limits().replyCacheBytes();
  }

  /** One for each connection that may be there, and the files. */
  static long descriptors(View view) {
    NetworkLimits clients = NetworkLimits.forClients(view.limits());
    return clients.connections() + 2L * clients.unauthenticated() + OTHER_DESCRIPTORS;
  }

  /** Of the log between two checkpoints, if all batches are full: what must fit on the disk. */
  static long logBytes(View view, long checkpointPeriod) {
    return 3 * checkpointPeriod * view.limits().batchBytes();
  }

  /** In sentences, what is less than it may have to be. */
  static List<String> shortages(
      View view, ReplicaConfig.Budgets budgets, long heap, long descriptors) {
    List<String> found = new ArrayList<>();
    if (heap < heapBytes(view, budgets)) {
      found.add(
          "the heap is %d MiB, and budgets allow that %d MiB are held, without the service: give it"
                  .formatted(heap >> 20, heapBytes(view, budgets) >> 20)
              + " more (-Xmx), or lower the budgets in replica.yaml");
    }
    if (descriptors < descriptors(view)) {
      found.add(
          "%d files and connections may be open, and %d may be needed: raise the limit (ulimit -n)"
              .formatted(descriptors, descriptors(view)));
    }
    return found;
  }

  /** The limit of this process; a large number where nobody knows. */
  static long descriptorLimit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }
}
