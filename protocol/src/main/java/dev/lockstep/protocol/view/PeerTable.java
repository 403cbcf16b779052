package dev.lockstep.protocol.view;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * State per replica, by its id: whatever outlives an instance and thereby a view. A position among
 * the members would mean somebody else after the next change of view.
 *
 * <p>Walked in ascending order of the ids, so that all runs go alike. Ids from 0 without gaps, the
 * usual case, are found at once. Not thread-safe.
 */
public final class PeerTable<T> {
  private final IntFunction<? extends T> make;

  /** Ascending. Invariant: as long as {@link #states}, which has the state of each. */
  private int[] ids = {};

  private Object[] states = {};

  /**
   * @param make the state of a replica that is new here, by its id
   */
  public PeerTable(Collection<Integer> replicas, IntFunction<? extends T> make) {
    this.make = make;
    retain(replicas);
  }

  /** Keeps the state of these, makes it for those that are new, and forgets all others. */
  public void retain(Collection<Integer> replicas) {
    int[] wanted = replicas.stream().mapToInt(Integer::intValue).sorted().distinct().toArray();
    Object[] kept = new Object[wanted.length];
    for (int i = 0; i < wanted.length; i++) {
      T known = ofOrNull(wanted[i]);
      kept[i] = known == null ? make.apply(wanted[i]) : known;
    }
    ids = wanted;
    states = kept;
  }

  /** The state of the replica; it must be one that is known here. */
  public T of(int replica) {
    T state = ofOrNull(replica);
    if (state == null) {
      throw new IllegalArgumentException(
          "replica " + replica + " is none of " + Arrays.toString(ids));
    }
    return state;
  }

  /** The state of the replica, or null if it is not known here. */
  public T ofOrNull(int replica) {
    int at =
        replica >= 0 && replica < ids.length && ids[replica] == replica
            ? replica
            : Arrays.binarySearch(ids, replica);
    return at < 0 ? null : at(at);
  }

  public boolean contains(int replica) {
    return ofOrNull(replica) != null;
  }

  public int size() {
    return ids.length;
  }

  /** The id at this place of the walk. */
  public int idAt(int place) {
    return ids[place];
  }

  /** The state at this place of the walk. */
  @SuppressWarnings("unchecked") // only what make made is in there
  public T at(int place) {
    return (T) states[place];
  }

  /** What {@link #forEach(Each)} calls. */
  public interface Each<T> {
    void accept(int replica, T state);
  }

  public void forEach(Each<? super T> each) {
    for (int i = 0; i < ids.length; i++) {
      each.accept(ids[i], at(i));
    }
  }

  public void forEachState(Consumer<? super T> each) {
    for (int i = 0; i < ids.length; i++) {
      each.accept(at(i));
    }
  }
}
