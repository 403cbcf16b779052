package dev.lockstep.replica;

import dev.lockstep.network.ClientConnection;
import dev.lockstep.network.ClientListener;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.replica.RequestIntake.Incoming;
import dev.lockstep.replica.RequestIntake.Judged;
import dev.lockstep.replica.RequestIntake.Unwanted;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Between the clients' connections, on loops of their own, and the protocol loop. Requests are
 * decoded, hashed and checked on the client loop that read them ({@link RequestIntake}), and go
 * over in one bundle for each turn ({@link ClientLane}); replies come back the same way ({@link
 * ClientRoutes}) and are encoded on the client loop.
 */
final class ClientGate implements ClientListener.Handler {
  private final Executor protocol;
  private final RequestHandover handover;
  private final RequestIntake intake;
  private final ClientRoutes routes;
  private final ReplicaCounters counters;
  private final Map<EventLoop, ClientLane> lanes = new ConcurrentHashMap<>();

  /**
   * @param protocol the protocol loop, to which the routes belong
   */
  ClientGate(
      Executor protocol,
      RequestHandover handover,
      RequestIntake intake,
      ClientRoutes routes,
      ReplicaCounters counters) {
    this.protocol = protocol;
    this.handover = handover;
    this.intake = intake;
    this.routes = routes;
    this.counters = counters;
  }

  @Override
  public void onConnected(ClientConnection connection) {
    ClientLane lane =
        lanes.computeIfAbsent(
            connection.loop(), loop -> new ClientLane(loop, handover, counters, System::nanoTime));
    connection.attach(lane);
    lane.add(connection);
    protocol.execute(() -> routes.add(connection));
  }

  @Override
  public void onDisconnected(ClientConnection connection) {
    lane(connection).remove(connection);
    protocol.execute(() -> routes.remove(connection));
  }

  @Override
  public void onMessage(ClientConnection connection, byte[] bytes) {
    ClientLane lane = lane(connection);
    lane.onMessage(connection);
    Judged judged = intake.judge(connection.client(), bytes);
    if (judged instanceof Incoming incoming) {
      lane.take(incoming);
    } else if (judged instanceof Unwanted unwanted) {
      connection.send(Codec.encode(unwanted.refusal()));
      connection.flush();
    } else {
      lane.penalize(connection);
    }
  }

  @Override
  public void onReadComplete(ClientConnection connection) {
    // The lane hands over what all its connections brought.
  }

  @Override
  public void onWritable(ClientConnection connection) {
    lane(connection).onWritable(connection);
  }

  private static ClientLane lane(ClientConnection connection) {
    return (ClientLane) connection.attachment();
  }
}
