package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.RandomValues;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Messages of an adversary who knows the protocol: numbers around the window and at the ends of
 * their range, lists that are far too long, repeated digests, and valid signatures of the replicas
 * whose keys it has.
 */
final class HostileMessages {
  /** A list longer than any budget in these tests. */
  static final int GIANT = 2000;

  private static final int REMEMBERED = 100;

  private final Random random;
  private final RandomValues values;
  private final View view;
  private final TestCrypto crypto;
  private final int keysFrom;

  /** What was made before, to be repeated. */
  private final List<Batch> batches = new ArrayList<>();

  private final List<Request> requests = new ArrayList<>();
  private boolean insideList;

  /** {@code keysFrom}: the adversary has the keys of replicas with this id or a higher one. */
  HostileMessages(long seed, View view, TestCrypto crypto, int keysFrom) {
    random = new Random(seed);
    values = new RandomValues(seed);
    this.view = view;
    this.crypto = crypto;
    this.keysFrom = keysFrom;
  }

  int sender() {
    return switch (random.nextInt(8)) {
      case 0 -> values.i32();
      case 1 -> view.size();
      default -> random.nextInt(view.size());
    };
  }

  /** A member whose key the adversary has, or a stranger. */
  int faultySender() {
    return random.nextInt(10) == 0
        ? view.size() + random.nextInt(3)
        : keysFrom + random.nextInt(view.size() - keysFrom);
  }

  private long instance() {
    return switch (random.nextInt(8)) {
      case 0 -> values.i64();
      case 1 -> Long.MAX_VALUE - random.nextInt(3);
      case 2, 3, 4 -> 1 + random.nextInt(view.window());
      default -> random.nextInt(4 * view.window() + 40) - 1;
    };
  }

  private long regency() {
    return switch (random.nextInt(6)) {
      case 0 -> values.i64();
      case 1 -> Long.MAX_VALUE / 4 - random.nextInt(3);
      default -> random.nextInt(6) - 1;
    };
  }

  private <T> List<T> list(Supplier<T> element) {
    // One giant list in a message is enough; giants of giants would only cost time.
    boolean giant = !insideList && random.nextInt(20) == 0;
    boolean outside = !insideList;
    insideList = true;
    List<T> list = new ArrayList<>();
    for (int size = giant ? GIANT : random.nextInt(4); size > 0; size--) {
      list.add(element.get());
    }
    insideList = !outside;
    return list;
  }

  private <T> T oldOr(List<T> old, Supplier<T> fresh) {
    if (!old.isEmpty() && random.nextInt(20) > 0) {
      return old.get(random.nextInt(old.size()));
    }
    T made = fresh.get();
    if (old.size() < REMEMBERED) {
      old.add(made);
    } else {
      old.set(random.nextInt(REMEMBERED), made);
    }
    return made;
  }

  ClientId client() {
    return new ClientId(0, random.nextInt(3));
  }

  Request request() {
    return oldOr(requests, this::freshRequest);
  }

  private Request freshRequest() {
    ClientId client = client();
    Request.Kind kind = Request.Kind.values()[random.nextInt(3)];
    boolean open = kind == Request.Kind.OPEN && random.nextBoolean();
    Request request =
        new Request(
            kind,
            client,
            open ? 0 : random.nextBoolean() ? values.i64() : random.nextInt(4) << 16,
            open ? 0 : random.nextBoolean() ? values.i64() : random.nextInt(20),
            open ? new OpenSession(values.i64(), values.i64(), values.i64()).encode() : operation(),
            Bytes.EMPTY);
    if (random.nextBoolean()) {
      return request;
    }
    byte[] statement = Statements.request(ReplicaHarness.CLUSTER, request.digest());
    return request.withSignature(crypto.signer(client).sign(statement));
  }

  private Bytes operation() {
    return new Bytes(new byte[random.nextInt(20) == 0 ? 200_000 : random.nextInt(80)]);
  }

  private Reference reference() {
    return random.nextInt(4) == 0 ? values.reference() : request().reference();
  }

  private Batch batch() {
    return oldOr(batches, this::freshBatch);
  }

  private Batch freshBatch() {
    boolean good = random.nextBoolean();
    return new Batch(
        new Batch.Header(
            good ? view.id() : values.i32(),
            instance(),
            good ? ReplicaHarness.WALL : values.i64(),
            values.digest(),
            regency(),
            good ? Digest.ZERO : values.digest()),
        list(this::reference));
  }

  private Digest digest() {
    return switch (random.nextInt(3)) {
      case 0 -> values.digest();
      case 1 -> batch().digest();
      default -> request().digest();
    };
  }

  private Bytes sign(int replica, byte[] statement) {
    return replica >= keysFrom && replica < view.size() && random.nextInt(8) > 0
        ? crypto.signer(replica).sign(statement)
        : values.bytes();
  }

