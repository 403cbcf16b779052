package dev.lockstep.cli;

/** A command that was understood but did not succeed. The message is for the user. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A failure.
   *
   * @param sentence that tells the user what happened, and what to do
   */
  public CommandFailure(String sentence) {
    super(sentence);
  }
}
