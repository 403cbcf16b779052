package dev.lockstep.protocol.replica.admission;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.port.Transport;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.state.ReplyCache;
import dev.lockstep.protocol.view.ViewHistory;

/**
 * Answers clients: whole from the replica that the client named, and when the answer is small; else
 * as a digest. Says nothing while this replica's state is not proved.
 */
public final class Replies {
  /** Results no longer than this are sent whole by everybody: a digest would save nothing. */
  private static final int SMALL_RESULT = 64;

  private final int self;
  private final ViewHistory views;
  private final DecisionLog log;
  private final Voice voice;
  private final ReplyCache held;
  private final Transport transport;

  public Replies(
      int self,
      ViewHistory views,
      DecisionLog log,
      Voice voice,
      ReplyCache held,
      Transport transport) {
    this.self = self;
    this.views = views;
    this.log = log;
    this.voice = voice;
    this.held = held;
    this.transport = transport;
  }

  /**
   * Sends an answer.
   *
   * @param replier the replica that the client wants the whole answer from; negative for all
   */
  public void answer(ClientId client, int replier, Message.Reply reply) {
    if (!voice.mayReply()) {
      return;
    }
    boolean whole =
        replier < 0
            || replier == self
            || reply.result() == null
            || reply.result().length() <= SMALL_RESULT;
    transport.reply(client, whole ? reply : reply.asDigest());
  }

  /** Answers what was executed, or can never be, from what is held. */
  public void again(Request request, int replier) {
    Message.Reply reply = held.answer(views.newest().id(), request);
    if (reply != null) {
      answer(request.client(), replier, reply);
    }
  }

  /** Answers a request that is not executed. */
  public void refuse(Request request, int replier, Message.Outcome outcome) {
    Digest digest = ResultDigest.of(outcome, Bytes.EMPTY);
    answer(request.client(), replier, reply(request, outcome, digest, Bytes.EMPTY));
  }

  /** Answers a read that the service executed on its state as it is. */
  public void onRead(ClientId client, Request request, int replier, ServiceResult result) {
    Message.Outcome executed = Message.Outcome.EXECUTED;
    answer(client, replier, reply(request, executed, result.digest(), result.bytes()));
  }

  private Message.Reply reply(
      Request request, Message.Outcome outcome, Digest digest, Bytes result) {
    return new Message.Reply(
        views.newest().id(),
        request.session(),
        request.sequence(),
        request.digest(),
        outcome,
        digest,
        result,
        log.last());
  }
}
