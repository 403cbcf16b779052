package dev.lockstep.api;

/**
 * What replicas execute: a {@link SingleExecutable}, called for each command, or a {@link
 * BatchExecutable}, called once for all commands that were decided together.
 *
 * <p>All calls, ordered and unordered, come from one thread. An exception that a service throws is
 * a result like any other, as long as it is deterministic: the command counts as executed, and the
 * client is answered with an empty reply. A service should rather encode its errors in its replies.
 */
public sealed interface Executable permits SingleExecutable, BatchExecutable {}
