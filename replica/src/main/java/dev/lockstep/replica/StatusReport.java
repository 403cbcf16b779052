package dev.lockstep.replica;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.transfer.TransferStatus;
import dev.lockstep.protocol.view.View;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the protocol thread what a replica is to say of itself. Any thread. */
final class StatusReport {
  private static final Logger LOG = LoggerFactory.getLogger(StatusReport.class);
  private static final long WAIT_MILLIS = 2_000;

  private final int self;
  private final String cluster;
  private final View view;
  private final Durability durability;
  private final ProtocolLoop protocol;
  private final ClientRoutes clients;
  private final FailStop failStop;

  StatusReport(
      int self,
      ClusterConfig cluster,
      Durability durability,
      ProtocolLoop protocol,
      ClientRoutes clients,
      FailStop failStop) {
    this.self = self;
    this.cluster = cluster.id();
    this.failStop = failStop;
    view = cluster.view();
    this.durability = durability;
    this.protocol = protocol;
    this.clients = clients;
  }

  /** If the protocol thread does not answer within two seconds, the replica is stopped. */
  ReplicaStatus ask() {
    if (failStop.hasStopped()) {
      return stopped(failStop.reasonOrNull());
    }
    try {
      return protocol.loop().submit(this::now).get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return stopped("nobody waited for its answer");
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      LOG.warn("replica {}: no status: {}", self, e.toString());
      return stopped("its protocol thread does not answer");
    }
  }

  private ReplicaStatus now() {
    Replica core = protocol.runningOrNull();
    return core == null
        ? stopped(failStop.hasStopped() ? failStop.reasonOrNull() : "it has not started yet")
        : status(
            state(core),
            null,
            core.regency(),
            view.leader(core.regency()),
            core.lastDelivered(),
            Math.max(0, core.highestHeard() - core.lastDelivered()),
            core.pendingRequests(),
            clients.clients(),
            core.transferStatus());
  }

  private ReplicaStatus stopped(String reason) {
    return status(ReplicaStatus.State.STOPPED, reason, -1, -1, -1, 0, 0, 0, TransferStatus.NONE);
  }

  private static ReplicaStatus.State state(Replica core) {
    if (core.transferStatus().phase() != TransferStatus.Phase.NONE) {
      return ReplicaStatus.State.TRANSFERRING;
    } else if (core.isLearner()) {
      return ReplicaStatus.State.LEARNING;
    }
    return core.isSynced() ? ReplicaStatus.State.RUNNING : ReplicaStatus.State.CHANGING_LEADER;
  }

  private ReplicaStatus status(
      ReplicaStatus.State state,
      String stopReason,
      long regency,
      int leader,
      long lastDelivered,
      long lag,
      int pendingRequests,
      int connectedClients,
      TransferStatus transfer) {
    return new ReplicaStatus(
        self,
        cluster,
        state,
        stopReason,
        view.id(),
        view.mode(),
        regency,
        leader,
        lastDelivered,
        lag,
        pendingRequests,
        protocol.connected(),
        view.size() - view.faults() - 1,
        connectedClients,
        durability.name().toLowerCase(Locale.ROOT),
        transfer);
  }
}
