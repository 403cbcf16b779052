package dev.lockstep.protocol.state;

import static dev.lockstep.protocol.state.Script.SECOND;
import static dev.lockstep.protocol.state.Script.limits;
import static dev.lockstep.protocol.state.Script.open;
import static dev.lockstep.protocol.state.Script.ordered;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random histories of few clients, small bounds and many collisions. */
class SessionsPropertiesTest {
  private static final int CACHE_BYTES = 1500;
  private static final View.Limits LIMITS = limits(3, 3, 6, CACHE_BYTES);

  /**
   * A random history: batches with their bodies, as one leader after the other might propose it.
   */
  private static final class History {
    final Random random;
    final Sessions view = new Sessions(LIMITS, DeliveryRule.STANDARD);
    final Map<Digest, Request> bodies = new HashMap<>();
    final List<Request> sent = new ArrayList<>();
    final Map<Long, ClientId> sessions = new LinkedHashMap<>();
    final List<Batch> batches = new ArrayList<>();
    long now = 1000 * SECOND;

    History(long seed) {
      random = new Random(seed);
    }

    void extend() {
      // Mostly short steps, sometimes an outage, sometimes a clock that stands.
      now += random.nextInt(20) == 0 ? 3600 * SECOND : random.nextInt(3) * SECOND;
      List<Request> requests = new ArrayList<>();
      for (int i = random.nextInt(8); i > 0; i--) {
        Request request = request();
        sent.add(request);
        bodies.put(request.digest(), request);
        requests.add(request);
      }
      Batch.Header header =
          new Batch.Header(0, batches.size() + 1, now, Digest.ZERO, 0, Digest.ZERO);
      Batch batch = new Batch(header, requests.stream().map(Request::reference).toList());
      batches.add(batch);
      for (Effects.Effect effect : view.deliver(batch, bodies::get).effects()) {
        if (effect.verdict() == Verdict.OPENED) {
          sessions.put(effect.session(), effect.reference().client());
        }
      }
    }

    private Request request() {
      if (!sent.isEmpty() && random.nextInt(4) == 0) {
        return sent.get(random.nextInt(sent.size()));
      }
      ClientId client = new ClientId(0, random.nextInt(3));
      List<Long> ids = new ArrayList<>(sessions.keySet());
      if (ids.isEmpty() || random.nextInt(5) == 0) {
        long closes = ids.isEmpty() || random.nextBoolean() ? 0 : recent(ids);
        return open(client, random.nextInt(6), now + random.nextInt(70) * SECOND, closes);
      }
      long session = recent(ids);
      ClientId owner = random.nextInt(10) == 0 ? client : sessions.get(session);
      long sequence = Math.max(0, view.lastExecuted(session)) + random.nextInt(5) - 2;
      if (random.nextInt(2) == 0) {
        sequence = view.lastExecuted(session) + 1;
      }
      if (random.nextInt(12) == 0) {
        return Script.request(Request.Kind.CLOSE, owner, session, sequence, Bytes.EMPTY);
      }
      return ordered(owner, session, sequence, "x".repeat(random.nextInt(300)));
    }

    private long recent(List<Long> ids) {
      return ids.get(Math.max(0, ids.size() - 1 - random.nextInt(5)));
    }
  }

  private static List<ServiceResult> results(Effects effects, Map<Digest, Request> bodies) {
    return effects.effects().stream()
        .filter(effect -> effect.verdict() == Verdict.EXECUTE)
        .map(effect -> ServiceResult.of(bodies.get(effect.reference().digest()).operation()))
        .toList();
  }

