package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The instances above the last delivered one of which this replica holds something.
 *
 * <pre>
 *   last delivered   +W            +2W            lookahead
 *   -----|-----------|-------------|--------------|
 *         vote        votes and     decisions that
 *         here        proposals     were asked for
 *                     are kept      are kept
 * </pre>
 */
public final class Window {
  /** Decisions that a laggard asks for at the same time, see {@link #lookahead}. */
  private static final int ASKED_AHEAD = 256;

  /** Bytes of decisions above a gap beyond which only the gap is filled. */
  private static final long HELD_BYTES = 16L << 20;

  private final int window;
  private final DecisionLog log;
  private final Regency regency;
  private final ViewHistory views;
  private final Instances instances;

  /** Invariant: all above the last delivered instance. */
  private final TreeMap<Long, Slot> slots = new TreeMap<>();

  /**
   * Slots with votes of this replica that a tentative state has passed. Another state may be taken
   * up below them: then they are open again, and the votes are not forgotten (RULES 26).
   */
  private final TreeMap<Long, Slot> passed = new TreeMap<>();

  /** Bytes of decisions that came from peers and are not delivered: the sum of the slots'. */
  private long heldBytes;

  /**
   * @param window W
   */
  public Window(
      int window, DecisionLog log, Regency regency, ViewHistory views, Instances instances) {
    this.window = window;
    this.log = log;
    this.regency = regency;
    this.views = views;
    this.instances = instances;
  }

  /** What is held of the instance, or null. */
  public Slot slotOrNull(long instance) {
    return slots.get(instance);
  }

  /** What is held of the instance, which must not be delivered; made if there is nothing. */
  public Slot open(long instance) {
    Slot slot = slots.get(instance);
    if (slot == null) {
      slot = new Slot(instance, views.at(instance), views.quorums(instance));
      slot.consensus = instances.open(slot);
      slot.consensus.stop(regency.installed());
      slots.put(instance, slot);
    }
    return slot;
  }

  /** All that is held, ascending. */
  public Collection<Slot> slots() {
    return slots.values();
  }

  /** The slots in which this replica may vote now: a copy, ascending. */
  public List<Slot> votable() {
    return new ArrayList<>(slots.headMap(log.last() + window, true).values());
  }

  /** The slots up to the instance: a copy, ascending. */
  public List<Slot> upTo(long instance) {
    return List.copyOf(slots.headMap(instance, true).values());
  }

  public int size() {
    return slots.size();
  }

  /**
   * The slot's instance is delivered, or in the state that was taken up.
   *
   * @param tentative whether that state is not proved: then votes may be needed again
   * @return whether the slot is done with, and its values are not needed any more
   */
  public boolean pass(Slot slot, boolean tentative) {
    slots.remove(slot.instance);
    heldBytes -= slot.heldBytes;
    slot.heldBytes = 0;
    boolean voted = slot.consensus.votedIn() >= 0 || slot.consensus.state() != null;
    if (tentative && voted) {
      passed.put(slot.instance, slot);
      return false;
    }
    return true;
  }

  /** A state after this instance was taken up: what was passed above it is open again. */
  public void reopenAbove(long instance) {
    Map<Long, Slot> open = passed.tailMap(instance, false);
    for (Slot slot : open.values()) {
      slot.consensus.stop(regency.installed());
      slot.proposal = null;
      slots.put(slot.instance, slot);
    }
    open.clear();
  }

  /** The state is proved: what was passed will not be needed again. */
  public List<Slot> takePassed() {
    List<Slot> all = List.copyOf(passed.values());
    passed.clear();
    return all;
  }

  /** The highest instance of which something is held, or 0. */
  public long highest() {
    return slots.isEmpty() ? 0 : slots.lastKey();
  }

  /** The certificate of a decision, delivered or not, or null. */
  public Certificate decisionOrNull(long instance) {
    if (instance <= log.last()) {
      return log.certificateOrNull(instance);
    }
    Slot slot = slots.get(instance);
    return slot == null ? null : slot.consensus.decision();
  }

  // -------- how far ahead

  /** Whether votes of this replica may be cast at the instance. */
  public boolean isVotable(long instance) {
    return instance > log.last() && instance <= log.last() + window;
  }

  /** Whether votes and proposals of others are kept: up to 2W; the rest is fetched when needed. */
  public boolean isKept(long instance) {
    return instance > log.last() && instance <= log.last() + 2L * window;
  }

  /** Decisions are taken up to this far above the last delivered instance. */
  public long lookahead() {
    return Math.max(2L * window, ASKED_AHEAD);
  }

  /** Whether a decision for the instance may be held: near ones always, far ones while few are. */
  public boolean mayHold(long instance) {
    long above = instance - log.last();
    return above <= 2L * window || (above <= lookahead() && heldBytes <= HELD_BYTES);
  }

  /** Whether what is held above a gap is so much that only the gap should be filled. */
  public boolean isFull() {
    return heldBytes > HELD_BYTES;
  }

  /**
   * A decision from a peer is held.
   *
   * @param bytes see {@link DecisionLog#weight}
   */
  public void onHeld(Slot slot, long bytes) {
    if (slot.heldBytes == 0) {
      slot.heldBytes = bytes;
      heldBytes += bytes;
    }
  }
}
