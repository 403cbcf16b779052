package dev.lockstep.network.wire;

/**
 * A connection carries frames in both directions: a length of 4 bytes, big-endian, then that many
 * bytes of payload. A frame of length 0 is a keep-alive and carries nothing. There is no padding
 * and no checksum: TCP and TLS have their own.
 */
public final class Frames {
  /** Bytes of the length in front of each payload. */
  public static final int HEADER_BYTES = 4;

  /** The length that marks a keep-alive. */
  public static final int KEEP_ALIVE = 0;

  private Frames() {}

  /**
   * Whether a length that was read may be trusted to start a frame; nothing is to be allocated for
   * one that may not, and the connection is to be closed, since nobody knows where the next frame
   * starts.
   *
   * @param most most bytes of a payload that the reader takes
   */
  public static boolean isLength(int length, int most) {
    return length >= 0 && length <= most;
  }
}
