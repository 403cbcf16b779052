/**
 * How laggards come forward and what a channel lost is repaired (RULES 24).
 *
 * <ul>
 *   <li>{@code StatusExchange}: STATUS, out and in; has everybody repeat what a peer lacks.
 *   <li>{@code VoteResender}: proposals and votes of instances that are open for too long.
 *   <li>{@code DecisionServer}, {@code DecisionFetcher}: decisions, given and asked for.
 *   <li>{@code ValueServer}: values of open instances and bodies of requests, given.
 * </ul>
 */
package dev.lockstep.protocol.replica.catchup;
