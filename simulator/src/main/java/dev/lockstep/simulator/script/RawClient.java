package dev.lockstep.simulator.script;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.machine.SimClient;
import dev.lockstep.simulator.machine.World;
import dev.lockstep.simulator.plan.RunConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A client in the hands of the script. */
public final class RawClient implements SimClient {
  private final SimCluster cluster;
  private final World world;
  private final int place;
  private final Map<Integer, List<Message.Reply>> replies = new TreeMap<>();
  private long session;

  RawClient(SimCluster cluster, World world, int place) {
    this.cluster = cluster;
    this.world = world;
    this.place = place;
  }

  public ClientId id() {
    return World.clientId(place);
  }

  public int endpoint() {
    return world.clientEndpoint(place);
  }

  /** Opens a session and waits for it. */
  public void open() {
    Request open =
        request(
            Request.Kind.OPEN,
            0,
            0,
            new OpenSession(7_000 + place, cluster.wallClock() + 20_000_000, 0).encode());
    for (int attempt = 0; attempt < 20 && session == 0; attempt++) {
      sendToAll(open);
      for (int i = 0; i < 100 && session == 0; i++) {
        cluster.runFor(2_000);
      }
    }
    if (session == 0) {
      throw new AssertionError("no session for a raw client:\n" + cluster.describe());
    }
  }

  public long session() {
    return session;
  }

  /** An ordered request in its session, signed if the view asks for it. */
  public Request request(long sequence, KvOperation operation) {
    return request(Request.Kind.ORDERED, session, sequence, operation.encode());
  }

  /** Any request in its name. */
  public Request request(Request.Kind kind, long ofSession, long sequence, Bytes operation) {
    Request request = new Request(kind, id(), ofSession, sequence, operation, Bytes.EMPTY);
    if (cluster.view().limits().authentication() == View.RequestAuthentication.SIGNED) {
      request =
          request.withSignature(
              world
                  .crypto()
                  .clientSigner(id())
                  .sign(Statements.request(RunConfig.CLUSTER, request.digest())));
    }
    world.saw(new Sighting.Issued(id(), false, request));
    return request;
  }

  public void send(int replica, Request request) {
    world.network().send(endpoint(), replica, new Message.ClientRequest(request, replica));
  }

  public void send(List<Integer> to, Request request) {
    for (int replica : to) {
      send(replica, request);
    }
  }

  public void sendToAll(Request request) {
    for (int replica = 0; replica < cluster.size(); replica++) {
      send(replica, request);
    }
  }

  /** What the replica answered, in order. */
  public List<Message.Reply> repliesOf(int replica) {
    return List.copyOf(replies.getOrDefault(replica, List.of()));
  }

  /** Replicas that answered the request. */
  public List<Integer> answeredBy(Request request) {
    List<Integer> answered = new ArrayList<>();
    replies.forEach(
        (replica, list) -> {
          if (list.stream().anyMatch(r -> r.requestDigest().equals(request.digest()))) {
            answered.add(replica);
          }
        });
    return answered;
  }

  @Override
  public void receive(int replica, Message.ToClient message) {
    if (message instanceof Message.Reply reply) {
      replies.computeIfAbsent(replica, any -> new ArrayList<>()).add(reply);
      if (reply.outcome() == Message.Outcome.OPENED && reply.result() != null) {
        session = ByteBuffer.wrap(reply.result().array()).getLong();
      }
    }
  }

  @Override
  public void reconnected(int replica) {}
}
