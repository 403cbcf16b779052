package dev.lockstep.api;

/** A call that found no result in time; {@link #outcome} says whether it may still execute. */
public class InvocationTimeoutException extends InvocationException {
  private static final long serialVersionUID = 1L;

  public InvocationTimeoutException(Outcome outcome, String message) {
    super(outcome, message);
  }
}
