package dev.lockstep.protocol.bytes;

/**
 * The bytes are not the canonical encoding of anything that the limits allow. Expected whenever a
 * peer is faulty, so it has no stack trace; the message says what was wrong, and where.
 */
public final class DecodeException extends Exception {
  private static final long serialVersionUID = 1;

  public DecodeException(String message) {
    super(message, null, false, false);
  }
}
