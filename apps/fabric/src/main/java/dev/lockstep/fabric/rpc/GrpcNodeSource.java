package dev.lockstep.fabric.rpc;

import com.google.protobuf.ByteString;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.fabric.deliver.Wire;
import dev.lockstep.fabric.follow.NodeSource;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NegotiationType;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Header;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.hyperledger.fabric.protos.orderer.SeekPosition;
import org.hyperledger.fabric.protos.orderer.SeekSpecified;

/** The server of a node, as a client of the group sees it. */
public final class GrpcNodeSource implements NodeSource, AutoCloseable {
  /** Blocks with the largest envelope that any channel allows. */
  static final int MOST_MESSAGE_BYTES = 100 << 20;

  private static final long NO_END = -1L;

  private final int node;
  private final ManagedChannel connection;

  /**
   * Connects when it is first used, and again when that is necessary.
   *
   * @param credentials of a client of the group
   */
  public GrpcNodeSource(
      ClusterConfig cluster,
      ClientCredentials credentials,
      int node,
      String host,
      int port,
      Executor executor) {
    this.node = node;
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(host, port)
            .executor(executor)
            .maxInboundMessageSize(MOST_MESSAGE_BYTES)
            .keepAliveTime(10, TimeUnit.SECONDS)
            .keepAliveTimeout(5, TimeUnit.SECONDS);
    connection =
        (cluster.tls()
                ? builder.sslContext(ClusterTls.client(cluster, credentials, node))
                : builder.negotiationType(NegotiationType.PLAINTEXT))
            .build();
  }

  @Override
  public int node() {
    return node;
  }

  @Override
  public Stream open(String channel, long from, boolean headersOnly, Listener listener) {
    ClientCall<byte[], Wire.Message> call = connection.newCall(Wire.DELIVER, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(Wire.Message message) {
            listener.onMessage(message.body());
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            listener.onEnd(status.getCode() + " " + status.getDescription());
          }
        },
        new Metadata());
    call.sendMessage(seek(channel, from, headersOnly));
    return new Stream() {
      @Override
      public void request(int messages) {
        call.request(messages);
      }

      @Override
      public void cancel() {
        call.cancel("not needed any more", null);
      }
    };
  }

  /** Unsigned: the connection says who asks. */
  private static byte[] seek(String channel, long from, boolean headersOnly) {
    ChannelHeader header =
        ChannelHeader.newBuilder()
            .setType(HeaderType.DELIVER_SEEK_INFO_VALUE)
            .setChannelId(channel)
            .build();
    SeekInfo seek =
        SeekInfo.newBuilder()
            .setStart(at(from))
            .setStop(at(NO_END))
            .setBehavior(SeekInfo.SeekBehavior.BLOCK_UNTIL_READY)
            .setContentType(
                headersOnly
                    ? SeekInfo.SeekContentType.HEADER_WITH_SIG
                    : SeekInfo.SeekContentType.BLOCK)
            .build();
    ByteString payload =
        Payload.newBuilder()
            .setHeader(Header.newBuilder().setChannelHeader(header.toByteString()))
            .setData(seek.toByteString())
            .build()
            .toByteString();
    return Envelope.newBuilder().setPayload(payload).build().toByteArray();
  }

  private static SeekPosition at(long number) {
    return SeekPosition.newBuilder()
        .setSpecified(SeekSpecified.newBuilder().setNumber(number))
        .build();
  }

  @Override
  public void close() {
    connection.shutdownNow();
  }
}
