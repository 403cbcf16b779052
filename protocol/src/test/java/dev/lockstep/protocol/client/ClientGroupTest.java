package dev.lockstep.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.state.Answer;
import dev.lockstep.protocol.state.Effects;
import dev.lockstep.protocol.state.ReplyCache;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import dev.lockstep.protocol.state.Verdict;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A client with real sessions and reply caches, at three replicas that execute at their own pace
 * and a fourth that lies, over a network that loses, repeats and reorders. What a result says of a
 * call must be true of the order in which the group executed.
 */
class ClientGroupTest {
  private static final long HANDLE = 1;
  private static final int RUNS = 100;
  private static final Set<Status> SEEN = EnumSet.noneOf(Status.class);

  /** One entry of the order: what delivery did, and the results of what it executed. */
  private record Ordered(Effects effects, List<ServiceResult> results, int executedAfter) {}

  private record Flying(int replica, Message message) {}

  private static final class Run implements ClientActions {
    final Random random;
    final View view;
    final Sessions sessions;
    final List<ReplyCache> caches = new ArrayList<>();
    final List<Ordered> order = new ArrayList<>();
    final Map<Digest, Request> pool = new LinkedHashMap<>();
    final List<Flying> network = new ArrayList<>();
    final List<Bytes> executed = new ArrayList<>();
    final Set<Bytes> calls = new HashSet<>();
    final Map<Long, Bytes> operations = new HashMap<>();
    final Map<Long, Integer> readStarts = new HashMap<>();
    final Map<Long, ClientResult> results = new HashMap<>();
    final Client client;
    final long patience;
    int highestKnown; // number of executed operations that the client has seen the effect of
    long nextCall = 1;
    long now;
    boolean healed;
    boolean without; // a session

    Run(long seed) {
      random = new Random(seed);
      View.Limits limits =
          new View.Limits(
              64,
              1 << 16,
              100,
              1 + random.nextInt(4),
              3,
              5,
              random.nextBoolean() ? 600 : 1 << 16,
              3_000_000,
              60_000_000,
              500_000,
              View.RequestAuthentication.VOUCHED);
      view = View.genesis(View.Mode.BYZANTINE, 1, List.of(1, 1, 1, 1), 1, limits);
      sessions = new Sessions(limits, DeliveryRule.STANDARD);
      for (int i = 0; i < 4; i++) {
        caches.add(new ReplyCache(limits));
      }
      patience = random.nextBoolean() ? 300_000 : 3_000_000;
      ClientConfig.Timing timing =
          new ClientConfig.Timing(50_000, 400_000, 50_000, patience, 1_000_000);
      ClientConfig config =
          new ClientConfig(
              new ClientId(0, 3), Digest.ZERO, view, timing, new Digest(seed, 0, 0, 0), 6);
      client = new Client(config, QuorumRule.STANDARD, null, this);
    }

    void tick(long micros) {
      now += micros;
      client.onTime(now, 1_000_000_000 + now);
    }

    void run() {
      tick(0);
      client.openSession(HANDLE);
      for (int step = 0; step < 1500; step++) {
        tick(random.nextInt(8000));
        step();
        host();
      }
      healed = true;
      // Everything that was under way ends, and then a call gets its result.
      for (int step = 0; step < 6000 && results.size() < nextCall - 1; step++) {
        tick(2000);
        step();
      }
      assertThat(results).hasSize((int) nextCall - 1);
      for (int attempt = 0; attempt < 20 && !lastCallExecuted(); attempt++) {
        call(false);
        for (int step = 0; step < 300 || results.size() < nextCall - 1; step++) {
          tick(2000);
          step();
          reopenIfWithout();
        }
      }
      assertThat(lastCallExecuted()).as("a call after everything is well").isTrue();
      check();
    }

    private boolean lastCallExecuted() {
      ClientResult result = results.get(nextCall - 1);
      return result != null && result.status() == Status.EXECUTED;
    }

