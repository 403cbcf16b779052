package dev.lockstep.replica;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.storage.LogConfig;
import dev.lockstep.storage.LogListener;
import dev.lockstep.storage.LogMode;
import dev.lockstep.storage.ReplicaLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log in a directory, in the durability that the replica's settings ask for. */
final class DiskLog implements VoteLog {
  private static final Logger LOG = LoggerFactory.getLogger(DiskLog.class);

  private final int self;
  private final ReplicaLog log;

  DiskLog(
      int self, Path directory, Durability durability, ClusterConfig cluster, LogListener listener)
      throws IOException {
    this.self = self;
    LogMode mode =
        switch (durability) {
          case DURABLE -> LogMode.DURABLE;
          case MEMORY -> LogMode.MEMORY;
          case ASYNC -> LogMode.ASYNC;
        };
    log =
        ReplicaLog.open(
            directory,
            LogConfig.of(
                cluster.clusterDigest(),
                cluster.configurationDigest(),
                self,
                mode,
                cluster.view().codecLimits()),
            listener);
  }

  @Override
  public StartState start(Checkpoint checkpoint) throws IOException {
    if (log.loss() != null) {
      LOG.warn(
          "replica {}: its votes are lost ({}); it learns from the others before it votes again",
          self,
          log.loss());
    }
    StartState found = log.start(checkpoint == null ? 0 : checkpoint.instance());
    return new StartState(found.kind(), found.records(), checkpoint);
  }

  @Override
  public void append(long ticket, Record record) {
    log.append(ticket, record);
  }

  @Override
  public long flush() {
    return log.flush();
  }

  @Override
  public List<Record.Decided> read(long from, int bytes) throws IOException {
    return log.readDecisions(from, bytes);
  }

  @Override
  public boolean storesDecisions() {
    return true;
  }

  @Override
  public void truncate(long below) {
    log.truncateBelow(below);
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
