/**
 * Requests come in and answers go out (thesis 3.6.1).
 *
 * <pre>
 *   CLIENT_REQUEST  client -> replica    Admission   held until delivered; a read goes to the service
 *   FORWARDED       replica -> all       Admission   the sender vouches for the request
 *   REQUEST_BODIES  replica -> replica   Admission   bodies of proposals, without a word for them
 *   MISSING         replica -> replica   Admission   somebody cannot vote for want of requests
 *   REPLY           replica -> client    Replies     whole from one, as a digest from the others
 * </pre>
 *
 * A request that is authentic here is one that its client sent to this replica, or that its
 * signature or enough peers stand for; all others may be inventions of the leader.
 */
package dev.lockstep.protocol.replica.admission;
