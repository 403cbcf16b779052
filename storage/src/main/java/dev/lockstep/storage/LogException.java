package dev.lockstep.storage;

import java.io.IOException;

/** A directory that cannot be used, with one sentence that says why and what to do. */
public final class LogException extends IOException {
  public LogException(String message) {
    super(message);
  }

  public LogException(String message, Throwable cause) {
    super(message, cause);
  }
}
