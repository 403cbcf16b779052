package dev.lockstep.api;

/** A call that has no result, and what is known for certain about its operation. */
public class InvocationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What is known about the operation. */
  public enum Outcome {
    /** Never executed, and never will be. It is safe to call again. */
    NOT_EXECUTED,
    /** Executed exactly once, but its result is no longer held by the replicas. */
    EXECUTED,
    /** May have been executed, and may still be. */
    MAY_EXECUTE,
    /** May have been executed before its session ended, but will not be from here on. */
    MAY_HAVE_EXECUTED,
    /** Not sent, because too much is in flight: try again when earlier calls are done. */
    BUSY,
    /** Not executed: a quorum of replicas, or the client itself, refuses operations like this. */
    REFUSED
  }

  private final Outcome outcome;

  public InvocationException(Outcome outcome, String message) {
    super(message);
    this.outcome = outcome;
  }

  public Outcome outcome() {
    return outcome;
  }
}
