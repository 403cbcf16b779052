package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.client.ClientActions.Ignored;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import java.util.List;

/**
 * What enough replies say (RULES 29 to 31): which replies count, whether a quorum agrees, and what
 * its result is, if need be by asking one of it for the whole.
 *
 * <p>A quorum is always the vote quorum of the client's view, also in crash mode, so that a read
 * quorum meets the quorum that answered a write (F6).
 */
final class ReplyQuorum {
  /**
   * What a quorum says.
   *
   * @param members who says it, as positions in the view
   */
  record Answer(Outcome outcome, long members) {}

  private final RequestSender sender;

  ReplyQuorum(RequestSender sender) {
    this.sender = sender;
  }

  /**
   * Why the reply does not count, or null if it does.
   *
   * @param position of the sender in the view, or -1
   * @param pending what it says that it answers, or null if that is not under way
   */
  Ignored reasonToIgnore(int position, Pending pending, Message.Reply reply) {
    if (position < 0) {
      return Ignored.NOT_A_MEMBER;
    }
    if (pending == null
        || pending.request.session() != reply.session()
        || pending.request.sequence() != reply.sequence()) {
      return Ignored.UNKNOWN_REQUEST;
    }
    if (reply.view() != sender.view().id()) {
      return Ignored.OTHER_VIEW;
    }
    return isWellFormed(pending, reply) ? null : Ignored.MALFORMED;
  }

  /** Whether a correct replica may answer this request so. */
  private static boolean isWellFormed(Pending pending, Message.Reply reply) {
    Outcome outcome = reply.outcome();
    boolean hasResult = outcome == Outcome.EXECUTED || outcome == Outcome.OPENED;
    if (reply.result() == null && hasResult) {
      // Digests of results that may differ say nothing.
      return isPossible(pending.kind, outcome) && !pending.isCustom();
    }
    Bytes result = hasResult ? reply.result() : Bytes.EMPTY;
    return isPossible(pending.kind, outcome)
        && ResultDigest.of(outcome, result).equals(reply.resultDigest());
  }

  private static boolean isPossible(Request.Kind kind, Outcome outcome) {
    return switch (outcome) {
      case BUSY -> true;
      case EXECUTED -> kind != Request.Kind.OPEN;
      case OPENED -> kind == Request.Kind.OPEN;
      case CONFLICT, FORGOTTEN -> kind == Request.Kind.ORDERED || kind == Request.Kind.CLOSE;
      case EXPIRED -> kind != Request.Kind.UNORDERED;
      case REFUSED -> true;
    };
  }

  /**
   * What a quorum says together with this member, whose reply came last, or null: only the group of
   * that reply can have become a quorum.
   */
  Answer answerOrNull(Pending pending, int position) {
    long agreeing = pending.ballot.agreeing(position, pending.comparator());
    return sender.quorums().isVoteQuorum(agreeing)
        ? new Answer(pending.ballot.outcome(position), agreeing)
        : null;
  }

  /** Whether no quorum can agree any more unless members change their replies. */
  boolean isHopeless(Pending pending) {
    return pending.ballot.isHopeless(pending.comparator());
  }

  /** The value of the call that these members agree on; null if more of their replies must come. */
  Bytes valueOrAsk(Pending pending, long members) {
    return pending.isCustom()
        ? extracted(pending, pending.ballot.results(members))
        : wholeOrAsk(pending, members);
  }

  /**
   * The result that these members agree on. If none of them sent more than its digest, the next of
   * them is asked at once (RULES 30), and it is null.
   */
  Bytes wholeOrAsk(Pending pending, long members) {
    Bytes whole = pending.ballot.whole(members);
    if (whole == null) {
      sender.askForWhole(pending, members);
    }
    return whole;
  }

  /** Null if the extractor of the call cannot make a result of these. */
  static Bytes extracted(Pending pending, List<Bytes> results) {
    if (pending.call.extractor() == null) {
      return results.get(0);
    }
    try {
      return pending.call.extractor().extract(results);
    } catch (RuntimeException e) {
      // The application's code, on bytes of which a faulty replica may have chosen some.
      return null;
    }
  }
}
