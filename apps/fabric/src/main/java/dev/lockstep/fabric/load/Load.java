package dev.lockstep.fabric.load;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.msp.SigningIdentity;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NegotiationType;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.AtomicBroadcastGrpc;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;
import org.hyperledger.fabric.protos.orderer.DeliverResponse;

/**
 * Puts an ordering service under load: streams that broadcast signed envelopes, each with so many
 * of them unanswered, and receivers that follow the chain. The first receiver counts, and takes the
 * time from sending an envelope to receiving its block.
 */
public final class Load {
  private static final int MOST_BLOCK_BYTES = 100 << 20;

  private final Settings settings;
  private final List<ManagedChannel> connections = new ArrayList<>();
  private final ConcurrentHashMap<Long, Long> sentNanos = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicLong envelopes = new AtomicLong();
  private final AtomicLong blocks = new AtomicLong();
  private final AtomicReference<String> failure = new AtomicReference<>();
  private final List<Long> latencies = new ArrayList<>();
  private volatile boolean measuring;
  private volatile boolean over;

  /**
   * What load.
   *
   * @param frontends where the streams and receivers connect, in turn
   * @param authorityOrNull PEM of the authority of the frontends' certificates; null without TLS
   * @param dataBytes of an envelope; around it are the client's certificate and signature
   * @param window envelopes of a stream that may be unanswered
   */
  public record Settings(
      List<InetSocketAddress> frontends,
      Path authorityOrNull,
      String channel,
      SigningIdentity client,
      int dataBytes,
      int streams,
      int window,
      int receivers,
      int warmUpSeconds,
      int seconds) {}

  /**
   * What came of it.
   *
   * @param envelopesPerSecond that the first receiver got
   * @param p50Millis from sending an envelope to receiving its block
   */
  public record Result(
      double envelopesPerSecond,
      double blocksPerSecond,
      double p50Millis,
      double p95Millis,
      int envelopeBytes) {}

  public Load(Settings settings) {
    this.settings = settings;
  }

  /**
   * Runs it, and waits for the end.
   *
   * @param onMeasure called when the measuring begins, and when it ends
   * @throws IOException with a sentence if the service refuses something
   */
  public Result run(Runnable onMeasure) throws IOException, InterruptedException {
    Envelopes make = new Envelopes(settings.client, settings.channel);
    try {
      for (int i = 0; i < settings.receivers; i++) {
        receive(connect(i), make.nextBlocks(), i == 0);
      }
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < settings.streams; i++) {
        ManagedChannel connection = connect(i);
        Thread sender = new Thread(() -> send(connection, make), "load-" + i);
        senders.add(sender);
        sender.start();
      }
      sleep(settings.warmUpSeconds);
      onMeasure.run();
      long envelopesBefore = envelopes.get();
      long blocksBefore = blocks.get();
      long since = System.nanoTime();
      measuring = true;
      sleep(settings.seconds);
      measuring = false;
      double seconds = (System.nanoTime() - since) / 1e9;
      onMeasure.run();
      double rate = (envelopes.get() - envelopesBefore) / seconds;
      double blockRate = (blocks.get() - blocksBefore) / seconds;
      over = true;
      for (Thread sender : senders) {
        sender.interrupt();
        sender.join();
      }
      if (failure.get() != null) {
        throw new IOException(failure.get());
      }
      long[] sorted;
      synchronized (latencies) {
        sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
      }
      return new Result(
          rate,
          blockRate,
          percentile(sorted, 50),
          percentile(sorted, 95),
          make.message(0, settings.dataBytes).getSerializedSize());
    } finally {
      over = true;
      connections.forEach(ManagedChannel::shutdownNow);
    }
  }

  private void sleep(int seconds) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() - end < 0 && failure.get() == null) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static double percentile(long[] sorted, int percent) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)] / 1e6;
  }

  private ManagedChannel connect(int index) throws IOException {
    InetSocketAddress at = settings.frontends.get(index % settings.frontends.size());
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(at.getHostString(), at.getPort())
            .maxInboundMessageSize(MOST_BLOCK_BYTES);
    ManagedChannel connection =
        (settings.authorityOrNull == null
                ? builder.negotiationType(NegotiationType.PLAINTEXT)
                : builder.sslContext(
                    GrpcSslContexts.forClient()
                        .trustManager(settings.authorityOrNull.toFile())
                        .build()))
            .build();
    connections.add(connection);
    return connection;
  }

  // ---- senders ------------------------------------------------------------------------------

  private void send(ManagedChannel connection, Envelopes make) {
    Semaphore room = new Semaphore(settings.window);
    StreamObserver<Envelope> requests =
        AtomicBroadcastGrpc.newStub(connection)
            .broadcast(
                new StreamObserver<BroadcastResponse>() {
                  @Override
                  public void onNext(BroadcastResponse response) {
                    if (response.getStatus() != Status.SUCCESS) {
                      fail(
                          "an envelope was answered "
                              + response.getStatus()
                              + ": "
                              + response.getInfo());
                    }
                    room.release();
                  }

                  @Override
                  public void onError(Throwable t) {
                    fail("a stream to the frontend ended: " + t.getMessage());
                  }

                  @Override
                  public void onCompleted() {
                    fail("a stream was ended by the frontend");
                  }
                });
    try {
      while (!over) {
        room.acquire();
        long number = numbers.incrementAndGet();
        Envelope envelope = make.message(number, settings.dataBytes);
        if (measuring) {
          sentNanos.put(number, System.nanoTime());
        }
        requests.onNext(envelope);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(String reason) {
    if (!over) {
      failure.compareAndSet(null, reason);
    }
  }

  // ---- receivers ----------------------------------------------------------------------------

  private void receive(ManagedChannel connection, Envelope request, boolean counts) {
    StreamObserver<Envelope> requests =
        AtomicBroadcastGrpc.newStub(connection)
            .deliver(
                new StreamObserver<DeliverResponse>() {
                  @Override
                  public void onNext(DeliverResponse response) {
                    if (!response.hasBlock()) {
                      fail("a receiver was answered " + response.getStatus());
                    } else if (counts) {
                      count(response.getBlock().getData().getDataList());
                    }
                  }

                  @Override
                  public void onError(Throwable t) {
                    fail("a receiver's stream ended: " + t.getMessage());
                  }

                  @Override
                  public void onCompleted() {
                    fail("a receiver's stream was ended by the frontend");
                  }
                });
    requests.onNext(request);
  }

  private void count(List<ByteString> data) {
    long now = System.nanoTime();
    blocks.incrementAndGet();
    envelopes.addAndGet(data.size());
    if (sentNanos.isEmpty()) {
      return;
    }
    long[] taken =
        data.stream()
            .map(envelope -> sentNanos.remove(Envelopes.number(envelope)))
            .filter(sent -> sent != null)
            .mapToLong(sent -> now - sent)
            .toArray();
    synchronized (latencies) {
      Arrays.stream(taken).forEach(latencies::add);
    }
  }
}
