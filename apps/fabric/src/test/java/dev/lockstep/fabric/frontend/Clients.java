package dev.lockstep.fabric.frontend;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.lockstep.fabric.msp.SigningIdentity;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Header;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;
import org.hyperledger.fabric.protos.orderer.AtomicBroadcastGrpc;
import org.hyperledger.fabric.protos.orderer.BroadcastResponse;
import org.hyperledger.fabric.protos.orderer.DeliverResponse;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.hyperledger.fabric.protos.orderer.SeekNewest;
import org.hyperledger.fabric.protos.orderer.SeekNextCommit;
import org.hyperledger.fabric.protos.orderer.SeekOldest;
import org.hyperledger.fabric.protos.orderer.SeekPosition;
import org.hyperledger.fabric.protos.orderer.SeekSpecified;

/** Official stubs, and envelopes for them. */
final class Clients {
  private Clients() {}

  /** A client that trusts the orderers' TLS authority. */
  static ManagedChannel connect(int port, Path certificateOrNull, Path keyOrNull) throws Exception {
    SslContextBuilder tls = GrpcSslContexts.forClient();
    tls.trustManager(TestNetwork.tls("ca.crt").toFile());
    if (certificateOrNull != null) {
      tls.keyManager(certificateOrNull.toFile(), keyOrNull.toFile());
    }
    return NettyChannelBuilder.forAddress("localhost", port)
        .sslContext(tls.build())
        .maxInboundMessageSize(100 << 20)
        .build();
  }

  static Envelope envelope(
      SigningIdentity signer, String channel, int type, Instant timeOrNull, byte[] data) {
    return envelope(signer, channel, type, timeOrNull, data, ByteString.EMPTY);
  }

  static Envelope envelope(
      SigningIdentity signer,
      String channel,
      int type,
      Instant timeOrNull,
      byte[] data,
      ByteString tlsHash) {
    ChannelHeader.Builder header =
        ChannelHeader.newBuilder().setType(type).setChannelId(channel).setTlsCertHash(tlsHash);
    if (timeOrNull != null) {
      header.setTimestamp(Timestamp.newBuilder().setSeconds(timeOrNull.getEpochSecond()));
    }
    byte[] nonce = new byte[24];
    new java.security.SecureRandom().nextBytes(nonce);
    ByteString payload =
        Payload.newBuilder()
            .setHeader(
                Header.newBuilder()
                    .setChannelHeader(header.build().toByteString())
                    .setSignatureHeader(
                        SignatureHeader.newBuilder()
                            .setCreator(signer.serialized())
                            .setNonce(ByteString.copyFrom(nonce))
                            .build()
                            .toByteString()))
            .setData(ByteString.copyFrom(data))
            .build()
            .toByteString();
    return Envelope.newBuilder()
        .setPayload(payload)
        .setSignature(signer.sign(payload.toByteArray()))
        .build();
  }

  static SeekPosition oldest() {
    return SeekPosition.newBuilder().setOldest(SeekOldest.getDefaultInstance()).build();
  }

  static SeekPosition newest() {
    return SeekPosition.newBuilder().setNewest(SeekNewest.getDefaultInstance()).build();
  }

  static SeekPosition nextCommit() {
    return SeekPosition.newBuilder().setNextCommit(SeekNextCommit.getDefaultInstance()).build();
  }

  static SeekPosition at(long number) {
    return SeekPosition.newBuilder()
        .setSpecified(SeekSpecified.newBuilder().setNumber(number))
        .build();
  }

  static SeekInfo seek(SeekPosition start, SeekPosition stop, boolean until) {
    return SeekInfo.newBuilder()
        .setStart(start)
        .setStop(stop)
        .setBehavior(
            until
                ? SeekInfo.SeekBehavior.BLOCK_UNTIL_READY
                : SeekInfo.SeekBehavior.FAIL_IF_NOT_READY)
        .build();
  }

  /** A stream, its answers as short words: B0, B1(nodata), SUCCESS, EOF, ERR(code). */
  static final class Stream<Q, P> implements StreamObserver<P> {
    final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
    StreamObserver<Q> requests;

    @Override
    public void onNext(P value) {
      received.add(value);
    }

    @Override
    public void onError(Throwable t) {
      received.add("ERR(" + io.grpc.Status.fromThrowable(t).getCode() + ")");
    }

    @Override
    public void onCompleted() {
      received.add("EOF");
    }

    /** The next answer; fails after half a minute. */
    Object next() throws InterruptedException {
      Object next = received.poll(30, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing was received for half a minute");
      }
      return next;
    }

    String word() throws InterruptedException {
      Object next = next();
      if (next instanceof BroadcastResponse response) {
        return response.getStatus()
            + (response.getInfo().isEmpty() ? "" : " " + response.getInfo());
      }
      if (next instanceof DeliverResponse response) {
        return response.hasBlock()
            ? "B"
                + response.getBlock().getHeader().getNumber()
                + (response.getBlock().hasData() ? "" : "(nodata)")
            : response.getStatus().toString();
      }
      return (String) next;
    }
  }

  /** A Broadcast stream that sends any bytes, and the words of its answers. */
  static Stream<byte[], byte[]> rawBroadcast(ManagedChannel channel) {
    Stream<byte[], byte[]> stream = new Stream<>();
    stream.requests =
        io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
            channel.newCall(
                dev.lockstep.fabric.deliver.Wire.BROADCAST, io.grpc.CallOptions.DEFAULT),
            stream);
    return stream;
  }

  static Stream<Envelope, BroadcastResponse> broadcast(ManagedChannel channel) {
    Stream<Envelope, BroadcastResponse> stream = new Stream<>();
    stream.requests = AtomicBroadcastGrpc.newStub(channel).broadcast(stream);
    return stream;
  }

  static Stream<Envelope, DeliverResponse> deliver(ManagedChannel channel) {
    Stream<Envelope, DeliverResponse> stream = new Stream<>();
    stream.requests = AtomicBroadcastGrpc.newStub(channel).deliver(stream);
    return stream;
  }
}
