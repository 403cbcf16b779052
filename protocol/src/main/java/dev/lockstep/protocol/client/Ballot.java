package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.view.QuorumSystem;
import java.util.ArrayList;
import java.util.List;

/**
 * The replies to one request in one view: the last of each member (RULES 31). Members are positions
 * in the view, sets of them bit masks. A comparator of null compares digests.
 */
final class Ballot {
  private final QuorumSystem quorums;
  private final Message.Reply[] replies;

  Ballot(QuorumSystem quorums) {
    this.quorums = quorums;
    replies = new Message.Reply[quorums.view().size()];
  }

  /** A later reply replaces the member's earlier one, also if it says something else (F13). */
  void put(int member, Message.Reply reply) {
    Message.Reply earlier = replies[member];
    // A retry names another replier, so a member may send first the result and then its digest.
    boolean shorter = reply.result() == null && earlier != null && agree(reply, earlier, null);
    if (!shorter) {
      replies[member] = reply;
    }
  }

  boolean has(int member) {
    return replies[member] != null;
  }

  Outcome outcome(int member) {
    return replies[member].outcome();
  }

  /** Members whose last reply is the same as that of this one. */
  long agreeing(int member, ReplyComparator comparator) {
    long mask = 0;
    for (int i = 0; i < replies.length; i++) {
      if (i == member || replies[i] != null && agree(replies[member], replies[i], comparator)) {
        mask |= 1L << i;
      }
    }
    return mask;
  }

  private static boolean agree(Message.Reply one, Message.Reply other, ReplyComparator comparator) {
    if (one.outcome() != other.outcome()) {
      return false;
    }
    if (comparator == null || one.outcome() != Outcome.EXECUTED) {
      return one.resultDigest().equals(other.resultDigest());
    }
    if (one.result() == null || other.result() == null) {
      return false;
    }
    try {
      return comparator.isSame(one.result(), other.result());
    } catch (RuntimeException e) {
      // The application's code, on bytes that a faulty replica may have chosen.
      return false;
    }
  }

  /** Whether no quorum can agree any more unless members change their replies. */
  boolean isHopeless(ReplyComparator comparator) {
    long silent = 0;
    for (int i = 0; i < replies.length; i++) {
      silent |= replies[i] == null ? 1L << i : 0;
    }
    for (int i = 0; i < replies.length; i++) {
      if (replies[i] != null && quorums.isVoteQuorum(agreeing(i, comparator) | silent)) {
        return false;
      }
    }
    return !quorums.isVoteQuorum(silent);
  }

  /** Whether a quorum says that this request was executed, whatever its result. */
  boolean isExecuted() {
    return quorums.isVoteQuorum(with(Outcome.EXECUTED) | with(Outcome.FORGOTTEN));
  }

  /** Whether a quorum says that the sequence was executed, with this request or another. */
  boolean isPast() {
    return quorums.isVoteQuorum(
        with(Outcome.EXECUTED) | with(Outcome.FORGOTTEN) | with(Outcome.CONFLICT));
  }

  private long with(Outcome outcome) {
    long mask = 0;
    for (int i = 0; i < replies.length; i++) {
      mask |= replies[i] != null && replies[i].outcome() == outcome ? 1L << i : 0;
    }
    return mask;
  }

  /** A result that one of these members sent whole, or null. */
  Bytes whole(long members) {
    List<Bytes> results = results(members);
    return results.isEmpty() ? null : results.get(0);
  }

  /** The results that these members sent whole, in the order of members. */
  List<Bytes> results(long members) {
    List<Bytes> results = new ArrayList<>();
    for (int i = 0; i < replies.length; i++) {
      if ((members & 1L << i) != 0 && replies[i].result() != null) {
        results.add(replies[i].result());
      }
    }
    return results;
  }
}
