package dev.lockstep.simulator.machine;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.adversary.client.ClientAdversary;
import dev.lockstep.simulator.adversary.client.ClientContext;
import dev.lockstep.simulator.plan.RunConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Hosts a client that does not keep to the protocol. It has its own identity and key only, and
 * writes only registers from {@link KvOperation#FIRST_BYZANTINE_KEY} on, so that what correct
 * clients see stays judgeable without knowing what it did.
 */
public final class ByzantineClient implements SimClient, ClientContext {
  private static final long EPOCH = 1_000_000_000_000L;

  /** Ticks without progress after which it tries another session. */
  private static final int PATIENCE_TICKS = 40;

  private static final int OPENS_KEPT = 16;

  private final World world;
  private final int place;
  private final ClientId id;
  private final ClientAdversary behaviour;
  private final SplittableRandom random;
  private final Signer signer;
  private final boolean signs;
  private final int replicas;
  private final int window;
  private final long period;

  private long nonce;
  private long session;
  private long next = 1;
  private long regencySeen;
  private int idleTicks;
  private final List<Request> opens = new ArrayList<>();
  private Request opening;
  private long openingUntil;

  public ByzantineClient(
      World world, int place, ClientAdversary behaviour, SplittableRandom random) {
    this.world = world;
    this.place = place;
    this.behaviour = behaviour;
    this.random = random;
    id = World.clientId(place);
    signer = world.crypto().clientSigner(id);
    View view = world.config().view();
    signs = view.limits().authentication() == View.RequestAuthentication.SIGNED;
    replicas = view.size();
    window = view.limits().sessionWindow();
    period = world.config().timing().requestTimeout() / (2 + random.nextInt(6));
    nonce = random.nextLong();
  }

  public void start() {
    world.schedule(world.now() + random.nextLong(period), this::tick);
  }

  private void tick() {
    act();
    world.schedule(world.now() + period, this::tick);
  }

  private void act() {
    if (idleTicks++ > PATIENCE_TICKS) {
      idleTicks = 0;
      abandonSession();
    }
    if (session == 0) {
      if (opening == null || openingUntil < world.now()) {
        long patience = world.config().timing().requestTimeout() * 8;
        opening = openWithDeadline(nonce, wallMicros() + patience);
        openingUntil = world.now() + patience;
      }
      toAll(opening);
    }
    behaviour.onTick(this);
    if (session != 0) {
      behaviour.misbehave(this, random.nextInt(replicas));
    }
  }

  private void abandonSession() {
    session = 0;
    nonce++;
    opening = null;
  }

  @Override
  public View view() {
    return world.config().view();
  }

  @Override
  public SplittableRandom random() {
    return random;
  }

  @Override
  public long wallMicros() {
    return EPOCH + world.now();
  }

  @Override
  public long session() {
    return session;
  }

  @Override
  public long next() {
    return next;
  }

  @Override
  public long nonce() {
    return nonce;
  }

  @Override
  public long regencySeen() {
    return regencySeen;
  }

  @Override
  public List<Request> opens() {
    return Collections.unmodifiableList(opens);
  }

  @Override
  public ClientId victim() {
    return World.clientId(random.nextInt(Math.max(1, place)));
  }

  @Override
  public KvOperation write() {
    long key = KvOperation.FIRST_BYZANTINE_KEY + random.nextInt(4);
    return KvOperation.put(key, random.nextLong());
  }

  @Override
  public Request open(long number, long closes) {
    long bound = view().limits().openBoundMicros();
    return open(new OpenSession(number, wallMicros() + bound / 2, closes));
  }

  @Override
  public Request openWithDeadline(long number, long deadlineMicros) {
    return open(new OpenSession(number, deadlineMicros, 0));
  }

  private Request open(OpenSession operation) {
    Request request = request(Request.Kind.OPEN, 0, 0, operation.encode());
    if (opens.size() < OPENS_KEPT) {
      opens.add(request);
    }
    return request;
  }

  @Override
  public Request request(long sequence, KvOperation operation) {
    return request(Request.Kind.ORDERED, session, sequence, operation.encode());
  }

  @Override
  public Request request(Request.Kind kind, long ofSession, long sequence, Bytes operation) {
    Request request = new Request(kind, id, ofSession, sequence, operation, Bytes.EMPTY);
    if (signs) {
      request =
          request.withSignature(
              signer.sign(Statements.request(RunConfig.CLUSTER, request.digest())));
    }
    world.saw(new Sighting.Issued(id, false, request));
    return request;
  }

  /** Not issued by anybody: nothing in the name of another may ever be executed. */
  @Override
  public Request forged(ClientId victim, long ofSession, long sequence, KvOperation operation) {
    return new Request(
        Request.Kind.ORDERED,
        victim,
        ofSession,
        sequence,
        operation.encode(),
        signs ? signer.sign(new byte[0]) : Bytes.EMPTY);
  }

  @Override
  public void toAll(Request request) {
    for (int replica = 0; replica < replicas; replica++) {
      send(replica, request);
    }
  }

  @Override
  public void send(int replica, Request request) {
    world
        .network()
        .send(
            world.clientEndpoint(place),
            replica,
            new Message.ClientRequest(request, random.nextInt(replicas)));
  }

  @Override
  public void receive(int replica, Message.ToClient message) {
    if (!(message instanceof Message.Reply reply) || world.isByzantine(replica)) {
      // Conspirators among the replicas would only confuse it.
      return;
    }
    regencySeen = Math.max(regencySeen, world.node(replica).regency());
    switch (reply.outcome()) {
      case OPENED -> {
        if (session == 0 && reply.result() != null && reply.result().length() >= 8) {
          session = ByteBuffer.wrap(reply.result().array()).getLong();
          next = 1;
          idleTicks = 0;
        }
      }
      case EXECUTED, CONFLICT, FORGOTTEN -> {
        if (reply.session() == session
            && reply.sequence() >= next
            && reply.sequence() < next + window) {
          next = reply.sequence() + 1;
          idleTicks = 0;
        }
      }
      case EXPIRED -> {
        if (reply.session() == session) {
          abandonSession();
        }
      }
      case REFUSED, BUSY -> {}
    }
  }

  @Override
  public void reconnected(int replica) {}
}
