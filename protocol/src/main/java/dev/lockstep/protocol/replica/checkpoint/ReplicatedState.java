package dev.lockstep.protocol.replica.checkpoint;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.state.ReplyCache;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.List;

/**
 * The protocol's part of the state that is the same at all replicas: what a checkpoint holds of it,
 * and how a replica goes on from one.
 */
public final class ReplicatedState {
  private final View.Limits limits;
  private final DeliveryRule rule;
  private final int window;
  private final Sessions sessions;
  private final ReplyCache replies;
  private final DecisionLog log;
  private final ViewHistory views;

  public ReplicatedState(
      View.Limits limits,
      DeliveryRule rule,
      int window,
      Sessions sessions,
      ReplyCache replies,
      DecisionLog log,
      ViewHistory views) {
    this.limits = limits;
    this.rule = rule;
    this.window = window;
    this.sessions = sessions;
    this.replies = replies;
    this.log = log;
    this.views = views;
  }

  /** What is known at the delivery of the last instance; the replies follow with its execution. */
  public CheckpointHead delivered() {
    long instance = log.last();
    List<Digest> headers = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = Math.max(1, instance - window + 1); t <= instance; t++) {
      headers.add(log.header(t));
      certificates.add(log.certificateOrNull(t));
    }
    return new CheckpointHead(instance, headers, certificates, sessions.snapshot(), Bytes.EMPTY);
  }

  /** The same with the replies, once that instance and nothing after it is executed. */
  public CheckpointHead executed(CheckpointHead delivered) {
    return new CheckpointHead(
        delivered.instance(),
        delivered.headers(),
        delivered.certificates(),
        delivered.sessions(),
        replies.snapshot());
  }

  /** Goes on from this state. */
  public void adopt(CheckpointHead head) throws DecodeException {
    sessions.restore(head.sessions());
    replies.restore(head.replies());
    log.restore(head.instance(), head.headers(), head.certificates());
    views.onDelivered(log.last());
  }

  /** Refuses a state that could not be adopted; changes nothing. */
  public void refuseUnfit(CheckpointHead head) throws DecodeException {
    Sessions table = new Sessions(limits, rule);
    table.restore(head.sessions());
    ReplyCache cache = new ReplyCache(limits);
    cache.restore(head.replies());
    if (table.lastInstance() != head.instance() || cache.lastInstance() != head.instance()) {
      throw new DecodeException(
          "state of "
              + table.lastInstance()
              + " and "
              + cache.lastInstance()
              + " in a checkpoint of "
              + head.instance());
    }
    if (!table.spine().equals(cache.spine())) {
      throw new DecodeException(
          "sessions and replies in the checkpoint of "
              + head.instance()
              + " do not belong together");
    }
  }
}