    private void host() {
      int choice = random.nextInt(200);
      if (choice < 30) {
        call(choice < 12);
      } else if (choice == 30) {
        client.reopenSession(HANDLE);
      } else if (choice == 31) {
        client.onReconnect(random.nextInt(4));
      } else if (choice == 32 && random.nextInt(5) == 0) {
        client.closeSession(HANDLE);
        client.openSession(HANDLE);
        without = false;
      } else if (choice == 33 && random.nextInt(10) == 0) {
        tick(2_000_000);
      }
      reopenIfWithout();
    }

    private void reopenIfWithout() {
      if (without && random.nextInt(20) == 0) {
        without = false;
        client.reopenSession(HANDLE);
      }
    }

    private void call(boolean read) {
      long call = nextCall++;
      Bytes operation = number(read ? -call : call);
      operations.put(call, operation);
      if (read) {
        readStarts.put(call, highestKnown);
        client.invokeUnordered(HANDLE, call, operation);
      } else {
        calls.add(operation);
        client.invoke(HANDLE, call, operation);
      }
    }

    private static Bytes number(long number) {
      return new Bytes(ByteBuffer.allocate(8).putLong(number).array());
    }

    private static long number(Bytes bytes) {
      return ByteBuffer.wrap(bytes.array()).getLong();
    }

    private void step() {
      // Execution trails delivery by a bound.
      if (random.nextInt(3) == 0
          && caches.stream().allMatch(cache -> order.size() < cache.lastInstance() + 10)) {
        deliver();
      }
      for (int replica = 0; replica < 4; replica++) {
        if (random.nextInt(healed ? 2 : 4) == 0) {
          execute(replica);
        }
      }
      for (int i = random.nextInt(healed ? 40 : 6); i > 0 && !network.isEmpty(); i--) {
        Flying message = network.remove(random.nextInt(network.size()));
        if (!healed && random.nextInt(10) == 0) {
          network.add(message);
        }
        if (healed || random.nextInt(10) > 1) {
          arrive(message);
        }
      }
    }

    private void arrive(Flying flying) {
      if (flying.message instanceof Message.ToClient reply) {
        client.onReply(flying.replica, reply);
      } else if (flying.message instanceof Message.ClientRequest request) {
        onRequest(flying.replica, request);
      }
    }

    private void onRequest(int replica, Message.ClientRequest message) {
      Request request = message.request();
      ReplyCache cache = caches.get(replica);
      if (request.kind() == Request.Kind.UNORDERED) {
        long last = cache.lastInstance();
        Bytes state = number(last == 0 ? 0 : order.get((int) last - 1).executedAfter);
        answer(
            replica,
            message.replier(),
            new Message.Reply(
                0,
                0,
                request.sequence(),
                request.digest(),
                Outcome.EXECUTED,
                ResultDigest.of(Outcome.EXECUTED, state),
                state,
                last));
        return;
      }
      Message.Reply reply = cache.answer(0, request);
      if (reply != null) {
        answer(replica, message.replier(), reply);
      } else {
        pool.put(request.digest(), request);
      }
    }

    /** The next batch: what is next in its session, at most one of each. */
    private void deliver() {
      Set<Long> taken = new HashSet<>();
      List<Reference> references = new ArrayList<>();
      for (Request request : pool.values()) {
        boolean next = sessions.standing(request) == Standing.NEXT;
        if (next && random.nextInt(3) > 0 && taken.add(request.session())) {
          references.add(request.reference());
        }
      }
      Batch.Header header =
          new Batch.Header(
              0,
              order.size() + 1,
              1_000_000_000 + now - random.nextInt(100_000),
              Digest.ZERO,
              0,
              Digest.ZERO);
      Effects effects = sessions.deliver(new Batch(header, references), pool::get);
      List<ServiceResult> outputs = new ArrayList<>();
      for (Effects.Effect effect : effects.effects()) {
        if (effect.verdict() == Verdict.EXECUTE) {
          Bytes operation = pool.get(effect.reference().digest()).operation();
          if (number(operation) > 0) {
            executed.add(operation);
          }
          outputs.add(ServiceResult.of(number(executed.size())));
        }
      }
      order.add(new Ordered(effects, outputs, executed.size()));
      references.forEach(reference -> pool.remove(reference.digest()));
      pool.values()
          .removeIf(
              request ->
                  sessions.standing(request) != Standing.NEXT
                      && sessions.standing(request) != Standing.LATER);
    }