  /** A replica that was restored from a checkpoint goes on as the one that took it. */
  @Property(tries = 200)
  void restoredStateGoesOnAsTheOriginal(@ForAll long seed) throws DecodeException {
    History history = new History(seed);
    Sessions sessions = new Sessions(LIMITS, DeliveryRule.STANDARD);
    Sessions restored = new Sessions(LIMITS, DeliveryRule.STANDARD);
    ReplyCache cache = new ReplyCache(LIMITS);
    ReplyCache restoredCache = new ReplyCache(LIMITS);
    Random local = new Random(~seed);
    for (int i = 0; i < 60; i++) {
      history.extend();
      Batch batch = history.batches.get(i);
      Effects one = sessions.deliver(batch, history.bodies::get);
      assertThat(restored.deliver(batch, history.bodies::get)).isEqualTo(one);
      List<Answer> answers = cache.executed(0, one, results(one, history.bodies));
      assertThat(restoredCache.executed(0, one, results(one, history.bodies))).isEqualTo(answers);
      assertThat(restored.snapshot()).isEqualTo(sessions.snapshot());
      assertThat(restoredCache.snapshot()).isEqualTo(cache.snapshot());
      assertThat(restored.hash()).isEqualTo(sessions.hash());
      assertThat(restoredCache.hash()).isEqualTo(cache.hash());
      if (local.nextInt(4) == 0) {
        restored = new Sessions(LIMITS, DeliveryRule.STANDARD);
        restored.restore(sessions.snapshot());
        restoredCache = new ReplyCache(LIMITS);
        restoredCache.restore(cache.snapshot());
        assertThat(restoredCache.heldBytes()).isEqualTo(cache.heldBytes());
      }
    }
  }

