package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import java.util.Objects;

/**
 * How a replica keeps its log.
 *
 * @param cluster digest that names the cluster; a directory of another one is refused
 * @param configuration digest of everything that decides what is valid: what was decided under
 *     another one is not gone on from
 * @param replica id of the replica; a directory of another one is refused
 * @param mode when a record counts as kept
 * @param limits of the codec; must cover every view whose instances are in the log
 * @param segmentBytes size at which a new segment is begun; a larger record makes a larger segment
 * @param forceIntervalMillis in {@link LogMode#ASYNC}, how often the file is forced to the disk
 * @param bootId names the current boot of the machine, see {@link BootId}
 */
public record LogConfig(
    Digest cluster,
    Digest configuration,
    int replica,
    LogMode mode,
    CodecLimits limits,
    int segmentBytes,
    int forceIntervalMillis,
    String bootId) {

  private static final int SEGMENT_BYTES = 64 << 20;
  private static final int LEAST_SEGMENT_BYTES = 4096;
  private static final int FORCE_INTERVAL_MILLIS = 200;

  public LogConfig {
    Objects.requireNonNull(cluster, "cluster");
    Objects.requireNonNull(configuration, "configuration");
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(bootId, "bootId");
    if (replica < 0) {
      throw new IllegalArgumentException("replica is " + replica + " but must not be negative");
    }
    if (segmentBytes < LEAST_SEGMENT_BYTES) {
      throw new IllegalArgumentException(
          "segmentBytes is " + segmentBytes + " but must be at least " + LEAST_SEGMENT_BYTES);
    }
    if (forceIntervalMillis < 1) {
      throw new IllegalArgumentException(
          "forceIntervalMillis is " + forceIntervalMillis + " but must be at least 1");
    }
  }

  /** Segments of 64 MiB, forced every 200 ms in {@link LogMode#ASYNC}. */
  public static LogConfig of(
      Digest cluster, Digest configuration, int replica, LogMode mode, CodecLimits limits) {
    return new LogConfig(
        cluster,
        configuration,
        replica,
        mode,
        limits,
        SEGMENT_BYTES,
        FORCE_INTERVAL_MILLIS,
        BootId.ofThisMachine());
  }

  public LogConfig withMode(LogMode other) {
    return new LogConfig(
        cluster, configuration, replica, other, limits, segmentBytes, forceIntervalMillis, bootId);
  }

  public LogConfig withSegmentBytes(int bytes) {
    return new LogConfig(
        cluster, configuration, replica, mode, limits, bytes, forceIntervalMillis, bootId);
  }

  public LogConfig withBootId(String id) {
    return new LogConfig(
        cluster, configuration, replica, mode, limits, segmentBytes, forceIntervalMillis, id);
  }
}
