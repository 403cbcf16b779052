package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The requests that a replica holds before their delivery: what comes in, what is pending, and what
 * becomes of it at delivery. The documentation of this package draws the states of a request and
 * says which class answers for what.
 */
public final class RequestPool {
  /** What became of an offered request. */
  public enum Admitted {
    /** Held; or held already. */
    TAKEN,
    /** The client has too much outstanding. */
    BUSY,
    /** Delivered before: to be answered from the reply cache. */
    DELIVERED,
    /** Another request was executed at its place. */
    SUPERSEDED,
    /** It can never have an effect: too late, of no session of its client's, or malformed. */
    VOID,
    /** A third variant for one place in a session: the client is faulty. */
    EQUIVOCATION
  }

  /** Told of pending requests that went without having been ordered. */
  public interface Lost {
    /** Another request of the same client was executed at its place. */
    void conflict(PooledRequest request);

    /** Its session is over, or did not come. */
    void dropped(PooledRequest request);
  }

  private final Work work;
  private final boolean signed;
  private final Sessions sessions;
  private final RequestIndex index = new RequestIndex();
  private final Pins pins = new Pins(index);
  private final Vouches vouches;
  private final Sponsors sponsors;
  private final Greylist greylist;
  private final BatchChooser chooser;
  private final PendingRequests pending;
  private final Deadlines deadlines;

  /**
   * Digests of requests that came from their clients and can have no effect any more. A leader that
   * did not know so may have proposed them, and its proposal is to be voted for all the same.
   */
  private final Map<Digest, Boolean> authenticButOver = new Remembering<>();

  /**
   * @param self id of this replica
   * @param work what a pinned value waits for is told there when it comes
   * @param sessions as of the last delivered instance; they say what a request can still come to
   */
  public RequestPool(
      QuorumSystem quorums,
      int self,
      Work work,
      RequestRule rule,
      Sessions sessions,
      RequestBudgets budgets) {
    this.work = work;
    View view = quorums.view();
    this.sessions = sessions;
    signed = view.requestsAreSigned();
    vouches = new Vouches(quorums, self, view.byzantine() && !signed);
    sponsors = new Sponsors(budgets, index, vouches);
    greylist = new Greylist(quorums);
    chooser = new BatchChooser(view.limits(), sessions, vouches, greylist);
    pending =
        new PendingRequests(
            sessions,
            view.limits().sessionWindow(),
            budgets,
            rule,
            index,
            vouches,
            greylist,
            chooser);
    deadlines = pending.deadlines();
  }

  /** Whether requests are authentic by their client's signature, else by vouches. */
  public boolean isSigned() {
    return signed;
  }

  /** Whether its author can be trusted to have a valid signature already (SIGNED views). */
  public boolean isKnownAuthentic(Digest digest) {
    PooledRequest request = index.getOrNull(digest);
    return request != null && request.authentic;
  }

  public boolean isPending(Digest digest) {
    PooledRequest request = index.getOrNull(digest);
    return request != null && request.isPending();
  }

  /** The body of a request that is held, or null. */
  public Request bodyOrNull(Digest digest) {
    PooledRequest request = index.getOrNull(digest);
    return request == null ? null : request.request;
  }

  public int pendingCount() {
    return pending.count();
  }

  /** Pending requests that a leader could propose, or has. */
  public int proposableCount() {
    return pending.proposable();
  }

  /** Requests held on the word of the replica alone. */
  public int sponsoredBy(int replica) {
    return sponsors.heldFor(replica);
  }

  /** For traces: what waits longest. */
  public String describe() {
    PooledRequest head = deadlines.headOrNull();
    return head == null
        ? "none timed"
        : deadlines.count() + " timed, first " + head.request + " vouchers " + head.vouchers;
  }

  /** A request from its client, authenticated by the channel or its verified signature. */
  public Admitted offerDirect(Request request, int replier, long nowMicros) {
    PooledRequest known = index.getOrNull(request.digest());
    if (known != null && known.isPending() && pending.discardIfOver(known, nowMicros)) {
      known = index.getOrNull(request.digest());
    }
    if (known != null && known.isPending()) {
      known.replier = replier;
      known.direct = true;
      return Admitted.TAKEN;
    }
    Standing standing = sessions.standing(request);
    if (PendingRequests.isOver(standing)) {
      supply(request, true);
      rememberOver(request.digest(), standing);
      return switch (standing) {
        case DELIVERED -> Admitted.DELIVERED;
        case SUPERSEDED -> Admitted.SUPERSEDED;
        default -> Admitted.VOID;
      };
    }
    if (pending.isFull(request, 1)) {
      if (pending.refuse(request.client()) && !signed) {
        greylist.add(request.client());
      }
      return Admitted.BUSY;
    }
    PooledRequest entry = known == null ? new PooledRequest(request.digest()) : known;
    if (signed || entry.request == null) {
      become(entry, request);
    }
    entry.direct = true;
    entry.replier = replier;
    return admit(entry, standing, nowMicros);
  }