  /** Whatever a sender makes of a snapshot: it is refused, or it is one of exactly that state. */
  @Property(tries = 200)
  void damagedSnapshotsAreRefusedOrCanonical(@ForAll long seed) {
    History history = new History(seed);
    Sessions sessions = new Sessions(LIMITS, DeliveryRule.STANDARD);
    ReplyCache cache = new ReplyCache(LIMITS);
    for (int i = 0; i < 30; i++) {
      history.extend();
      Effects one = sessions.deliver(history.batches.get(i), history.bodies::get);
      cache.executed(0, one, results(one, history.bodies));
    }
    Random local = new Random(~seed);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      Bytes first = damaged(sessions.snapshot(), local);
      Bytes second = damaged(cache.snapshot(), local);
      try {
        sessions.restore(first);
        assertThat(sessions.snapshot()).isEqualTo(first);
      } catch (DecodeException e) {
        refused++;
        sessions = new Sessions(LIMITS, DeliveryRule.STANDARD);
      }
      try {
        cache.restore(second);
        assertThat(cache.snapshot()).isEqualTo(second);
        assertThat(cache.heldBytes()).isLessThanOrEqualTo(CACHE_BYTES);
      } catch (DecodeException e) {
        refused++;
        cache = new ReplyCache(LIMITS);
      }
    }
    assertThat(refused).isPositive();
  }

  private static Bytes damaged(Bytes bytes, Random random) {
    byte[] copy = bytes.array().clone();
    if (random.nextInt(8) == 0) {
      return new Bytes(Arrays.copyOf(copy, random.nextInt(copy.length + 9)));
    }
    for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
      copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return new Bytes(copy);
  }

  @Property(tries = 200)
  void replicasThatDeliveredTheSameHoldTheSame(@ForAll long seed) {
    History history = new History(seed);
    Sessions eager = new Sessions(LIMITS, DeliveryRule.STANDARD);
    Sessions curious = new Sessions(LIMITS, DeliveryRule.STANDARD);
    ReplyCache eagerCache = new ReplyCache(LIMITS);
    ReplyCache trailingCache = new ReplyCache(LIMITS);
    List<Effects> trailing = new ArrayList<>();
    Random local = new Random(~seed);
    for (int i = 0; i < 60; i++) {
      history.extend();
      Batch batch = history.batches.get(i);
      Effects one = eager.deliver(batch, history.bodies::get);
      List<Answer> answers = eagerCache.executed(0, one, results(one, history.bodies));
      for (int look = local.nextInt(5); look > 0 && !history.sent.isEmpty(); look--) {
        Request any = history.sent.get(local.nextInt(history.sent.size()));
        curious.standing(any);
        trailingCache.answer(local.nextInt(), any);
      }
      Effects two = curious.deliver(batch, history.bodies::get);
      assertThat(two).isEqualTo(one);
      assertThat(curious.hash()).isEqualTo(eager.hash()).isEqualTo(history.view.hash());
      trailing.add(two);
      if (local.nextInt(4) == 0) {
        List<Answer> last = List.of();
        for (Effects effects : trailing) {
          last = trailingCache.executed(0, effects, results(effects, history.bodies));
        }
        trailing.clear();
        assertThat(last).isEqualTo(answers);
        assertThat(trailingCache.hash()).isEqualTo(eagerCache.hash());
      }
    }
  }

  /** At most once, in order, in a session that its client owns; checked against plain books. */
  @Property(tries = 200)
  void executesEachSequenceOnceAndInOrder(@ForAll long seed) {
    History history = new History(seed);
    Sessions sessions = new Sessions(LIMITS, DeliveryRule.STANDARD);
    ReplyCache cache = new ReplyCache(LIMITS);
    Map<Long, ClientId> owner = new HashMap<>();
    Map<Long, Long> last = new HashMap<>();
    Map<Long, Map<Long, Digest>> executed = new HashMap<>();
    Set<Long> ended = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      history.extend();
      Effects effects = sessions.deliver(history.batches.get(i), history.bodies::get);
      for (Effects.Effect effect : effects.effects()) {
        long s = effect.session();
        long sequence = effect.reference().sequence();
        Digest digest = effect.reference().digest();
        switch (effect.verdict()) {
          case OPENED -> {
            if (owner.putIfAbsent(s, effect.reference().client()) == null) {
              last.put(s, 0L);
              executed.put(s, new HashMap<>());
            }
            assertThat(owner.get(s)).isEqualTo(effect.reference().client());
            if (effect.closed() != 0) {
              assertThat(ended.add(effect.closed())).isTrue();
              assertThat(effect.closedLastExecuted()).isEqualTo(last.get(effect.closed()));
            }
          }
          case EXECUTE -> {
            assertThat(owner.get(s)).isEqualTo(effect.reference().client());
            assertThat(ended).doesNotContain(s);
            assertThat(sequence).isEqualTo(last.put(s, sequence) + 1);
            executed.get(s).put(sequence, digest);
          }
          case DUPLICATE ->
              assertThat(
                      sequence <= last.get(s) - LIMITS.sessionWindow()
                          || executed.get(s).get(sequence).equals(digest))
                  .isTrue();
          case CONFLICT -> assertThat(executed.get(s).get(sequence)).isNotEqualTo(digest);
          case OUT_OF_TURN -> assertThat(sequence).isGreaterThan(last.get(s) + 1);
          default -> {}
        }
      }
      ended.addAll(effects.ended());
      List<Answer> answers = cache.executed(0, effects, results(effects, history.bodies));
      for (Answer answer : answers) {
        if (answer.reply().outcome() == Outcome.EXECUTED) {
          Request body = history.bodies.get(answer.reply().requestDigest());
          assertThat(answer.reply().result()).isEqualTo(body.operation());
        }
      }
      checkBounds(sessions, cache, owner.keySet(), owner);
      checkStandings(history, sessions, cache);
    }
  }

  private static void checkBounds(
      Sessions sessions, ReplyCache cache, Set<Long> known, Map<Long, ClientId> owner) {
    assertThat(cache.heldBytes()).isBetween(0L, (long) CACHE_BYTES);
    Map<ClientId, Integer> live = new HashMap<>();
    for (long id : known) {
      if (sessions.lastExecuted(id) >= 0) {
        live.merge(owner.get(id), 1, Integer::sum);
      }
    }
    assertThat(live.values()).allMatch(count -> count <= LIMITS.sessionsPerClient());
    assertThat(live.values().stream().mapToInt(count -> count).sum())
        .isLessThanOrEqualTo(LIMITS.sessions());
  }

  /**
   * With execution up to date, table and cache agree on what is to be answered without ordering.
   */
  private static void checkStandings(History history, Sessions sessions, ReplyCache cache) {
    for (Request request : history.sent) {
      Outcome outcome =
          cache.answer(0, request) == null ? null : cache.answer(0, request).outcome();
      switch (sessions.standing(request)) {
        case NEXT, LATER -> assertThat(outcome).isNull();
        case DELIVERED ->
            assertThat(outcome).isIn(Outcome.EXECUTED, Outcome.FORGOTTEN, Outcome.OPENED);
        case SUPERSEDED -> assertThat(outcome).isEqualTo(Outcome.CONFLICT);
        case VOID -> assertThat(outcome).isIn(Outcome.EXPIRED, Outcome.REFUSED);
      }
    }
  }
}