  private Certificate certificate() {
    Batch batch = batch();
    long instance = random.nextInt(4) == 0 ? instance() : batch.instance();
    long regency = regency();
    List<Certificate.Vote> votes = new ArrayList<>();
    for (int i = random.nextInt(view.size() + 2); i > 0; i--) {
      int signer = sender();
      byte[] statement =
          Statements.accept(
              ReplicaHarness.CLUSTER, view.id(), instance, regency, batch.digest(), signer);
      votes.add(new Certificate.Vote(signer, sign(signer, statement)));
    }
    return new Certificate(instance, regency, batch.digest(), votes);
  }

  private Message.SignedTestimony stopData(int sender, long regency) {
    Testimony core =
        new Testimony(
            regency,
            random.nextInt(8) == 0 ? values.i32() : sender,
            random.nextInt(4) == 0 ? values.i64() : 0,
            random.nextInt(3) == 0 ? instance() : 0,
            random.nextInt(3) == 0
                ? list(() -> new Testimony.Decided(instance(), digest()))
                : List.of(),
            random.nextInt(3) > 0 ? list(this::open) : List.of(),
            random.nextInt(3) == 0 ? list(() -> claim(sender())) : List.of());
    return new Message.SignedTestimony(
        core, sign(sender, Statements.stopData(ReplicaHarness.CLUSTER, core)));
  }

  private Testimony.Open open() {
    return new Testimony.Open(
        instance(),
        random.nextInt(4) == 0 ? digest() : null,
        random.nextBoolean() ? Testimony.Lock.NONE : new Testimony.Lock(regency(), digest()),
        list(() -> new Testimony.Written(regency(), digest())));
  }

  private Message.Sync sync() {
    long regency = regency();
    int leader = view.leader(regency);
    List<Message.SignedTestimony> entries = list(() -> stopData(sender(), regency));
    return new Message.Sync(
        regency,
        entries,
        list(this::certificate),
        list(this::batch),
        sign(leader, Statements.sync(ReplicaHarness.CLUSTER, regency, leader, entries)));
  }

  private Message.Accept accept(int sender) {
    long instance = instance();
    long regency = regency();
    Digest digest = digest();
    byte[] statement =
        Statements.accept(ReplicaHarness.CLUSTER, view.id(), instance, regency, digest, sender);
    return new Message.Accept(instance, regency, digest, sign(sender, statement));
  }

  Message.ReplicaMessage message(int sender) {
    return switch (random.nextInt(18)) {
      case 0, 1 -> new Message.Propose(instance(), regency(), batch(), list(this::request));
      case 2 -> {
        Batch batch = batch();
        yield new Message.Propose(
            batch.instance(), batch.header().proposedInRegency(), batch, list(this::request));
      }
      case 3, 4 -> new Message.Write(instance(), regency(), digest());
      case 5 -> accept(sender);
      case 6 -> new Message.Stop(regency());
      case 7 -> new Message.StopData(stopData(sender, regency()), list(this::certificate));
      case 8 -> sync();
      case 9 ->
          new Message.Status(
              values.i32(), regency(), regency(), values.flag(), instance(), instance());
      case 10 -> new Message.Decision(batch(), certificate(), list(this::request));
      case 11 ->
          random.nextBoolean()
              ? new Message.FetchDecisions(instance(), instance(), values.i32())
              : transfer();
      case 12 -> new Message.FetchValue(instance(), digest());
      case 13 -> new Message.Value(batch());
      case 14 -> new Message.FetchRequests(list(this::digest), values.flag());
      case 15 ->
          random.nextBoolean()
              ? new Message.Forwarded(list(this::request))
              : new Message.RequestBodies(list(this::request));
      case 16 -> new Message.Missing(instance(), regency(), list(this::digest), values.flag());
      default -> recovery(sender);
    };
  }

  private Message.ReplicaMessage transfer() {
    return switch (random.nextInt(6)) {
      case 0 -> new Message.Fetched(instance(), instance(), instance(), instance());
      case 1 -> new Message.FetchOffers();
      case 2 ->
          new Message.Offers(
              list(() -> new Message.Offer(instance(), digest(), instance())),
              instance(),
              instance());
      case 3 -> new Message.FetchPiece(instance(), values.i32());
      case 4 -> new Message.ManifestOf(values.manifest(), list(this::certificate));
      default -> new Message.Piece(instance(), values.i32(), values.bytes());
    };
  }

  private Message.ReplicaMessage recovery(int sender) {
    long incarnation = random.nextBoolean() ? random.nextInt(5) : values.i64();
    Bytes claim = sign(sender, Statements.incarnation(ReplicaHarness.CLUSTER, sender, incarnation));
    return random.nextBoolean()
        ? new Message.Recover(values.i64(), incarnation, claim)
        : new Message.RecoverReply(
            values.i64(),
            incarnation,
            claim,
            values.flag() ? 0 : values.i64(),
            values.flag() ? 0 : values.i64(),
            instance(),
            values.flag() ? certificate() : null,
            list(() -> claim(sender())));
  }

  private Claim claim(int replica) {
    long incarnation = values.flag() ? 1 : values.i64();
    Bytes signature =
        values.flag()
            ? sign(replica, Statements.incarnation(ReplicaHarness.CLUSTER, replica, incarnation))
            : values.bytes();
    return new Claim(replica, incarnation, signature);
  }
}