  /**
   * A request with a valid client signature that came through a peer. Its own budget limits what a
   * faulty client can place through faulty peers.
   */
  public Admitted offerSigned(Request request, long nowMicros) {
    PooledRequest known = index.getOrNull(request.digest());
    if (known != null && known.isPending()) {
      return Admitted.TAKEN;
    }
    Standing standing = sessions.standing(request);
    if (PendingRequests.isOver(standing)) {
      if (known != null) {
        supply(request, true);
      }
      return Admitted.DELIVERED;
    }
    if (pending.isFull(request, 2)) {
      return Admitted.BUSY;
    }
    PooledRequest entry = known == null ? new PooledRequest(request.digest()) : known;
    become(entry, request);
    return admit(entry, standing, nowMicros);
  }

  /** A member vouches for an unsigned request (RULES 12). Returns true if it became authentic. */
  public boolean vouch(int replica, Request request, long nowMicros) {
    PooledRequest entry = index.getOrNull(request.digest());
    if (entry == null) {
      if (PendingRequests.isOver(sessions.standing(request))) {
        return false;
      }
      entry = index.expect(request.digest());
    }
    if (entry.request == null) {
      become(entry, request);
    }
    vouches.add(entry, replica);
    if (entry.authentic) {
      return false;
    }
    if (vouches.makeAuthentic(entry)) {
      admit(entry, sessions.standing(request), nowMicros);
      return true;
    }
    if (entry.sponsor == PooledRequest.NOBODY) {
      sponsors.hold(entry, replica, nowMicros);
    }
    return false;
  }

  private void rememberOver(Digest digest, Standing standing) {
    // A signature proves itself at any time.
    if (!signed && standing == Standing.VOID) {
      authenticButOver.put(digest, true);
    }
  }

  /** A body that was asked for. Only bodies of pinned values are kept. */
  public void supply(Request request, boolean authentic) {
    PooledRequest entry = index.getOrNull(request.digest());
    if (entry == null) {
      return;
    }
    if (entry.request == null) {
      become(entry, request);
    }
    if (authentic && !entry.authentic) {
      entry.request = request;
      becomeAuthentic(entry);
      sponsors.release(entry);
    }
  }

  private Admitted admit(PooledRequest entry, Standing standing, long nowMicros) {
    becomeAuthentic(entry);
    sponsors.release(entry);
    index.add(entry);
    Admitted admitted =
        entry.isPending() || PendingRequests.isOver(standing)
            ? Admitted.DELIVERED
            : pending.add(entry, standing, nowMicros);
    if (admitted != Admitted.TAKEN) {
      index.dropIfUseless(entry);
    }
    return admitted;
  }

  private void become(PooledRequest entry, Request body) {
    entry.request = body;
    touchNaming(entry);
  }

  private void becomeAuthentic(PooledRequest entry) {
    if (!entry.authentic) {
      entry.authentic = true;
      touchNaming(entry);
    }
  }

  /** The values that name the request may be what a vote or a delivery waited for. */
  private void touchNaming(PooledRequest entry) {
    if (entry.pins == 1 && entry.pinnedAt > 0) {
      work.touch(entry.pinnedAt);
    } else if (entry.pins > 0) {
      work.touchAll();
    }
  }

  /** Keeps the bodies of a value, present or to come, until {@link #unpin}. */
  public void pin(Batch batch) {
    pins.pin(batch);
    if (!authenticButOver.isEmpty()) {
      for (PooledRequest request : pins.named(batch)) {
        if (authenticButOver.containsKey(request.digest())) {
          becomeAuthentic(request);
        }
      }
    }
  }

  public void unpin(Batch batch) {
    pins.unpin(batch);
  }

  /** Whether a pinned value names the request. */
  public boolean isPinned(Digest digest) {
    PooledRequest request = index.getOrNull(digest);
    return request != null && request.pins > 0;
  }

  /** The requests of a pinned value, in its order; those without a body are only expected. */
  public PooledRequest[] named(Batch batch) {
    return pins.named(batch);
  }

  public boolean hasAllBodies(Batch batch) {
    return pins.hasAllBodies(batch);
  }

  /** The bodies of a pinned value that are here, in its order. */
  public List<Request> bodies(Batch batch) {
    return pins.bodies(batch);
  }

  /** Requests of the pinned value whose body is missing or, if asked for, not authentic here. */
  public List<Digest> lacking(Batch batch, boolean authentic) {
    return pins.lacking(batch, authentic);
  }

  /** The requests of a pinned value that are here are not to be proposed again. */
  public void markInFlight(Batch batch) {
    pins.markInFlight(batch);
  }

