package dev.lockstep.api;

/** Executes commands one by one (thesis section 5.2, the single executor). */
public non-sealed interface SingleExecutable extends Executable {
  /**
   * Executes one command of the total order.
   *
   * @param command the client's bytes; anybody who may connect can have chosen them
   * @return the reply, which must be the same on all replicas; null means empty
   */
  byte[] executeOrdered(byte[] command, MessageContext context);

  /**
   * Answers a query without order, on the state as it is. Must not change anything.
   *
   * <p>When the replicas' answers differ because commands are under way, the query is ordered
   * instead: then {@link #executeOrdered} gets the same bytes and must give the answer too.
   *
   * @return the reply; null means empty
   */
  byte[] executeUnordered(byte[] command, MessageContext context);
}
