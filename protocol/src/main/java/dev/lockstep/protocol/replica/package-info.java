/**
 * One replica: events in, calls of the ports out. {@link dev.lockstep.protocol.replica.Replica}
 * takes the events, {@code Inbox} has a line for each message, {@code Assembly} makes facts and
 * parts and fixes who hears of what in which order, {@code Startup} takes up what storage found.
 * What a replica knows is in {@code facts}, what it does in one package for each phase of the
 * protocol.
 */
package dev.lockstep.protocol.replica;
