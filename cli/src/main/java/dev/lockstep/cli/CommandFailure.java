package dev.lockstep.cli;

/** A command that was understood but did not succeed. The message is for the user. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CommandFailure(String sentence) {
    super(sentence);
  }
}
