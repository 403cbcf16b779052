package dev.lockstep.fabric.frontend;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.broadcast.BroadcastRules;
import dev.lockstep.fabric.broadcast.BroadcastVerdict;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.config.ConfigEnvelopes;
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.fabric.node.Commands.Verdict;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;

/**
 * What becomes of a broadcast envelope: it is checked here, so that what is not good never reaches
 * the group, and then ordered. Of an update of the configuration, the new configuration is made and
 * signed first; when the configuration changed meanwhile, it is made anew. Thread-safe.
 */
final class Orders {
  private static final int CONFIG_ATTEMPTS = 5;
  private static final long CONFIG_WAIT_SECONDS = 10;

  private final Function<String, FrontendChannel> channels;
  private final Submitter submitter;
  private final SigningIdentity identity;

  /**
   * @param channels null for a channel that is not there
   * @param identity with which new configurations are signed
   */
  Orders(
      Function<String, FrontendChannel> channels, Submitter submitter, SigningIdentity identity) {
    this.channels = channels;
    this.submitter = submitter;
    this.identity = identity;
  }

  /**
   * Takes an envelope in canonical encoding.
   *
   * @return the answer to the client; never fails
   */
  CompletableFuture<Verdict> take(ByteString bytes) {
    Envelope envelope;
    try {
      envelope = Envelope.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      return refused(Status.BAD_REQUEST, "the message is no envelope");
    }
    return take(bytes, envelope, CONFIG_ATTEMPTS);
  }

  private CompletableFuture<Verdict> take(ByteString bytes, Envelope envelope, int attempts) {
    BroadcastVerdict verdict = BroadcastRules.judge(envelope, this::configOrNull, Instant.now());
    if (!verdict.isAccepted()) {
      return refused(verdict.status(), verdict.info());
    }
    if (verdict.proposalOrNull() == null) {
      return submitter.submit(bytes);
    }
    Envelope config = ConfigEnvelopes.wrap(verdict.proposalOrNull(), identity, Instant.now());
    return submitter
        .submit(config.toByteString())
        .thenCompose(
            ordered ->
                ordered.isStale()
                    ? again(bytes, envelope, attempts - 1, verdict.channelId(), ordered)
                    : CompletableFuture.completedFuture(ordered));
  }

  private ChannelConfig configOrNull(String channel) {
    FrontendChannel known = channels.apply(channel);
    return known == null ? null : known.config();
  }

  private static CompletableFuture<Verdict> refused(Status status, String info) {
    return CompletableFuture.completedFuture(new Verdict(status, info, -1));
  }

  /** Once this frontend knows the configuration by which the group judged. */
  private CompletableFuture<Verdict> again(
      ByteString bytes, Envelope envelope, int attempts, String channel, Verdict stale) {
    if (attempts == 0) {
      return refused(Status.SERVICE_UNAVAILABLE, stale.info());
    }
    return channels
        .apply(channel)
        .whenAt(stale.sequence())
        .orTimeout(CONFIG_WAIT_SECONDS, TimeUnit.SECONDS)
        .handle((at, late) -> late == null)
        .thenCompose(
            known ->
                known
                    ? take(bytes, envelope, attempts)
                    : refused(Status.SERVICE_UNAVAILABLE, stale.info()));
  }
}
