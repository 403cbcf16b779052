package dev.lockstep.services;

import dev.lockstep.services.command.Status;

/** The service executed the command, and its reply is an error. */
public final class ServiceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Status status;

  public ServiceException(Status status, String message) {
    super(message);
    this.status = status;
  }

  public Status status() {
    return status;
  }
}
