/**
 * Sessions and held replies: the part of the replicated state that belongs to the protocol (RULES 9
 * to 11).
 *
 * <p>{@link dev.lockstep.protocol.state.Sessions} advances at delivery and decides what becomes of
 * every reference of a batch. {@link dev.lockstep.protocol.state.ReplyCache} advances when the
 * service has executed the batch, which may be later, and turns those decisions and the service's
 * results into answers. Both are functions of the delivered batches alone: no clock, no order of
 * arrival, no hash order. Nothing else changes them, so that replicas that delivered the same
 * batches hold the same.
 */
package dev.lockstep.protocol.state;
