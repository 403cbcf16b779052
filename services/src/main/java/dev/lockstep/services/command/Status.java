package dev.lockstep.services.command;

/** How a command ended. The ordinal is its byte in a reply: new ones go to the end. */
public enum Status {
  /** Done. */
  OK,
  /** The command's bytes are not an operation's encoding, or break one of its limits. */
  MALFORMED,
  /** The command is one for another service, or of another version. */
  UNKNOWN_FORMAT,
  /** The service has no such operation. */
  UNKNOWN_OPERATION,
  /** The operation changes the state and so must be ordered. */
  ORDERED_ONLY,
  /** The reply would be larger than allowed; nothing was changed. */
  TOO_LARGE
}
