package dev.lockstep.protocol.replica.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Which instances have to be looked at again. Whoever changes what a conclusion depends on says so
 * here: a value, a body, a decision touches its instance; a delivery, a regency, a change of what
 * may be said touches all. {@code Replica} draws the conclusions at the end of the event, and looks
 * at nothing that was not touched.
 */
public final class Work {
  private final TreeSet<Long> touched = new TreeSet<>();
  private boolean all;

  /** Something of this instance has changed. */
  public void touch(long instance) {
    if (!all) {
      touched.add(instance);
    }
  }

  /** Something has changed on which the conclusions of every instance depend. */
  public void touchAll() {
    all = true;
    touched.clear();
  }

  public boolean isEmpty() {
    return !all && touched.isEmpty();
  }

  /** Whether every instance has to be looked at. */
  public boolean isAll() {
    return all;
  }

  /** The instances that were touched, ascending; none if it {@linkplain #isAll is all}. */
  public List<Long> touched() {
    return new ArrayList<>(touched);
  }

  /** All that was touched is being looked at: what is touched from now on is new. */
  public void clear() {
    all = false;
    touched.clear();
  }
}
