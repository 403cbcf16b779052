package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A client under test, what it did, and replies in the words of the rules. */
final class ClientHarness implements ClientActions {
  static final long MILLI = 1000;
  static final ClientConfig.Timing TIMING =
      new ClientConfig.Timing(100 * MILLI, 400 * MILLI, 50 * MILLI, 1000 * MILLI, 5000 * MILLI);
  static final Digest CLUSTER = Digest.hash(new byte[] {1});
  static final ClientId ID = new ClientId(0, 7);
  static final long HANDLE = 1;
  static final long SESSION = 99;

  record Sent(int replica, Message.ClientRequest message) {
    Request request() {
      return message.request();
    }
  }

  final Client client;
  final List<Sent> sent = new ArrayList<>();
  final Map<Long, ClientResult> results = new LinkedHashMap<>();
  final List<String> events = new ArrayList<>();
  final List<Ignored> ignored = new ArrayList<>();
  OpenedResult opened;
  long now;
  long wallOffset = 1_000_000_000L;

  ClientHarness(View view) {
    this(view, TIMING, 4, null);
  }

  ClientHarness(View view, ClientConfig.Timing timing, int queuedCalls, Signer signer) {
    ClientConfig config = new ClientConfig(ID, CLUSTER, view, timing, Digest.ZERO, queuedCalls);
    client = new Client(config, QuorumRule.STANDARD, signer, this);
    at(0);
  }

  // ---- views --------------------------------------------------------------------------------

  static View.Limits limits(int window, View.RequestAuthentication authentication) {
    return new View.Limits(
        64,
        1 << 16,
        100,
        window,
        3,
        100,
        1 << 16,
        600_000_000L,
        60_000_000L,
        500_000L,
        authentication);
  }

  static View byzantine(int window) {
    return view(View.Mode.BYZANTINE, List.of(1, 1, 1, 1), 1, window);
  }

  static View view(View.Mode mode, List<Integer> weights, int faults, int window) {
    View.Limits limits = limits(window, View.RequestAuthentication.VOUCHED);
    return View.genesis(mode, 1, weights, faults, limits);
  }

  static View next(View view, List<Integer> members) {
    return next(view, members, view.limits());
  }

  static View next(View view, List<Integer> members, View.Limits limits) {
    List<View.Member> list = new ArrayList<>();
    members.forEach(member -> list.add(new View.Member(member, 1)));
    return new View(
        view.id() + 1, 100, view.mode(), view.window(), list, view.faults(), members, 5, limits);
  }

  // ---- events -------------------------------------------------------------------------------

  /** Time is this many milliseconds after the start. */
  void at(long millis) {
    now = millis * MILLI;
    client.onTime(now, now + wallOffset);
  }

  /** A client with an open session, and nothing in its records. */
  static ClientHarness open(View view) {
    return open(new ClientHarness(view));
  }

  static ClientHarness open(ClientHarness harness) {
    harness.client.openSession(HANDLE);
    harness.answerOpen(new OpenedResult(SESSION, -1, List.of()));
    harness.clear();
    return harness;
  }

  void answerOpen(OpenedResult result) {
    Request open = lastOpen();
    for (View.Member member : client.view().members()) {
      reply(member.replica(), open, Outcome.OPENED, result.encode());
    }
  }

  void invoke(long call) {
    client.invoke(HANDLE, call, bytes("op" + call));
  }

  void read(long call) {
    client.invokeUnordered(HANDLE, call, bytes("read" + call));
  }

  void reply(int replica, Request request, Outcome outcome, Bytes result) {
    Digest digest = ResultDigest.of(outcome, result);
    client.onReply(replica, reply(request, client.view().id(), outcome, digest, result));
  }

  void executed(int replica, Request request, String result) {
    reply(replica, request, Outcome.EXECUTED, bytes(result));
  }

  /** As a replica answers that is not the one to answer whole. */
  void digestOnly(int replica, Request request, String result) {
    Digest digest = ResultDigest.of(Outcome.EXECUTED, bytes(result));
    client.onReply(replica, reply(request, client.view().id(), Outcome.EXECUTED, digest, null));
  }

  void plain(int replica, Request request, Outcome outcome) {
    reply(replica, request, outcome, Bytes.EMPTY);
  }

  void plainFrom(List<Integer> replicas, Request request, Outcome outcome) {
    replicas.forEach(replica -> plain(replica, request, outcome));
  }

  void executedFrom(List<Integer> replicas, Request request, String result) {
    replicas.forEach(replica -> executed(replica, request, result));
  }

  static Message.Reply reply(
      Request request, int view, Outcome outcome, Digest digest, Bytes result) {
    return new Message.Reply(
        view, request.session(), request.sequence(), request.digest(), outcome, digest, result, 5);
  }

  static Bytes bytes(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  // ---- what it did --------------------------------------------------------------------------

  void clear() {
    sent.clear();
    events.clear();
    ignored.clear();
  }

  /** The requests sent since the last look, each once. */
  List<Request> requests() {
    Map<Digest, Request> requests = new LinkedHashMap<>();
    sent.forEach(message -> requests.put(message.request().digest(), message.request()));
    sent.clear();
    return List.copyOf(requests.values());
  }

  Request request() {
    List<Request> requests = requests();
    if (requests.size() != 1) {
      throw new AssertionError("not one request: " + requests);
    }
    return requests.get(0);
  }

  Request lastOpen() {
    for (int i = sent.size() - 1; i >= 0; i--) {
      if (sent.get(i).request().kind() == Request.Kind.OPEN) {
        return sent.get(i).request();
      }
    }
    throw new AssertionError("no OPEN in " + sent);
  }

  OpenSession openOperation() {
    return OpenSession.decodeOrNull(lastOpen().operation());
  }

  List<Integer> receivers() {
    return sent.stream().map(Sent::replica).toList();
  }

  List<Integer> repliers() {
    return sent.stream().map(message -> message.message().replier()).distinct().toList();
  }

  ClientResult.Status status(long call) {
    ClientResult result = results.get(call);
    return result == null ? null : result.status();
  }

  String value(long call) {
    ClientResult result = results.get(call);
    return result == null || result.value() == null
        ? null
        : new String(result.value().array(), StandardCharsets.UTF_8);
  }

  @Override
  public void send(int replica, Message.ClientRequest message) {
    sent.add(new Sent(replica, message));
  }

  @Override
  public void completed(long call, ClientResult result) {
    if (results.put(call, result) != null) {
      throw new AssertionError("call " + call + " was completed twice");
    }
    events.add("completed " + call);
  }

  @Override
  public void sessionOpened(long handle, OpenedResult result) {
    opened = result;
    events.add("opened " + handle);
  }

  @Override
  public void sessionClosed(long handle) {
    events.add("closed " + handle);
  }

  @Override
  public void sessionLost(long handle) {
    events.add("lost " + handle);
  }

  @Override
  public void sessionRefused(long handle) {
    events.add("refused " + handle);
  }

  @Override
  public void ignored(int replica, Ignored reason) {
    ignored.add(reason);
  }
}
