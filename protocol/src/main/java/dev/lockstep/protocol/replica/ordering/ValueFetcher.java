package dev.lockstep.protocol.replica.ordering;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.facts.Lacking;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.RequestPool;
import java.util.ArrayList;
import java.util.List;

/** Asks for the values and bodies without which a slot can be neither voted for nor delivered. */
public final class ValueFetcher implements Lacking {
  /** Bodies of a proposal that are asked for at a time from everybody. */
  private static final int FETCHED_BODIES = 64;

  /** The pause between two questions doubles so many times. */
  private static final int MOST_DOUBLINGS = 3;

  private final int self;
  private final Clock clock;
  private final Work work;
  private final Outbox out;
  private final Window window;
  private final Regency regency;
  private final RequestPool pool;
  private final long fetchMicros;
  private final long requestMicros;

  /**
   * @param fetchMicros how long to wait before somebody else is asked
   * @param requestMicros how long clients may take to send their requests everywhere
   */
  public ValueFetcher(
      int self,
      Clock clock,
      Work work,
      Outbox out,
      Window window,
      Regency regency,
      RequestPool pool,
      long fetchMicros,
      long requestMicros) {
    this.self = self;
    this.clock = clock;
    this.work = work;
    this.out = out;
    this.window = window;
    this.regency = regency;
    this.pool = pool;
    this.fetchMicros = fetchMicros;
    this.requestMicros = requestMicros;
  }

  /**
   * A value is asked for soon; bodies a good deal later, because clients are sending them. A
   * replica that is a little behind with its clients would otherwise ask for what is on its way, be
   * sent all of it by everybody, fall further behind, and ask for more.
   */
  @Override
  public void lacks(Slot slot) {
    if (slot.nextFetch == 0) {
      boolean bodies = slot.proposal != null || slot.decidedValueOrNull() != null;
      slot.asked = 0;
      slot.nextFetch =
          clock.now() + (bodies ? Math.max(fetchMicros, requestMicros) / 4 : fetchMicros / 2);
    }
  }

  /** When the next question is due, in microseconds. */
  public long nextDeadline() {
    long next = Long.MAX_VALUE;
    for (Slot slot : window.slots()) {
      if (slot.nextFetch != 0) {
        next = Math.min(next, slot.nextFetch);
      }
    }
    return next;
  }

  /** Asks for what is due. */
  public void onTime() {
    for (Slot slot : new ArrayList<>(window.slots())) {
      if (slot.nextFetch == 0 || slot.nextFetch > clock.now()) {
        continue;
      }
      long pause = fetchMicros << Math.min(slot.asked, MOST_DOUBLINGS);
      slot.nextFetch = 0;
      if (fetch(slot)) {
        slot.nextFetch = clock.now() + pause;
      } else {
        work.touch(slot.instance);
      }
      slot.asked++;
    }
  }

  /** Asks for what the slot lacks; returns whether it still lacks something. */
  private boolean fetch(Slot slot) {
    Certificate decision = slot.consensus.decision();
    Digest wanted = decision != null ? decision.digest() : regency.fixedOrNull(slot.instance);
    if (wanted == null) {
      return slot.proposal != null && fetchForProposal(slot);
    }
    Batch value = slot.values.get(wanted);
    if (value == null) {
      out.send(nextSource(slot), new Message.FetchValue(slot.instance, wanted));
      return true;
    }
    List<Digest> lacking = pool.lacking(value, false);
    if (lacking.isEmpty()) {
      return false;
    }
    out.send(nextSource(slot), new Message.FetchRequests(lacking, false));
    return true;
  }

  private boolean fetchForProposal(Slot slot) {
    Message.Propose propose = slot.proposal;
    List<Digest> lacking = pool.lacking(propose.batch(), true);
    if (lacking.isEmpty() || slot.consensus.votedIn() >= regency.installed()) {
      return false;
    }
    boolean overdue = slot.openSince >= 0 && clock.now() - slot.openSince > requestMicros;
    tellMissing(slot, propose, lacking, overdue);
    if (slot.asked == 0) {
      return true; // the leader has them, and sends them once
    }
    List<Digest> some = lacking.subList(0, Math.min(FETCHED_BODIES, lacking.size()));
    Message.FetchRequests fetch = new Message.FetchRequests(some, !pool.isSigned());
    if (pool.isSigned()) {
      out.send(nextSource(slot), fetch);
    } else {
      // Each of the others answers with all of them: its word is asked for as much as the bodies.
      out.broadcast(fetch);
    }
    return true;
  }

  private void tellMissing(
      Slot slot, Message.Propose propose, List<Digest> lacking, boolean overdue) {
    Message.Missing missing =
        new Message.Missing(slot.instance, propose.regency(), lacking, overdue);
    int leader = regency.leaderOf(propose.regency());
    if (!pool.isSigned() && overdue) {
      out.broadcast(missing);
      for (Digest digest : lacking) {
        pool.complain(slot.proposedOrNull(digest), self);
      }
    } else if (leader != self) {
      out.send(leader, missing);
    }
  }

  /** Asks everybody in turn, whoever it was the last time. */
  private int nextSource(Slot slot) {
    List<Integer> others = out.others();
    return others.get((int) ((slot.instance + slot.fetches++) % others.size()));
  }
}
