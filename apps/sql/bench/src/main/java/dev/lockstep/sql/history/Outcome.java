package dev.lockstep.sql.history;

import java.util.Locale;

/** What is known about a transaction, as a type of event. */
public enum Outcome {
  /** It was asked for. */
  INVOKE,
  /** It committed. */
  OK,
  /** It did not commit, and never will. */
  FAIL,
  /** Nobody can tell: the connection was lost while the commit was under way. */
  INFO;

  /** Its name in a file. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
