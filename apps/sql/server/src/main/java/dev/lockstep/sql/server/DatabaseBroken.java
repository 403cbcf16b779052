package dev.lockstep.sql.server;

/** The database under a replica does not work. What the replica says from here on means nothing. */
final class DatabaseBroken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DatabaseBroken(String what, Throwable cause) {
    super(what + ": " + cause.getMessage(), cause);
  }
}
