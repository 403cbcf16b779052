package dev.lockstep.simulator;

/**
 * A checker's finding. Ends the run.
 *
 * <p>{@code check} is the short name of the invariant (I1 ... I13, V1 ... V4, LINEARIZABLE, STALL,
 * HALT).
 */
public final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String check;

  public Violation(String check, String message) {
    super(check + ": " + message, null, false, false);
    this.check = check;
  }

  public String check() {
    return check;
  }
}
