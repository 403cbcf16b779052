package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.client.Client;
import dev.lockstep.protocol.client.ClientActions;
import dev.lockstep.protocol.client.ClientConfig;
import dev.lockstep.protocol.client.ClientResult;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.plan.RunConfig;
import java.util.HashSet;
import java.util.Set;

/** One process of a correct client around the real {@link Client} core, with one session. */
final class ClientHost implements ClientActions {
  private static final long EPOCH = 1_000_000_000_000L;
  private static final long HANDLE = 1;
  private static final int QUEUED_CALLS = 64;

  private final World world;
  private final int place;
  private final ClientId id;
  private final ClientNode node;
  private final Client client;
  private final long patience;
  private final Set<Digest> issued = new HashSet<>();
  private long closes;
  private boolean lost;
  private boolean stopped;

  /**
   * Makes a process.
   *
   * @param process number of the process of this client; each has its own nonces
   * @param callTimeout after which a call is given up; {@link Long#MAX_VALUE} for never
   */
  ClientHost(World world, int place, ClientNode node, int process, long callTimeout) {
    this.world = world;
    this.place = place;
    this.node = node;
    id = World.clientId(place);
    patience = world.config().timing().requestTimeout();
    ClientConfig.Timing timing =
        new ClientConfig.Timing(
            patience * 5 / 4,
            world.config().cappedTimeout(),
            patience,
            callTimeout,
            // Longer than the longest timeout, after which it is forwarded; yet short, since the
            // group
            // holds what it knows of an OPEN until then, and only a few per client.
            patience * 24);
    client =
        new Client(
            new ClientConfig(
                id,
                RunConfig.CLUSTER,
                world.config().view(),
                timing,
                world.crypto().secretDigest(1_000_003L * (place + 1) + process),
                QUEUED_CALLS),
            world.rules().quorum(),
            world.crypto().clientSigner(id),
            this);
  }

  // ---- events

  private void before() {
    client.onTime(world.now(), EPOCH + world.now());
  }

  /** Does what may not be done within an event of the core. */
  private void after() {
    if (lost) {
      lost = false;
      client.reopenSession(HANDLE);
    }
    node.arm(client.nextDeadline());
  }

  /** Opens a session and closes one of an earlier process, if that is not 0. */
  void open(long earlier) {
    closes = earlier;
    before();
    client.openSession(HANDLE, closes);
    after();
  }

  /** The session is not needed any more. */
  void close() {
    before();
    client.closeSession(HANDLE);
    after();
  }

  void reopen() {
    before();
    client.reopenSession(HANDLE);
    after();
  }

  void invoke(long call, Bytes operation, boolean unordered) {
    before();
    if (unordered) {
      client.invokeUnordered(HANDLE, call, operation);
    } else {
      client.invoke(HANDLE, call, operation);
    }
    after();
  }

  void receive(int replica, Message.ToClient message) {
    before();
    client.onReply(replica, message);
    after();
  }

  void reconnected(int replica) {
    before();
    client.onReconnect(replica);
    after();
  }

  void wake() {
    before();
    after();
  }

  /** The process is gone. */
  void stop() {
    stopped = true;
  }

  /** The id of the session, or 0. */
  long session() {
    return client.sessionOf(HANDLE);
  }

  // ---- what the core wants

  @Override
  public void send(int replica, Message.ClientRequest message) {
    if (issued.add(message.request().digest())) {
      world.saw(new Sighting.Issued(id, true, message.request()));
    }
    world.network().send(world.clientEndpoint(place), replica, message);
  }

  @Override
  public void completed(long call, ClientResult result) {
    switch (result.status()) {
      case EXECUTED -> node.onResult(call, result.value());
      case CONFLICT ->
          throw new Violation("CLIENT", "another request took the place of call " + call);
      default -> node.onUnknown(call, result.status().name());
    }
  }

  @Override
  public void sessionOpened(long handle, OpenedResult opened) {
    closes = 0;
    node.onOpened(opened.session());
  }

  @Override
  public void sessionLost(long handle) {
    lost = true;
    node.onOpening();
  }

  @Override
  public void sessionRefused(long handle) {
    if (client.sessionOf(HANDLE) != 0) {
      // It keeps the session that it had.
      node.onOpened(client.sessionOf(HANDLE));
    } else {
      node.onOpening();
      world.schedule(world.now() + patience, this::tryAgain);
    }
  }

  private void tryAgain() {
    if (stopped) {
      return;
    }
    if (closes == 0) {
      reopen();
      return;
    }
    // A plain reopening would forget what is to be closed, and leave it behind for ever.
    before();
    client.closeSession(HANDLE);
    after();
    open(closes);
  }
}
