package dev.lockstep.fabric.deliver;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.ledger.Ledger;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.Status;

/** Serves streams of blocks. Safe for any number of threads. */
public final class DeliverService implements AutoCloseable {
  private final Function<String, Ledger> ledgers;
  private final Access access;
  private final ScheduledExecutorService executor;
  private final Budget budget;
  private final int mostStreams;
  private final Set<DeliverStream> streams = ConcurrentHashMap.newKeySet();

  /**
   * @param ledgers the chain of a channel, or null if there is none
   * @param executor runs the streams; stays the caller's
   * @param budget of bytes on their way to all clients
   * @param mostStreams more are answered SERVICE_UNAVAILABLE
   */
  public DeliverService(
      Function<String, Ledger> ledgers,
      Access access,
      ScheduledExecutorService executor,
      Budget budget,
      int mostStreams) {
    this.ledgers = ledgers;
    this.access = access;
    this.executor = executor;
    this.budget = budget;
    this.mostStreams = mostStreams;
    executor.scheduleWithFixedDelay(budget::tick, 1, 1, TimeUnit.SECONDS);
  }

  /** Streams that are open now. */
  public int openStreams() {
    return streams.size();
  }

  /** Looks at the permissions of all streams again: a configuration has changed. */
  public void review() {
    streams.forEach(DeliverStream::wake);
  }

  /**
   * Begins a stream.
   *
   * @param tlsCertificateHashOrNull SHA-256 of the certificate with which the client connected
   */
  public StreamObserver<byte[]> open(
      StreamObserver<Wire.Message> responses, ByteString tlsCertificateHashOrNull) {
    ServerCallStreamObserver<Wire.Message> call =
        (ServerCallStreamObserver<Wire.Message>) responses;
    if (streams.size() >= mostStreams) {
      call.onNext(Wire.status(Status.SERVICE_UNAVAILABLE_VALUE));
      call.onCompleted();
      return new Ignoring();
    }
    DeliverStream stream =
        new DeliverStream(
            call, tlsCertificateHashOrNull, ledgers, access, executor, budget, streams::remove);
    streams.add(stream);
    return stream.begin();
  }

  /** Ends all streams. */
  @Override
  public void close() {
    streams.forEach(DeliverStream::shutDown);
  }

  private static final class Ignoring implements StreamObserver<byte[]> {
    @Override
    public void onNext(byte[] value) {
      // The stream is over.
    }

    @Override
    public void onError(Throwable t) {
      // The stream is over.
    }

    @Override
    public void onCompleted() {
      // The stream is over.
    }
  }
}
