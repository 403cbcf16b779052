package dev.lockstep.config;

import dev.lockstep.protocol.replica.ReplicaConfig;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What one replica is told besides the cluster. Nothing of this changes what is valid. Immutable.
 *
 * @param id which member of the cluster it is
 * @param data the folder for its log and checkpoints; empty if it keeps nothing on disk
 * @param bind the address at which it listens to peers and clients
 * @param adminHost the address of the admin endpoint
 * @param adminPort the port of the admin endpoint; 0 for any free one, {@link #NO_ADMIN} for none
 */
public record ReplicaSettings(
    int id,
    Optional<Path> data,
    String bind,
    String adminHost,
    int adminPort,
    Durability durability,
    ReplicaConfig.Timing timing,
    ReplicaConfig.Budgets budgets) {

  /** An admin port that is none. */
  public static final int NO_ADMIN = -1;

  private static final String LOOPBACK = "127.0.0.1";
  private static final int MAX_PORT = 65_535;
  private static final int MAX_DOUBLINGS = 20;
  private static final long MILLISECOND = 1000L;
  private static final long MIN_TRANSFER_RATE = 64 << 10;
  private static final long MAX_TRANSFER_RATE = 1L << 40;
  private static final long HOUR = 3600L * 1_000_000;

  /** Refuses values that make no sense, with a sentence that says which. */
  public ReplicaSettings {
    Rule.range("id", id, 0, Integer.MAX_VALUE);
    Rule.require(!bind.isBlank(), "bind is empty but must be an address of this machine");
    Rule.require(!adminHost.isBlank(), "admin.host is empty but must be an address");
    Rule.range("admin.port", adminPort, NO_ADMIN, MAX_PORT);
    micros("timing.request-timeout", timing.requestTimeout());
    Rule.range("timing.timeout-doublings", timing.timeoutDoublings(), 0, MAX_DOUBLINGS);
    micros("timing.status-period", timing.statusPeriod());
    micros("timing.fetch-period", timing.fetchPeriod());
    Rule.require(
        timing.batchPause() >= 0 && timing.batchPause() <= timing.requestTimeout() / 4,
        "timing.batch-pause is "
            + timing.batchPause()
            + " us but must be 0 to a quarter of timing.request-timeout");
    Rule.range("budgets.client-requests", budgets.clientRequests(), 1, Integer.MAX_VALUE);
    Rule.range("budgets.client-bytes", budgets.clientBytes(), 1, Long.MAX_VALUE);
    Rule.range("budgets.peer-requests", budgets.peerRequests(), 1, Integer.MAX_VALUE);
    Rule.range("budgets.peer-bytes", budgets.peerBytes(), 1, Long.MAX_VALUE);
    Rule.range("budgets.log-bytes", budgets.logBytes(), 1, Long.MAX_VALUE);
    Rule.range(
        "budgets.transfer-rate", budgets.transferBytes(), MIN_TRANSFER_RATE, MAX_TRANSFER_RATE);
    Rule.require(
        data.isPresent() || durability == Durability.MEMORY,
        "durability must be memory when there is no folder for data");
  }

  private static void micros(String key, long value) {
    Rule.require(
        value >= MILLISECOND && value <= HOUR,
        key + " is " + value + " us but must be 1 ms to 1 h");
  }

  /** For a replica in a process of many, that keeps nothing on disk and has no admin endpoint. */
  public static ReplicaSettings embedded(int id) {
    return new ReplicaSettings(
        id,
        Optional.empty(),
        LOOPBACK,
        LOOPBACK,
        NO_ADMIN,
        Durability.MEMORY,
        ReplicaConfig.Timing.defaults(),
        ReplicaConfig.Budgets.defaults());
  }

  /**
   * For a replica with files. It listens at its host's address if that is one of the loopback
   * interface, and otherwise at all addresses: what a host is called elsewhere may not be an
   * address of its own. Its admin endpoint is on the loopback interface, at the port after that for
   * clients.
   *
   * @param data relative to the replica's folder
   */
  public static ReplicaSettings defaults(
      ClusterConfig.Member member, Path data, Durability durability) {
    return new ReplicaSettings(
        member.id(),
        Optional.of(data),
        isLoopback(member.host()) ? member.host() : member.host().contains(":") ? "::" : "0.0.0.0",
        LOOPBACK,
        member.clientPort() + 1,
        durability,
        ReplicaConfig.Timing.defaults(),
        ReplicaConfig.Budgets.defaults());
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost") || host.equals("::1") || host.startsWith("127.");
  }

  /**
   * Refuses settings that do not go with the cluster: that of another replica, or budgets in which
   * not even one request has room.
   *
   * @throws IllegalArgumentException with a sentence that says why
   */
  public void checkAgainst(ClusterConfig cluster) {
    Rule.require(
        cluster.members().stream().anyMatch(member -> member.id() == id),
        "id is " + id + " but must be that of a replica of cluster " + cluster.name());
    int request = cluster.limits().requestBytes();
    room("budgets.client-bytes", budgets.clientBytes(), request);
    room("budgets.peer-bytes", budgets.peerBytes(), request);
  }

  /** A held request counts with a little more than its operation. */
  private static void room(String key, long bytes, int request) {
    long least = request + 1024L;
    Rule.require(
        bytes >= least,
        key
            + " is "
            + bytes
            + " bytes but must be at least "
            + least
            + ", the cluster's limits.request-bytes and 1024");
  }
}
