package dev.lockstep.fabric.broadcast;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.policy.SignedData;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;

/**
 * A request for blocks that may be answered. Access is checked anew with every configuration, also
 * while blocks are delivered: a reader whom a configuration removes does not get even the block
 * that removes it. Not thread-safe.
 */
public final class DeliverRequest {
  private static final Duration TIME_WINDOW = Duration.ofMinutes(15);

  private final ChannelHeader channel;
  private final SeekInfo seek;
  private final SignedData signature;
  private ChannelConfig checkedOrNull;
  private String refusalOrNull;

  private DeliverRequest(ChannelHeader channel, SeekInfo seek, SignedData signature) {
    this.channel = channel;
    this.seek = seek;
    this.signature = signature;
  }

  /**
   * Either a request, or what to answer instead.
   *
   * @param requestOrNull null if the status is not SUCCESS
   * @param reason for logs; clients are told the status only
   */
  public record Parsed(DeliverRequest requestOrNull, Status status, String reason) {
    private static Parsed refused(Status status, String reason) {
      return new Parsed(null, status, reason);
    }
  }

  /**
   * Reads a request and checks it.
   *
   * @param channels the configuration of a channel, or null if there is no such channel
   * @param tlsCertificateHashOrNull SHA-256 of the client's certificate if TLS is mutual; else null
   */
  public static Parsed parse(
      Envelope envelope,
      Function<String, ChannelConfig> channels,
      Instant now,
      ByteString tlsCertificateHashOrNull) {
    ParsedHeaders headers;
    SignedData signature;
    try {
      headers = ParsedHeaders.of(envelope);
      signature = headers.signature(envelope);
      requireFresh(headers.channel(), now);
      requireBinding(headers.channel(), tlsCertificateHashOrNull);
    } catch (RefusedException e) {
      return Parsed.refused(Status.BAD_REQUEST, e.getMessage());
    }
    ChannelConfig config = channels.apply(headers.channel().getChannelId());
    if (config == null) {
      return Parsed.refused(Status.NOT_FOUND, "channel does not exist");
    }
    SeekInfo seek;
    try {
      seek = SeekInfo.parseFrom(headers.payload().getData());
    } catch (InvalidProtocolBufferException e) {
      return Parsed.refused(Status.BAD_REQUEST, "the seek information is malformed");
    }
    DeliverRequest request = new DeliverRequest(headers.channel(), seek, signature);
    String refusal = request.refusalOrNull(config, now);
    if (refusal != null) {
      return Parsed.refused(Status.FORBIDDEN, refusal);
    }
    if (!seek.hasStart() || !seek.hasStop()) {
      return Parsed.refused(Status.BAD_REQUEST, "the seek information has no start or no stop");
    }
    return new Parsed(request, Status.SUCCESS, "");
  }

  private static void requireFresh(ChannelHeader channel, Instant now) throws RefusedException {
    if (!channel.hasTimestamp()) {
      throw new RefusedException("channel header in envelope must contain timestamp");
    }
    Timestamp sent = channel.getTimestamp();
    try {
      Duration apart =
          Duration.between(Instant.ofEpochSecond(sent.getSeconds(), sent.getNanos()), now).abs();
      if (apart.compareTo(TIME_WINDOW) > 0) {
        throw new RefusedException(
            "the envelope's timestamp is more than 15 minutes from the time here; set the clocks");
      }
    } catch (DateTimeException | ArithmeticException e) {
      throw new RefusedException("the envelope's timestamp is no time", e);
    }
  }

  private static void requireBinding(ChannelHeader channel, ByteString hashOrNull)
      throws RefusedException {
    if (hashOrNull != null && !hashOrNull.equals(channel.getTlsCertHash())) {
      throw new RefusedException(
          "the envelope does not name the certificate of the TLS connection that it came over");
    }
  }

  /** The channel. */
  public String channelId() {
    return channel.getChannelId();
  }

  /** What is asked for; has start and stop. */
  public SeekInfo seek() {
    return seek;
  }

  /**
   * Why the client may not read now, under this configuration; null if it may. To be asked before
   * each block, with the configuration that the channel has by then. Costs a signature check only
   * if the configuration is another one than the last time.
   */
  public String refusalOrNull(ChannelConfig config, Instant now) {
    Instant expiry = config.msps().expiryOrNull(signature.identity());
    if (expiry != null && !now.isBefore(expiry)) {
      return "deliver client identity expired";
    }
    if (config != checkedOrNull) {
      refusalOrNull = config.refusalOrNull(config.readersPolicy(), List.of(signature));
      checkedOrNull = config;
    }
    return refusalOrNull;
  }
}
