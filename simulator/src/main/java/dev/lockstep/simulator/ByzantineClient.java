package dev.lockstep.simulator;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.View;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A client that does not keep to the protocol (PROTOCOL 6.1, C1 to C7 and C10). It has its own
 * identity and key only, and writes only registers from {@link KvOperation#FIRST_BYZANTINE_KEY} on,
 * so that what correct clients see stays judgeable without knowing what it did.
 */
final class ByzantineClient implements SimClient {
  /** All names start with this. */
  static final String PREFIX = "client-";

  private static final long EPOCH = 1_000_000_000_000L;

  /** Ticks without progress after which it tries another session. */
  private static final int PATIENCE_TICKS = 40;

  private enum Behaviour {
    EQUIVOCATE("equivocate", "the same sequence with different operations to every replica (C1)"),
    HALVES("halves", "one operation to half of the replicas, another to the other half (C1)"),
    SINGLE("single", "each request to one replica only (C4)"),
    FEW("few", "each request to f or f+1 replicas only (C2, C4)"),
    NOT_LEADER("not-leader", "each request to all but the leader (C4)"),
    BAD_SIGNATURE("bad-signature", "signatures that are wrong, everywhere or for some (C2, C3)"),
    GAPS("gaps", "gaps, regressions, negative and huge sequences (C5)"),
    FLOOD("flood", "as many and as large requests as it can, some too large (C6)"),
    OPEN_REPLAY("open-replay", "OPENs again, late, early, and in great numbers (C5)"),
    FOREIGN("foreign", "sessions and identities of others, unknown sessions (C5, C10)"),
    WRITE_AS_READ("write-as-read", "writes that claim to be reads, garbage operations (C7)");

    final String label;
    final String description;

    Behaviour(String label, String description) {
      this.label = label;
      this.description = description;
    }
  }

  private final World world;
  private final int place;
  private final ClientId id;
  private final Behaviour behaviour;
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
  private Request variantA;
  private Request variantB;

  ByzantineClient(World world, int place, String name, SplittableRandom random) {
    this.world = world;
    this.place = place;
    this.random = random;
    behaviour = byName(name);
    id = World.clientId(place);
    signer = world.crypto().clientSigner(id);
    View view = world.config().view();
    signs = view.limits().authentication() == View.RequestAuthentication.SIGNED;
    replicas = view.size();
    window = view.limits().sessionWindow();
    period = world.config().timing().requestTimeout() / (2 + random.nextInt(6));
    nonce = random.nextLong();
  }

  static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Behaviour behaviour : Behaviour.values()) {
      names.add(PREFIX + behaviour.label);
    }
    return names;
  }

  /** One line for {@code --list}. */
  static String description(String name) {
    return byName(name).description;
  }

  private static Behaviour byName(String name) {
    for (Behaviour behaviour : Behaviour.values()) {
      if (name.equals(PREFIX + behaviour.label)) {
        return behaviour;
      }
    }
    throw new IllegalArgumentException("there is no client adversary named " + name);
  }

  void start() {
    world.schedule(world.now() + random.nextLong(period), new Tick());
  }

  private final class Tick extends EventQueue.Event {
    @Override
    void happen() {
      tick();
      world.schedule(world.now() + period, this);
    }
  }

  private void tick() {
    if (idleTicks++ > PATIENCE_TICKS) {
      idleTicks = 0;
      abandonSession();
    }
    if (session == 0) {
      if (opening == null || openingUntil < world.now()) {
        long patience = world.config().timing().requestTimeout() * 8;
        opening = openWithDeadline(nonce, EPOCH + world.now() + patience);
        openingUntil = world.now() + patience;
      }
      toAll(opening);
    }
    if (behaviour == Behaviour.OPEN_REPLAY) {
      replayOpens();
    } else if (behaviour == Behaviour.FOREIGN) {
      foreign();
    }
    if (session != 0) {
      misbehave();
    }
  }

  private void abandonSession() {
    session = 0;
    nonce++;
    opening = null;
  }

  private void misbehave() {
    int someone = random.nextInt(replicas);
    switch (behaviour) {
      case EQUIVOCATE -> {
        for (int replica = 0; replica < replicas; replica++) {
          send(replica, request(next, write()));
        }
      }
      case HALVES -> {
        if (variantA == null || variantA.sequence() != next || variantA.session() != session) {
          variantA = request(next, write());
          variantB = request(next, write());
        }
        for (int replica = 0; replica < replicas; replica++) {
          send(replica, replica % 2 == 0 ? variantA : variantB);
        }
      }
      case SINGLE -> send(someone, request(next, write()));
      case FEW -> {
        int number = world.config().view().faults() + random.nextInt(2);
        Request request = request(next, write());
        for (int i = 0; i < number; i++) {
          send((someone + i) % replicas, request);
        }
      }
      case NOT_LEADER -> {
        Request request = request(next, write());
        int leader = world.config().view().leader(regencySeen);
        for (int replica = 0; replica < replicas; replica++) {
          if (replica != leader) {
            send(replica, request);
          }
        }
      }
      case BAD_SIGNATURE -> badSignature();
      case GAPS -> {
        long[] sequences = {
          next, next + 1, next + window, next + window + 1, next - 1, 0, -1, Long.MAX_VALUE
        };
        toAll(request(sequences[random.nextInt(sequences.length)], write()));
        if (random.nextInt(4) == 0) {
          toAll(request(next, write()));
        }
      }
      case FLOOD -> {
        int limit = world.config().view().limits().requestBytes();
        for (int i = 0; i < 2 * window; i++) {
          int size = random.nextInt(limit + limit / 4);
          toAll(request(next + i, write().padded(size, random.nextInt(2_000))));
        }
      }
      case OPEN_REPLAY -> toAll(request(next, write()));
      case FOREIGN -> {}
      case WRITE_AS_READ -> {
        Bytes operation = random.nextBoolean() ? write().encode() : garbage(random.nextInt(64));
        Request request = make(Request.Kind.UNORDERED, id, session, next, operation);
        toAll(request);
        if (random.nextBoolean()) {
          toAll(make(Request.Kind.ORDERED, id, session, next, operation));
        }
      }
    }
  }

  /** Bytes that are no operation: all zeros would be one, on a register of the correct clients. */
  private static Bytes garbage(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0xff);
    return new Bytes(bytes);
  }

  /** Bytes that are no operation; not by chance one on a register of correct clients either. */
  private Bytes garbage() {
    byte[] bytes = new byte[1 + random.nextInt(63)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    bytes[0] = (byte) 0xff;
    return new Bytes(bytes);
  }

  private void badSignature() {
    Request good = request(next, write());
    boolean some = random.nextBoolean();
    for (int replica = 0; replica < replicas; replica++) {
      boolean bad = !some || random.nextBoolean();
      send(
          replica,
          bad ? good.withSignature(random.nextInt(3) == 0 ? Bytes.EMPTY : garbage()) : good);
    }
    if (random.nextInt(3) == 0) {
      toAll(good);
    }
  }

  private void replayOpens() {
    if (!opens.isEmpty() && random.nextBoolean()) {
      toAll(opens.get(random.nextInt(opens.size())));
    }
    switch (random.nextInt(4)) {
      case 0 -> toAll(open(random.nextLong(), 0));
      case 1 -> toAll(openWithDeadline(random.nextLong(), EPOCH + world.now() - 1_000_000));
      case 2 -> toAll(openWithDeadline(random.nextLong(), Long.MAX_VALUE));
      default -> send(random.nextInt(replicas), open(nonce, session));
    }
  }

  private void foreign() {
    // Session ids are positions of the order, so those of others are easy to guess.
    long guess = 1 + random.nextInt(64);
    toAll(
        make(
            Request.Kind.ORDERED,
            id,
            random.nextBoolean() ? guess : guess << 16,
            next,
            write().encode()));
    ClientId victim = World.clientId(random.nextInt(Math.max(1, place)));
    // Not issued by anybody: nothing in the name of another may ever be executed.
    Request forged =
        new Request(
            Request.Kind.ORDERED,
            victim,
            guess,
            1 + random.nextInt(4),
            write().encode(),
            signs ? signer.sign(new byte[0]) : Bytes.EMPTY);
    for (int replica = 0; replica < replicas; replica++) {
      send(replica, forged);
    }
  }

  // ---- requests
  // -----------------------------------------------------------------------------------

  private KvOperation write() {
    long key = KvOperation.FIRST_BYZANTINE_KEY + random.nextInt(4);
    return KvOperation.put(key, random.nextLong());
  }

  private Request open(long number, long closes) {
    long bound = world.config().view().limits().openBoundMicros();
    return openOperation(new OpenSession(number, EPOCH + world.now() + bound / 2, closes));
  }

  private Request openWithDeadline(long number, long deadline) {
    return openOperation(new OpenSession(number, deadline, 0));
  }

  private Request openOperation(OpenSession operation) {
    Request request = make(Request.Kind.OPEN, id, 0, 0, operation.encode());
    if (opens.size() < 16) {
      opens.add(request);
    }
    return request;
  }

  private Request request(long sequence, KvOperation operation) {
    return make(Request.Kind.ORDERED, id, session, sequence, operation.encode());
  }

  private Request make(
      Request.Kind kind, ClientId client, long ofSession, long sequence, Bytes operation) {
    Request request = new Request(kind, client, ofSession, sequence, operation, Bytes.EMPTY);
    if (signs) {
      request =
          request.withSignature(
              signer.sign(Statements.request(RunConfig.CLUSTER, request.digest())));
    }
    world.observers().issued(world.now(), client, false, request);
    return request;
  }

  private void toAll(Request request) {
    for (int replica = 0; replica < replicas; replica++) {
      send(replica, request);
    }
  }

  private void send(int replica, Request request) {
    world
        .network()
        .send(
            world.clientEndpoint(place),
            replica,
            new Message.ClientRequest(request, random.nextInt(replicas)));
  }

  // ---- replies
  // ------------------------------------------------------------------------------------

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
