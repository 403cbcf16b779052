package dev.lockstep.protocol.state;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.view.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Feeds a table of sessions and a reply cache with one batch after the other. The service answers
 * with the operation.
 */
final class Script {
  static final ClientId ALICE = new ClientId(0, 1);
  static final ClientId BOB = new ClientId(0, 2);
  static final long SECOND = 1_000_000;

  /** Ordered time of the first instance: a wall clock. */
  static final long START = 1_700_000_000L * SECOND;

  static final int VIEW = 7;

  final Sessions sessions;
  final ReplyCache cache;
  long now = START;

  /** What the last batch did. */
  Effects effects;

  /** What the last batch was answered. */
  List<Answer> answers;

  Script() {
    this(limits(4, 3, 6, 1 << 20));
  }

  Script(View.Limits limits) {
    this(limits, DeliveryRule.STANDARD);
  }

  Script(View.Limits limits, DeliveryRule rule) {
    sessions = new Sessions(limits, rule);
    cache = new ReplyCache(limits);
  }

  /** A session timeout of 10 s and an OPEN bound of 60 s. */
  static View.Limits limits(int window, int perClient, int total, int cacheBytes) {
    return new View.Limits(
        1024,
        1 << 20,
        100_000,
        window,
        perClient,
        total,
        cacheBytes,
        10 * SECOND,
        60 * SECOND,
        SECOND / 2,
        View.RequestAuthentication.SIGNED);
  }

  /** Delivers and executes a batch one millisecond after the last one. */
  Effects batch(Request... requests) {
    return batchAfter(1000, requests);
  }

  Effects batchAfter(long micros, Request... requests) {
    now += micros;
    return proposed(now, requests);
  }

  Effects proposed(long timestampMicros, Request... requests) {
    deliver(timestampMicros, requests);
    answers = execute(effects);
    return effects;
  }

  Effects deliver(long timestampMicros, Request... requests) {
    Map<Digest, Request> bodies = new HashMap<>();
    List<Reference> references = new ArrayList<>();
    for (Request request : requests) {
      bodies.put(request.digest(), request);
      references.add(request.reference());
    }
    return deliver(timestampMicros, references, bodies::get);
  }

  Effects deliver(
      long timestampMicros, List<Reference> references, Function<Digest, Request> bodies) {
    Batch batch =
        new Batch(
            new Batch.Header(
                0, sessions.lastInstance() + 1, timestampMicros, Digest.ZERO, 0, Digest.ZERO),
            references);
    operations.putIfAbsent(batch.instance(), new ArrayList<>());
    effects = sessions.deliver(batch, bodies);
    for (Effects.Effect effect : effects.effects()) {
      if (effect.verdict() == Verdict.EXECUTE) {
        Request body = bodies.apply(effect.reference().digest());
        operations.get(batch.instance()).add(ServiceResult.of(body.operation()));
      }
    }
    return effects;
  }

  private final Map<Long, List<ServiceResult>> operations = new HashMap<>();

  List<Answer> execute(Effects delivered) {
    return cache.executed(VIEW, delivered, operations.get(delivered.instance()));
  }

  Message.Reply reply() {
    return answers.get(answers.size() - 1).reply();
  }

  /** Opens a session and returns its id. */
  long session(ClientId client, long nonce) {
    return batch(open(client, nonce)).effects().get(0).session();
  }

  Request open(ClientId client, long nonce) {
    return open(client, nonce, now + 30 * SECOND, 0);
  }

  static Request open(ClientId client, long nonce, long deadline, long closes) {
    return request(
        Request.Kind.OPEN, client, 0, 0, new OpenSession(nonce, deadline, closes).encode());
  }

  static Request ordered(ClientId client, long session, long sequence) {
    return ordered(client, session, sequence, "op" + sequence);
  }

  static Request ordered(ClientId client, long session, long sequence, String operation) {
    return request(Request.Kind.ORDERED, client, session, sequence, bytes(operation));
  }

  static Request request(
      Request.Kind kind, ClientId client, long session, long sequence, Bytes operation) {
    return new Request(kind, client, session, sequence, operation, Bytes.EMPTY);
  }

  static Bytes bytes(String text) {
    return new Bytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  static List<Verdict> verdicts(Effects effects) {
    return effects.effects().stream().map(Effects.Effect::verdict).toList();
  }
}
