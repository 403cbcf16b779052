package dev.lockstep.api;

import java.util.List;

/**
 * Executes all commands of a decided batch at once, for services that can do more with many
 * commands than with one (thesis section 5.2, the batch executor).
 */
public non-sealed interface BatchExecutable extends Executable {
  /**
   * Executes commands of the total order.
   *
   * @param commands at least one, in their order
   * @param contexts of the commands, in the same order
   * @return one reply for each command, in the same order; which commands come together is the same
   *     on all replicas
   */
  byte[][] executeOrdered(byte[][] commands, List<MessageContext> contexts);

  /** As {@link SingleExecutable#executeUnordered}. */
  byte[] executeUnordered(byte[] command, MessageContext context);
}
