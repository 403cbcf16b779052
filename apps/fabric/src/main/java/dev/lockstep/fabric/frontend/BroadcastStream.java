package dev.lockstep.fabric.frontend;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.block.EnvelopeForm;
import dev.lockstep.fabric.node.Commands.Verdict;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;

/**
 * One Broadcast stream. Envelopes are answered in their order, each when the group has ordered or
 * refused it; the first answer that is not SUCCESS ends the stream. A client may have so many
 * envelopes and bytes under way, and is not read beyond that.
 */
final class BroadcastStream implements StreamObserver<byte[]> {
  private static final int MOST_ENVELOPES = 1_000;
  private static final long MOST_BYTES = 16L << 20;

  /** Of all streams together; beyond that each has one envelope under way. */
  static final long MOST_BYTES_OF_ALL = 256L << 20;

  private final ServerCallStreamObserver<byte[]> call;
  private final Function<ByteString, CompletableFuture<Verdict>> order;
  private final AtomicLong bytesOfAll;

  // Guarded by this.
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long bytes;
  private boolean asked;
  private boolean clientDone;
  private boolean over;

  private record Waiting(CompletableFuture<Verdict> verdict, long bytes) {}

  /**
   * @param order checks an envelope and has it ordered
   * @param bytesOfAll what all streams have under way
   */
  BroadcastStream(
      ServerCallStreamObserver<byte[]> call,
      Function<ByteString, CompletableFuture<Verdict>> order,
      AtomicLong bytesOfAll) {
    this.call = call;
    this.order = order;
    this.bytesOfAll = bytesOfAll;
  }

  void begin() {
    call.disableAutoRequest();
    call.setOnCancelHandler(this::onCancelled);
    synchronized (this) {
      ask();
    }
  }

  /** Reads one more envelope, if there is room for it. */
  private void ask() {
    if (over || asked || clientDone) {
      return;
    }
    boolean room =
        waiting.size() < MOST_ENVELOPES
            && bytes < MOST_BYTES
            && bytesOfAll.get() < MOST_BYTES_OF_ALL;
    if (room || waiting.isEmpty()) {
      asked = true;
      call.request(1);
    }
  }

  @Override
  public void onNext(byte[] message) {
    synchronized (this) {
      asked = false;
      if (over) {
        return;
      }
    }
    ByteString envelope = EnvelopeForm.canonicalOrNull(ByteString.copyFrom(message));
    if (envelope == null) {
      synchronized (this) {
        finish();
      }
      call.onError(
          Status.INTERNAL.withDescription("the message is no envelope").asRuntimeException());
      return;
    }
    CompletableFuture<Verdict> verdict = order.apply(envelope);
    synchronized (this) {
      if (over) {
        return;
      }
      waiting.add(new Waiting(verdict, message.length));
      bytes += message.length;
      bytesOfAll.addAndGet(message.length);
    }
    verdict.thenRun(this::answer);
    synchronized (this) {
      ask();
    }
  }

  /** Sends the answers that are there, in order. */
  private synchronized void answer() {
    while (!over && !waiting.isEmpty() && waiting.peek().verdict.isDone()) {
      Waiting first = waiting.remove();
      release(first);
      Verdict verdict = first.verdict.join();
      call.onNext(
          BroadcastResponse.newBuilder()
              .setStatus(verdict.status())
              .setInfo(verdict.info())
              .build()
              .toByteArray());
      if (verdict.status() != org.hyperledger.fabric.protos.common.Status.SUCCESS) {
        finish();
        call.onCompleted();
        return;
      }
    }
    completeIfDone();
    ask();
  }

  private void completeIfDone() {
    if (!over && clientDone && waiting.isEmpty()) {
      finish();
      call.onCompleted();
    }
  }

  private void release(Waiting one) {
    bytes -= one.bytes;
    bytesOfAll.addAndGet(-one.bytes);
  }

  private void finish() {
    over = true;
    waiting.forEach(this::release);
    waiting.clear();
  }

  private synchronized void onCancelled() {
    finish();
  }

  @Override
  public void onError(Throwable t) {
    onCancelled();
  }

  @Override
  public synchronized void onCompleted() {
    clientDone = true;
    completeIfDone();
  }
}
