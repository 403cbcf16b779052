package dev.lockstep.services.command;

/**
 * A command (or a reply) that cannot be used, and why. It has no stack trace: hostile clients can
 * cause any number of them.
 */
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Status status;

  /**
   * @param reason one sentence that is the same on all replicas
   */
  public RefusedException(Status status, String reason) {
    super(reason, null, false, false);
    this.status = status;
  }

  public Status status() {
    return status;
  }
}
