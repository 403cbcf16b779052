package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parts of a client without the client, and what they asked for. */
final class ClientParts implements ClientActions {
  final ClientConfig config;
  final RequestSender sender;
  final ReplyQuorum quorum;
  final Calls calls;
  final ClientSessions sessions;
  final List<ClientHarness.Sent> sent = new ArrayList<>();
  final Map<Long, ClientResult.Status> results = new LinkedHashMap<>();
  final List<String> events = new ArrayList<>();

  ClientParts(View view, Signer signer) {
    config =
        new ClientConfig(
            ClientHarness.ID, ClientHarness.CLUSTER, view, ClientHarness.TIMING, Digest.ZERO, 2);
    sender = new RequestSender(config, QuorumRule.STANDARD, signer, this);
    quorum = new ReplyQuorum(sender);
    calls = new Calls(config, sender, quorum, this);
    sessions = new ClientSessions(config, sender, quorum, calls, this);
    at(0);
  }

  void at(long millis) {
    sender.advance(millis * ClientHarness.MILLI, 1_000_000_000L + millis * ClientHarness.MILLI);
  }

  /** Something of kind {@code kind} that was sent. */
  Pending launched(Session session, Request.Kind kind, Pending.Call call, long sequence) {
    Pending pending = sender.make(session, kind, call);
    Bytes operation = ClientHarness.bytes("op");
    sender.launch(
        pending, new Request(kind, ClientHarness.ID, session.id, sequence, operation, Bytes.EMPTY));
    return pending;
  }

  static Pending.Call call(ReplyComparator comparator, ReplyExtractor extractor) {
    return new Pending.Call(
        1, ClientHarness.bytes("op"), comparator, extractor, 1000 * ClientHarness.MILLI);
  }

  static Message.Reply reply(Pending pending, Outcome outcome, Bytes result) {
    Digest digest = ResultDigest.of(outcome, result);
    return ClientHarness.reply(pending.request, 0, outcome, digest, result);
  }

  /** As a replica answers that is not the one to answer whole. */
  static Message.Reply digestOnly(Pending pending, Bytes result) {
    Digest digest = ResultDigest.of(Outcome.EXECUTED, result);
    return ClientHarness.reply(pending.request, 0, Outcome.EXECUTED, digest, null);
  }

  List<Integer> receivers() {
    List<Integer> receivers = sent.stream().map(ClientHarness.Sent::replica).toList();
    sent.clear();
    return receivers;
  }

  @Override
  public void send(int replica, Message.ClientRequest message) {
    sent.add(new ClientHarness.Sent(replica, message));
  }

  @Override
  public void completed(long call, ClientResult result) {
    results.put(call, result.status());
  }

  @Override
  public void sessionOpened(long handle, OpenedResult opened) {
    events.add("opened " + handle);
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
  public void sessionClosed(long handle) {
    events.add("closed " + handle);
  }
}
