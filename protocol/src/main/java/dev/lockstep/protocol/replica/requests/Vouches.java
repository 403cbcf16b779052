package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who vouched for which request, and what that is enough for: f+1 others make an unsigned request
 * authentic (RULES 12); 2f+1, this replica among them, make sure that every correct replica will
 * come to hold it, so that it may be a reason for a STOP (RULES 13).
 */
final class Vouches {
  private final View view;
  private final QuorumSystem quorums;
  private final long self;
  private final boolean needsVouchesToStop;

  /** Of each member, by position, the requests that it wants vouched for when that is possible. */
  private final List<Map<Digest, Boolean>> askers = new ArrayList<>();

  /**
   * @param needsVouchesToStop false where a request is authentic without the word of others
   */
  Vouches(QuorumSystem quorums, int self, boolean needsVouchesToStop) {
    view = quorums.view();
    this.quorums = quorums;
    this.self = quorums.bit(self);
    this.needsVouchesToStop = needsVouchesToStop;
    for (int position = 0; position < view.size(); position++) {
      askers.add(new Remembering<>());
    }
  }

  /** A member vouches for the request. */
  void add(PooledRequest request, int replica) {
    request.vouchers |= quorums.bit(replica);
  }

  /** The word of a member is forgotten. */
  void withdraw(PooledRequest request, int replica) {
    request.vouchers &= ~quorums.bit(replica);
  }

  /** One of the members whose word is remembered, or {@link PooledRequest#NOBODY}. */
  int anyVoucher(PooledRequest request) {
    return request.vouchers == 0
        ? PooledRequest.NOBODY
        : view.members().get(Long.numberOfTrailingZeros(request.vouchers)).replica();
  }

  /** Whether a correct one of the others says that the client made the request. */
  boolean makeAuthentic(PooledRequest request) {
    return quorums.hasOneCorrect(request.vouchers & ~self);
  }

  /** Whether the request, authentic here, may be a reason for a STOP. */
  boolean mayStop(PooledRequest request) {
    return !needsVouchesToStop || quorums.isInstall(request.vouchers | self);
  }

  /** Remembers who asked for a vouch that cannot be given yet (RULES 13). */
  void rememberAsker(Digest digest, int replica) {
    askers.get(view.indexOf(replica)).put(digest, true);
  }

  /** Members whose question for the request is open, ascending; forgets them. */
  List<Integer> takeAskers(Digest digest) {
    List<Integer> taken = List.of();
    for (int position = 0; position < askers.size(); position++) {
      Map<Digest, Boolean> asked = askers.get(position);
      if (!asked.isEmpty() && asked.remove(digest) != null) {
        if (taken.isEmpty()) {
          taken = new ArrayList<>();
        }
        taken.add(view.members().get(position).replica());
      }
    }
    return taken;
  }
}