  /** This replica votes for the pinned value in the current regency. */
  public void markVoted(Batch batch) {
    pins.markVoted(batch);
  }

  /** Whether another authentic request is pending for the same place in the session. */
  public boolean hasRival(Reference reference) {
    return pending.hasRival(reference);
  }

  /** Requests for a fresh batch of this leader's. They are in flight from now on. */
  public List<PooledRequest> choose() {
    return chooser.choose();
  }

  /**
   * The sequence of the session was executed: everything of the session up to it goes, whatever its
   * digest, and its successor's time begins (RULES 10).
   */
  public void executed(Reference reference, long nowMicros, Lost lost) {
    greylist.onDelivered();
    PooledRequest executed = index.getOrNull(reference.digest());
    if (executed != null && executed.sponsor != PooledRequest.NOBODY) {
      sponsors.release(executed);
      index.dropIfUseless(executed);
    }
    pending.executed(reference, executed, nowMicros, lost);
  }

  /** The request was answered otherwise (opened, expired, a duplicate, refused): it goes. */
  public void answered(Reference reference, long nowMicros) {
    pending.answered(reference, nowMicros);
  }

  /** Its turn had not come: it stays, to be proposed again. */
  public void outOfTurn(Reference reference) {
    pending.outOfTurn(reference);
  }

  /** A session was opened: what was sent in it before this replica knew of it gets its deadline. */
  public void opened(ClientId client, long session, long nowMicros) {
    pending.opened(client, session, nowMicros);
  }

  /** A session is over: nothing of it is held from here on (RULES 9). */
  public void ended(long session, long nowMicros, Lost lost) {
    pending.ended(session, nowMicros, remembering(lost));
  }

  private Lost remembering(Lost lost) {
    return new Lost() {
      @Override
      public void conflict(PooledRequest request) {
        lost.conflict(request);
      }

      @Override
      public void dropped(PooledRequest request) {
        rememberOver(request.digest(), sessions.standing(request.request));
        lost.dropped(request);
      }
    };
  }

  /**
   * Forgets what was held for a reason that may never come: requests of sessions that were not
   * opened, and those that too few have vouched for. Honest clients and peers send them again.
   *
   * @param earlyMicros how long the first are held
   * @param vouchedMicros how long the others are
   */
  public void forgetOld(long nowMicros, long earlyMicros, long vouchedMicros, Lost lost) {
    pending.forgetEarly(nowMicros - earlyMicros, nowMicros, lost);
    sponsors.forget(nowMicros - vouchedMicros);
  }

  /** The sessions are those of another instance now: what has an effect, and when, is seen anew. */
  public void rebase(long nowMicros) {
    pending.rebase(nowMicros);
  }

  /** A new regency begins: all waiting starts anew, nothing is in flight and nothing voted for. */
  public void restartTimers(long nowMicros) {
    for (PooledRequest request : index.all()) {
      request.inFlight = false;
      request.votedAt = 0;
    }
    pending.restart(nowMicros);
  }

  /** When {@link #onDeadline} should be called, in microseconds. */
  public long nextDeadline(long timeoutMicros) {
    return deadlines.next(timeoutMicros);
  }

  /** Handles expired deadlines; the caller forwards and suspects as told. */
  public Overdue onDeadline(long nowMicros, long timeoutMicros) {
    return deadlines.onDeadline(nowMicros, timeoutMicros);
  }

  /** Remembers who asked for a vouch that cannot be given yet (RULES 13). */
  public void rememberAsker(Digest digest, int replica) {
    vouches.rememberAsker(digest, replica);
  }

  /** Members whose question for the request is open, ascending; forgets them. */
  public List<Integer> takeAskers(Digest digest) {
    return vouches.takeAskers(digest);
  }

  /**
   * A member lacks an authentic copy of a proposed request for longer than a request timeout.
   * Returns true when enough members say so that the client was greylisted now. A leader that
   * invents requests can have an honest client greylisted; that costs the client a round trip,
   * because the replicas that have its requests vouch for them.
   */
  public boolean complain(Reference reference, int replica) {
    return !signed && greylist.complain(reference, replica);
  }

  /** Whether a client was ever greylisted, so that vouches may be lacking. */
  public boolean hasGreylisted() {
    return !greylist.everListed().isEmpty();
  }

  /** Pending requests of greylisted clients for which vouches are to be asked. */
  public List<Digest> lackingVouches(int atMost) {
    List<Digest> lacking = new ArrayList<>();
    for (ClientId client : greylist.everListed()) {
      if (!greylist.contains(client)) {
        continue;
      }
      for (PooledRequest head : pending.heads(client)) {
        if (!vouches.mayStop(head) && lacking.size() < atMost) {
          lacking.add(head.digest());
        }
      }
    }
    return lacking;
  }
}
