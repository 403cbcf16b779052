/**
 * What is answered to clients of Broadcast and Deliver, as functions of a request, the
 * configuration of the channel and the time, so that a node and a frontend come to the same
 * verdict.
 */
package dev.lockstep.fabric.broadcast;
