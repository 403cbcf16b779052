package dev.lockstep.cli;

/** A command that was understood but did not succeed. The message is for the user. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailure(String sentence) {
    super(sentence);
  }
}
