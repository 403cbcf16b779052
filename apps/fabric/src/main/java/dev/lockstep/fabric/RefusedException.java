package dev.lockstep.fabric;

/**
 * Something that came from outside (a file, a message, a configuration) is not acceptable. The
 * message is the reason, fit to be shown to whoever sent it.
 */
public final class RefusedException extends Exception {
  /** With the reason, which may be shown to the sender. */
  public RefusedException(String reason) {
    super(reason);
  }

  /** With the reason, and where it was found. */
  public RefusedException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
