package dev.lockstep.services.echo;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import dev.lockstep.services.command.SnapshotInput;
import dev.lockstep.services.command.SnapshotOutput;
import java.io.IOException;
import java.io.InputStream;

/**
 * The service of the papers' micro-benchmarks (thesis section 4.5): a request of any size, answered
 * by as many zero bytes as its first four bytes (big-endian) ask for. A request of less than four
 * bytes, or one that asks for less than 0 or more than {@link #REPLY_BYTES_MAX}, is answered by
 * none. Keeps no state but a count of the ordered requests.
 */
public final class EchoService implements Service {
  /** The largest reply. */
  public static final int REPLY_BYTES_MAX = 1 << 20;

  private static final int SIZE_BYTES = 4;
  private static final String NAME = "echo";
  private static final int SNAPSHOT_VERSION = 1;
  private static final byte[] EMPTY = {};

  private long executed;

  /**
   * A request.
   *
   * @param requestBytes its size, at least 4 unless the reply is to be empty
   * @param replyBytes what the reply's size is to be
   */
  public static byte[] request(int requestBytes, int replyBytes) {
    if (replyBytes < 0 || replyBytes > REPLY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "A reply has 0 to " + REPLY_BYTES_MAX + " bytes, not " + replyBytes + ".");
    }
    if (replyBytes > 0 && requestBytes < SIZE_BYTES) {
      throw new IllegalArgumentException(
          "A request that wants a reply of "
              + replyBytes
              + " bytes has at least "
              + SIZE_BYTES
              + " bytes, not "
              + requestBytes
              + ".");
    }
    byte[] request = new byte[requestBytes];
    for (int i = 0; i < Math.min(SIZE_BYTES, requestBytes); i++) {
      request[i] = (byte) (replyBytes >>> 8 * (SIZE_BYTES - 1 - i));
    }
    return request;
  }

  private static byte[] reply(byte[] request) {
    if (request.length < SIZE_BYTES) {
      return EMPTY;
    }
    int size = 0;
    for (int i = 0; i < SIZE_BYTES; i++) {
      size = size << 8 | request[i] & 0xff;
    }
    return size <= 0 || size > REPLY_BYTES_MAX ? EMPTY : new byte[size];
  }

  /** How many ordered requests have been executed. */
  public long executed() {
    return executed;
  }

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    executed++;
    return reply(command);
  }

  @Override
  public byte[] executeUnordered(byte[] command, MessageContext context) {
    return reply(command);
  }

  @Override
  public Snapshot snapshot() {
    long now = executed;
    return stream -> {
      SnapshotOutput out = new SnapshotOutput(stream, NAME, SNAPSHOT_VERSION);
      out.i64(now);
      out.flush();
    };
  }

  @Override
  public void restore(InputStream stream) throws IOException {
    SnapshotInput in = new SnapshotInput(stream, NAME, SNAPSHOT_VERSION);
    long restored = in.count();
    in.end();
    executed = restored;
  }
}
