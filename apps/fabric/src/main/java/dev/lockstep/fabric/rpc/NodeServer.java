package dev.lockstep.fabric.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.fabric.deliver.Access;
import dev.lockstep.fabric.deliver.Budget;
import dev.lockstep.fabric.deliver.DeliverService;
import dev.lockstep.fabric.deliver.Wire;
import dev.lockstep.fabric.ledger.Ledger;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.Status;
import org.hyperledger.fabric.protos.orderer.SeekInfo;

/**
 * Where frontends and other nodes fetch the blocks of a node, with its own signature only. Whoever
 * may be a client of the group may read everything.
 */
public final class NodeServer implements AutoCloseable {
  private static final long SENDING_BYTES = 128L << 20;
  private static final int MOST_STREAMS = 4096;
  private static final int MOST_REQUEST_BYTES = 64 << 10;

  private final DeliverService deliver;
  private final Server server;

  /**
   * Starts it.
   *
   * @param port 0 for any free one
   * @throws IOException if the port cannot be bound
   */
  public NodeServer(
      ClusterConfig cluster,
      ReplicaCredentials credentials,
      String host,
      int port,
      Function<String, Ledger> ledgers,
      ScheduledExecutorService executor)
      throws IOException {
    deliver =
        new DeliverService(
            ledgers, new Everything(), executor, new Budget(SENDING_BYTES), MOST_STREAMS);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
            .executor(executor)
            .maxInboundMessageSize(MOST_REQUEST_BYTES)
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(
                ServerServiceDefinition.builder(Wire.SERVICE)
                    .addMethod(
                        Wire.DELIVER,
                        ServerCalls.asyncBidiStreamingCall(
                            responses -> deliver.open(responses, null)))
                    .build());
    if (cluster.tls()) {
      builder.sslContext(ClusterTls.server(cluster, credentials));
    }
    server = builder.build().start();
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    deliver.close();
    server.shutdown();
    try {
      if (!server.awaitTermination(2, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** The connection has shown that a client of the group is at its other end. */
  private static final class Everything implements Access {
    @Override
    public Opened open(Envelope envelope, ByteString tlsCertificateHashOrNull) {
      try {
        Payload payload = Payload.parseFrom(envelope.getPayload());
        ChannelHeader header = ChannelHeader.parseFrom(payload.getHeader().getChannelHeader());
        SeekInfo seek = SeekInfo.parseFrom(payload.getData());
        return seek.hasStart() && seek.hasStop()
            ? new Opened(Status.SUCCESS, header.getChannelId(), seek, () -> true)
            : Opened.refused(Status.BAD_REQUEST);
      } catch (InvalidProtocolBufferException e) {
        return Opened.refused(Status.BAD_REQUEST);
      }
    }
  }
}
