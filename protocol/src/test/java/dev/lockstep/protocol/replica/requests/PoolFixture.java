package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.state.Effects;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Verdict;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import dev.lockstep.protocol.view.Views;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A pool of replica 0 with the table of sessions that it goes by, fed as a replica does. */
final class PoolFixture {
  static final ClientId ALICE = new ClientId(0, 1);
  static final ClientId BOB = new ClientId(0, 2);
  static final ClientId CAROL = new ClientId(0, 3);

  /** Of deadlines in these tests. */
  static final long TIMEOUT = 100;

  static final RequestBudgets BUDGETS = new RequestBudgets(4, 10_000, 3, 10_000);

  final View view;
  final Sessions sessions;
  final Work work = new Work();
  final RequestPool pool;

  /** Variants that lost their place. */
  final List<PooledRequest> lost = new ArrayList<>();

  /** What went because its session is over, or did not come. */
  final List<Request> dropped = new ArrayList<>();

  private final RequestPool.Lost noted =
      new RequestPool.Lost() {
        @Override
        public void conflict(PooledRequest request) {
          lost.add(request);
        }

        @Override
        public void dropped(PooledRequest request) {
          dropped.add(request.requestOrNull());
        }
      };

  private final Map<Digest, Request> bodies = new HashMap<>();
  private long orderedTime = 1_000_000;

  PoolFixture(View view, RequestBudgets budgets) {
    this.view = view;
    sessions = new Sessions(view.limits(), DeliveryRule.STANDARD);
    pool = new RequestPool(Views.quorums(view), 0, work, RequestRule.STANDARD, sessions, budgets);
  }

  /** Four replicas, one fault, requests by vouching. */
  static PoolFixture vouched() {
    return new PoolFixture(Views.byzantine(4, 1, 2), BUDGETS);
  }

  static PoolFixture signed() {
    View view = Views.byzantine(4, 1, 2);
    return new PoolFixture(Views.with(view, Views.limits(RequestAuthentication.SIGNED)), BUDGETS);
  }

  /** Limits with small batches. */
  static View.Limits limits(int batchRequests, int batchBytes, int requestBytes) {
    View.Limits limits = Views.limits(RequestAuthentication.VOUCHED);
    return new View.Limits(
        batchRequests,
        batchBytes,
        requestBytes,
        limits.sessionWindow(),
        limits.sessionsPerClient(),
        limits.sessions(),
        limits.replyCacheBytes(),
        limits.sessionTimeoutMicros(),
        limits.openBoundMicros(),
        limits.clockBoundMicros(),
        limits.authentication());
  }

  // ---- requests -----------------------------------------------------------------------------

  static Request request(ClientId client, long session, long sequence, String operation) {
    return new Request(
        Request.Kind.ORDERED,
        client,
        session,
        sequence,
        new Bytes(operation.getBytes(StandardCharsets.US_ASCII)),
        Bytes.EMPTY);
  }

  static Request request(ClientId client, long session, long sequence) {
    return request(client, session, sequence, "op");
  }

  Request open(ClientId client, long nonce) {
    return open(client, nonce, orderedTime + 30_000_000, 0);
  }

  static Request open(ClientId client, long nonce, long deadline, long closes) {
    return new Request(
        Request.Kind.OPEN,
        client,
        0,
        0,
        new OpenSession(nonce, deadline, closes).encode(),
        Bytes.EMPTY);
  }

  static Request close(ClientId client, long session, long sequence) {
    return new Request(Request.Kind.CLOSE, client, session, sequence, Bytes.EMPTY, Bytes.EMPTY);
  }

  Batch batch(Request... requests) {
    List<Reference> references = new ArrayList<>();
    for (Request request : requests) {
      bodies.put(request.digest(), request);
      references.add(request.reference());
    }
    return new Batch(
        new Batch.Header(0, sessions.lastInstance() + 1, orderedTime, Digest.ZERO, 0, Digest.ZERO),
        references);
  }

  // ---- delivery -----------------------------------------------------------------------------

  /** Delivers as a replica does. */
  List<Verdict> deliver(long now, Request... requests) {
    orderedTime += 1000;
    return deliver(now, batch(requests));
  }

  List<Verdict> deliver(long now, Batch batch) {
    Effects effects = sessions.deliver(batch, bodies::get);
    for (Effects.Effect effect : effects.effects()) {
      switch (effect.verdict()) {
        case EXECUTE -> pool.executed(effect.reference(), now, noted);
        case OPENED -> {
          pool.answered(effect.reference(), now);
          pool.opened(effect.reference().client(), effect.session(), now);
        }
        case OUT_OF_TURN -> pool.outOfTurn(effect.reference());
        case CLOSED -> pool.executed(effect.reference(), now, noted);
        default -> pool.answered(effect.reference(), now);
      }
    }
    effects.ended().forEach(ended -> pool.ended(ended, now, noted));
    return effects.effects().stream().map(Effects.Effect::verdict).toList();
  }

  /** Opens a session without the pool having known of it. */
  long session(ClientId client) {
    Request open = open(client, 1000 + sessions.lastInstance());
    deliver(0, open);
    return sessions.lastInstance() << 16;
  }

  /** Forgets what was held for so long, sessions and vouches alike. */
  void forgetOld(long now, long micros) {
    pool.forgetOld(now, micros, micros, noted);
  }

  /** A batch at an ordered time that lies later by so much. */
  void elapse(long micros) {
    orderedTime += micros;
  }

  RequestPool.Admitted offer(Request request, long now) {
    return pool.offerDirect(request, -1, now);
  }

  /** What the leader would propose. */
  List<Request> propose() {
    return pool.choose().stream().map(PooledRequest::requestOrNull).toList();
  }

  /** As if a value with these requests were voted for and not delivered. */
  void pinInFlight(Request... requests) {
    Batch batch = batch(requests);
    pool.pin(batch);
    pool.markInFlight(batch);
  }
}
