package dev.lockstep.services.command;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;

/**
 * The frame of a service whose commands are encoded as this package says: whatever the bytes of a
 * command are, it answers a reply and does not throw.
 */
public abstract class CommandService implements Service {
  /** The version of commands and replies. */
  public static final int VERSION = 1;

  /** The most bytes that a service puts into a reply. */
  public static final int REPLY_BYTES_MAX = 1 << 20;

  /** For subclasses. */
  protected CommandService() {}

  /**
   * Executes one operation. It must read all fields, up to {@link ByteReader#end}, before it
   * changes anything.
   *
   * @param operation the operation byte
   * @param ordered whether the operation may change the state; see {@link #mustBeOrdered}
   * @param reply takes the results
   * @throws RefusedException if nothing was changed; its status and reason are the reply
   */
  protected abstract void execute(
      int operation, ByteReader command, boolean ordered, ByteWriter reply) throws RefusedException;

  /** Refuses an operation that the service does not know. */
  protected static RefusedException unknownOperation(int operation) {
    return new RefusedException(
        Status.UNKNOWN_OPERATION, "This service has no operation " + operation + ".");
  }

  /** Refuses an operation that changes the state unless it is ordered. */
  protected static void mustBeOrdered(boolean ordered) throws RefusedException {
    if (!ordered) {
      throw new RefusedException(
          Status.ORDERED_ONLY, "This operation changes the state and must be ordered.");
    }
  }

  @Override
  public final byte[] executeOrdered(byte[] command, MessageContext context) {
    return answer(command, true);
  }

  @Override
  public final byte[] executeUnordered(byte[] command, MessageContext context) {
    return answer(command, false);
  }

  private byte[] answer(byte[] bytes, boolean ordered) {
    try {
      ByteReader command = new ByteReader(bytes);
      int version = command.u8();
      if (version != VERSION) {
        throw new RefusedException(
            Status.UNKNOWN_VERSION,
            "Commands of version " + version + " are not understood, only of " + VERSION + ".");
      }
      int operation = command.u8();
      ByteWriter reply = new ByteWriter().u8(VERSION).u8(Status.OK.ordinal());
      execute(operation, command, ordered, reply);
      return reply.toByteArray();
    } catch (RefusedException e) {
      return new ByteWriter()
          .u8(VERSION)
          .u8(e.status().ordinal())
          .text(e.getMessage())
          .toByteArray();
    }
  }
}
