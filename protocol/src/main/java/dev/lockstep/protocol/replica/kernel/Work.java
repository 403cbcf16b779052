package dev.lockstep.protocol.replica.kernel;

/**
 * Whether something happened from which conclusions have not been drawn. Whoever changes what a
 * conclusion depends on says so here; {@code Replica} draws them at the end of the event.
 */
public final class Work {
  private boolean some;

  /** There is something to be looked at. */
  public void add() {
    some = true;
  }

  /** Whether there was something; from now on there is nothing. */
  public boolean take() {
    boolean taken = some;
    some = false;
    return taken;
  }
}
