package dev.lockstep.fabric.broadcast;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.config.ChannelConfig;
import java.time.Instant;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;

/**
 * A request for blocks that is well formed. Access is checked anew with every configuration, also
 * while blocks are delivered. Not thread-safe.
 */
public final class DeliverRequest {
  private DeliverRequest() {}

  /** Either a request or the status to answer. */
  public record Parsed(DeliverRequest requestOrNull, Status status, String reason) {}

  /**
   * Reads a request and checks all that comes before access.
   *
   * @param channels the configuration of a channel, or null if there is no such channel
   * @param tlsCertificateHashOrNull SHA-256 of the client's certificate if TLS is mutual
   */
  public static Parsed parse(
      Envelope envelope,
      Function<String, ChannelConfig> channels,
      Instant now,
      ByteString tlsCertificateHashOrNull) {
    throw new UnsupportedOperationException();
  }

  /** The channel. */
  public String channelId() {
    throw new UnsupportedOperationException();
  }

  /** What is asked for; has start and stop. */
  public SeekInfo seek() {
    throw new UnsupportedOperationException();
  }

  /**
   * Why the client may not read now, under this configuration; null if it may. Cheap if neither
   * configuration nor time say something new.
   */
  public String refusalOrNull(ChannelConfig config, Instant now) {
    throw new UnsupportedOperationException();
  }
}
