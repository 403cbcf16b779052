package dev.lockstep.client;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.InvocationException.Outcome;
import dev.lockstep.api.InvocationTimeoutException;
import dev.lockstep.api.ReplyComparator;
import dev.lockstep.api.ReplyExtractor;
import dev.lockstep.api.ReplyListener;
import dev.lockstep.protocol.client.ClientResult;
import java.util.concurrent.CompletableFuture;

/** One call of the application on its way through the loop. */
final class Call {
  final long handle;
  final byte[] operation;
  final boolean ordered;
  final ReplyComparator comparator;
  final ReplyExtractor extractor;
  final ReplyListener listener;
  final CompletableFuture<byte[]> future = new CompletableFuture<>();
  final long startedNanos = System.nanoTime();

  Call(
      long handle,
      byte[] operation,
      boolean ordered,
      ReplyComparator comparator,
      ReplyExtractor extractor,
      ReplyListener listener) {
    this.handle = handle;
    this.operation = operation;
    this.ordered = ordered;
    this.comparator = comparator;
    this.extractor = extractor;
    this.listener = listener;
  }

  /** Tells the caller, with application code on this thread. */
  void complete(ClientResult result, long timeoutMicros, boolean sessionRefused) {
    if (result.status() == ClientResult.Status.EXECUTED) {
      byte[] value = result.value().array();
      future.complete(value);
      if (listener != null) {
        listener.onCompleted(value);
      }
    } else {
      fail(failure(result.status(), timeoutMicros, sessionRefused));
    }
  }

  void fail(InvocationException failure) {
    future.completeExceptionally(failure);
    if (listener != null) {
      listener.onFailed(failure);
    }
  }

  private InvocationException failure(
      ClientResult.Status status, long timeoutMicros, boolean sessionRefused) {
    boolean late = (System.nanoTime() - startedNanos) / 1000 >= timeoutMicros;
    return switch (status) {
      case MAY_EXECUTE ->
          new InvocationTimeoutException(
              Outcome.MAY_EXECUTE,
              "no quorum of replicas answered in time; the operation may still be executed");
      case NOT_EXECUTED ->
          late
              ? new InvocationTimeoutException(
                  Outcome.NOT_EXECUTED,
                  "no quorum of replicas answered in time; the operation was not executed and will"
                      + " not be")
              : new InvocationException(
                  Outcome.NOT_EXECUTED,
                  sessionRefused
                      ? "the group has no room for another session of this client; the operation"
                          + " was not executed"
                      : "the operation was not executed and will not be");
      case FORGOTTEN ->
          new InvocationException(
              Outcome.EXECUTED, "the operation was executed, but its result is no longer held");
      case CONFLICT ->
          new InvocationException(
              Outcome.NOT_EXECUTED,
              "another operation was executed in its place; does another process use this"
                  + " session?");
      case LOST ->
          new InvocationException(
              Outcome.MAY_HAVE_EXECUTED,
              "the session is over; the operation may have been executed before, but will not be"
                  + " from here on");
      case BUSY ->
          new InvocationException(
              Outcome.BUSY, "too much is in flight; the operation was not sent");
      case REFUSED ->
          new InvocationException(
              Outcome.REFUSED,
              "the operation is larger than the group allows, or its replicas refuse it");
      case EXECUTED -> throw new IllegalArgumentException("an executed call has not failed");
    };
  }
}
