/**
 * The client's side of the protocol, as a deterministic state machine without I/O (RULES 38).
 *
 * <p>{@link dev.lockstep.protocol.client.Client} is one client identity with any number of
 * sessions. A host feeds it events (time, replies, calls of the application, channels made anew)
 * and carries out what it asks for through {@link dev.lockstep.protocol.client.ClientActions}. The
 * same events always give the same actions.
 *
 * <h2>What a call can come to</h2>
 *
 * Every call gets exactly one {@link dev.lockstep.protocol.client.ClientResult}, and each of its
 * values says for certain what is known: that the operation was executed, that it never will be, or
 * that it may have been, with or without a chance that it still is. An operation is executed at
 * most once whatever happens, because every send of it carries the same session and sequence.
 *
 * <h2>Why a call that timed out keeps its sequence</h2>
 *
 * Replicas execute a session in sequence order (RULES 10). A sequence that was sent may be held by
 * some replicas and not by others. If the client gave it to another operation, two variants of one
 * place would compete, and whether the caller's "may still execute" is true would depend on a race;
 * if it went on with the next sequence and forgot this one, a group that never got it would hold
 * back everything after it for ever. So the request stays under way without its caller, is sent
 * again at the pace of the back-off, and leaves when a quorum says that its sequence is past, when
 * a later sequence is answered (which says the same), or with its session. Until then it occupies
 * its place in the window: calls behind it wait, and time out with {@code NOT_EXECUTED} as long as
 * they were not sent. A caller who does not want to wait reopens the session, which fences all that
 * was sent and tells for each call whether it was executed.
 *
 * <h2>Bounds</h2>
 *
 * Handles: {@code sessionsPerClient} of the view. Requests under way in a session: one OPEN and
 * {@code sessionWindow}, by the distance of their sequences and not by their number, so that
 * replies that are still missed are among the last {@code sessionWindow} that replicas hold longest
 * (RULES 11). Queued calls and unordered reads of a session together: {@code
 * ClientConfig.queuedCalls}. Replies: the last one of each member for each request under way. What
 * one replica sends can cause one message to one replica for each request and back-off period.
 */
package dev.lockstep.protocol.client;
