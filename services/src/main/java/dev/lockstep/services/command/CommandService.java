package dev.lockstep.services.command;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;

/**
 * The frame of a service whose commands are encoded as this package says: whatever the bytes of a
 * command are, it answers a reply and does not throw.
 */
public abstract class CommandService implements Service {
  /** The most bytes that a service puts into a reply. */
  public static final int REPLY_BYTES_MAX = 1 << 20;

  private final int format;

  /**
   * For subclasses.
   *
   * @param format the byte that the service's commands and replies begin with. It names the service
   *     and the version of its operations, so that a command for another service does nothing here
   */
  protected CommandService(int format) {
    this.format = format;
  }

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
      int found = command.u8();
      if (found != format) {
        throw new RefusedException(
            Status.UNKNOWN_FORMAT,
            "This service understands commands of format "
                + format
                + ", not "
                + found
                + ": the client is one of another service, or of another version.");
      }
      int operation = command.u8();
      ByteWriter reply = new ByteWriter().u8(format).u8(Status.OK.ordinal());
      execute(operation, command, ordered, reply);
      return reply.toByteArray();
    } catch (RefusedException e) {
      return new ByteWriter()
          .u8(format)
          .u8(e.status().ordinal())
          .text(e.getMessage())
          .toByteArray();
    }
  }
}
