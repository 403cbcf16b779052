/**
 * From decisions to answers: in order, without gaps, once.
 *
 * <pre>
 *   decided, value and bodies here -> DECIDED to storage -> effects on the sessions -> the service
 *        -> executed: the reply is held and sent to the client
 * </pre>
 *
 * No message comes here. Nothing waits for the record of a decision: the votes of a quorum, which
 * are durable, stand for it.
 */
package dev.lockstep.protocol.replica.delivery;