    private void execute(int replica) {
      ReplyCache cache = caches.get(replica);
      if (cache.lastInstance() < order.size()) {
        Ordered next = order.get((int) cache.lastInstance());
        for (Answer answer : cache.executed(0, next.effects, next.results)) {
          answer(replica, random.nextInt(4), answer.reply());
        }
      }
    }

    private void answer(int replica, int replier, Message.Reply reply) {
      Message.Reply sent = replica == 3 ? lie(reply) : reply;
      if (replier >= 0 && replier != replica) {
        sent = with(sent, sent.outcome(), sent.resultDigest(), null);
      }
      network.add(new Flying(replica, sent));
    }

    private Message.Reply lie(Message.Reply reply) {
      Bytes result = number(random.nextInt(3));
      return switch (random.nextInt(6)) {
        case 0 -> with(reply, reply.outcome(), reply.resultDigest(), result);
        case 1 -> with(reply, reply.outcome(), ResultDigest.of(reply.outcome(), result), result);
        case 2 -> plain(reply, Outcome.EXPIRED);
        case 3 -> plain(reply, Outcome.CONFLICT);
        case 4 -> plain(reply, Outcome.BUSY);
        default -> reply;
      };
    }

    private static Message.Reply plain(Message.Reply reply, Outcome outcome) {
      return with(reply, outcome, ResultDigest.of(outcome, Bytes.EMPTY), Bytes.EMPTY);
    }

    private static Message.Reply with(
        Message.Reply reply, Outcome outcome, Digest digest, Bytes result) {
      return new Message.Reply(
          reply.view(),
          reply.session(),
          reply.sequence(),
          reply.requestDigest(),
          outcome,
          digest,
          result,
          reply.instance());
    }

    // ---- what the client says -----------------------------------------------------------------

    @Override
    public void send(int replica, Message.ClientRequest message) {
      network.add(new Flying(replica, message));
    }

    @Override
    public void completed(long call, ClientResult result) {
      assertThat(results.put(call, result)).isNull();
      SEEN.add(result.status());
      boolean done = executed.contains(operations.get(call));
      switch (result.status()) {
        case EXECUTED -> {
          int value = (int) number(result.value());
          if (readStarts.containsKey(call)) {
            assertThat(value).isBetween(readStarts.get(call), executed.size());
          } else {
            assertThat(executed.get(value - 1)).isEqualTo(operations.get(call));
          }
          highestKnown = Math.max(highestKnown, value);
        }
        case FORGOTTEN -> assertThat(done || readStarts.containsKey(call)).isTrue();
        case CONFLICT -> throw new AssertionError("nobody else uses the session");
        case LOST -> {
          if (!done) {
            never.add(operations.get(call));
          }
        }
        case NOT_EXECUTED, BUSY, REFUSED -> never.add(operations.get(call));
        case MAY_EXECUTE -> {}
      }
    }

    /** What must not be executed from here on. */
    final Set<Bytes> never = new HashSet<>();

    void check() {
      assertThat(executed).doesNotHaveDuplicates().doesNotContainAnyElementsOf(never);
      assertThat(calls).containsAll(executed);
    }

    @Override
    public void sessionOpened(long handle, OpenedResult opened) {
      without = false;
    }

    @Override
    public void sessionLost(long handle) {
      without = true;
    }

    @Override
    public void sessionRefused(long handle) {
      without = client.sessionOf(HANDLE) == 0;
    }
  }

  @Test
  void whatTheClientSaysIsTrue() {
    for (long seed = 1; seed <= RUNS; seed++) {
      try {
        new Run(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    // So that the runs are known to reach what they are for.
    assertThat(SEEN)
        .contains(
            Status.EXECUTED,
            Status.FORGOTTEN,
            Status.LOST,
            Status.MAY_EXECUTE,
            Status.NOT_EXECUTED,
            Status.BUSY);
  }
}
