package dev.lockstep.fabric.frontend;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.broadcast.BroadcastRules;
import dev.lockstep.fabric.broadcast.BroadcastVerdict;
import dev.lockstep.fabric.config.ConfigEnvelopes;
import dev.lockstep.fabric.config.ConfigUpdates;
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
    BroadcastVerdict verdict = BroadcastRules.judge(envelope, this::configOrNull, Instant.now());
    if (!verdict.isAccepted()) {
      return refused(verdict.status(), verdict.info());
    }
    return verdict.kind() == BroadcastVerdict.Kind.CONFIG_UPDATE
        ? update(channels.apply(verdict.channelId()), envelope, CONFIG_ATTEMPTS)
        : submitter.submit(bytes);
  }

  private dev.lockstep.fabric.config.ChannelConfig configOrNull(String channel) {
    FrontendChannel known = channels.apply(channel);
    return known == null ? null : known.config();
  }

  private static CompletableFuture<Verdict> refused(Status status, String info) {
    return CompletableFuture.completedFuture(new Verdict(status, info, -1));
  }

  private CompletableFuture<Verdict> update(
      FrontendChannel channel, Envelope update, int attempts) {
    Envelope config;
    try {
      config =
          ConfigEnvelopes.wrap(
              ConfigUpdates.propose(channel.config(), update), identity, Instant.now());
    } catch (RefusedException e) {
      return refused(
          Status.BAD_REQUEST,
          "error applying config update to existing channel '"
              + channel.ledger().channel()
              + "': "
              + e.getMessage());
    }
    return submitter
        .submit(config.toByteString())
        .thenCompose(
            verdict ->
                verdict.isStale()
                    ? again(channel, update, attempts - 1, verdict)
                    : CompletableFuture.completedFuture(verdict));
  }

  /** Once this frontend knows the configuration by which the group judged. */
  private CompletableFuture<Verdict> again(
      FrontendChannel channel, Envelope update, int attempts, Verdict verdict) {
    if (attempts == 0) {
      return refused(Status.SERVICE_UNAVAILABLE, verdict.info());
    }
    return channel
        .whenAt(verdict.sequence())
        .orTimeout(CONFIG_WAIT_SECONDS, TimeUnit.SECONDS)
        .handle((at, late) -> late == null)
        .thenCompose(
            known ->
                known
                    ? update(channel, update, attempts)
                    : refused(Status.SERVICE_UNAVAILABLE, verdict.info()));
  }
}
