package dev.lockstep.replica;

import dev.lockstep.api.RequestVerifier;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.View;

/**
 * What is a request of a client, and what is not: decodes, compares with whose channel it came
 * from, checks the signature, asks the service's verifier. Any thread.
 */
final class RequestIntake {
  /** What a message turned out to be. */
  sealed interface Judged {}

  /** A request, and whose channel it came from. */
  record Incoming(ClientId client, Message.ClientRequest request) implements Judged {}

  /** A request that the service does not want; this is the answer. */
  record Unwanted(Message.Reply refusal) implements Judged {}

  /** No request, or not of whom it came from. */
  record Bad() implements Judged {}

  private static final Bad BAD = new Bad();

  private final View view;
  private final Digest cluster;
  private final CodecLimits limits;
  private final boolean signed;
  private final Verifier verifier;
  private final RequestVerifier requestVerifierOrNull;
  private final ReplicaCounters counters;

  RequestIntake(
      View view,
      Digest cluster,
      Verifier verifier,
      RequestVerifier requestVerifierOrNull,
      ReplicaCounters counters) {
    this.view = view;
    this.cluster = cluster;
    this.verifier = verifier;
    this.requestVerifierOrNull = requestVerifierOrNull;
    this.counters = counters;
    limits = view.codecLimits();
    signed = view.requestsAreSigned();
  }

  /** Judges a message that came on a channel of this client; what is refused is counted. */
  Judged judge(ClientId client, byte[] bytes) {
    Message message;
    try {
      message = Codec.decode(bytes, limits);
    } catch (DecodeException e) {
      return bad();
    }
    if (!(message instanceof Message.ClientRequest request)) {
      return bad();
    }
    Request body = request.request();
    if (!body.client().equals(client) || !isSignatureValid(body)) {
      return bad();
    }
    if (requestVerifierOrNull != null && isForService(body) && !isWanted(body)) {
      counters.refusedRequest();
      return new Unwanted(refusal(view, body, Message.Outcome.REFUSED));
    }
    return new Incoming(client, request);
  }

  private Bad bad() {
    counters.badClientMessage();
    return BAD;
  }

  private boolean isSignatureValid(Request request) {
    return !signed
        || request.kind() == Request.Kind.UNORDERED
        || verifier.client(
            request.client(), Statements.request(cluster, request.digest()), request.signature());
  }

  private static boolean isForService(Request request) {
    return request.kind() == Request.Kind.ORDERED || request.kind() == Request.Kind.UNORDERED;
  }

  private boolean isWanted(Request request) {
    try {
      return requestVerifierOrNull.isValid(
          ServiceExecutor.uuid(request.client()), request.operation().array());
    } catch (Throwable e) {
      // The application's code, on bytes that a client chose: what it cannot judge is refused, also
      // if it takes more stack than there is.
      counters.serviceException();
      return false;
    }
  }

  /** Whether it makes the log longer for a client's sake; to end something is always welcome. */
  static boolean isMore(Request request) {
    return request.kind() == Request.Kind.ORDERED || request.kind() == Request.Kind.OPEN;
  }

  /** The answer to a request that is not taken, and was not executed. */
  static Message.Reply refusal(View view, Request request, Message.Outcome outcome) {
    return new Message.Reply(
        view.id(),
        request.session(),
        request.sequence(),
        request.digest(),
        outcome,
        ResultDigest.of(outcome, Bytes.EMPTY),
        Bytes.EMPTY,
        0);
  }
}
