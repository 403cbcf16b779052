/**
 * The requests that a replica holds before their delivery: which of them are authentic (RULES 12),
 * which wait for the leader and for how long (RULES 10, 36), and whose budget they burden.
 *
 * <h2>The states of a request</h2>
 *
 * <pre>
 *              a pinned value             its body
 *              names it                   was fetched
 *   unknown ----------------&gt; EXPECTED -------------&gt; HELD
 *      |                         |                      |
 *      |  a peer vouches         | a peer vouches       | a peer vouches
 *      |  for it                 v                      v
 *      +----------------------&gt; SPONSORED  &lt;------------+
 *      |                         |
 *      |  it came from           | enough others vouch, or the client's
 *      |  its client             | own word or signature came (from
 *      |                         v EXPECTED and HELD likewise)
 *      +----------------------&gt; WAITING      predecessors or session not delivered here
 *                                |
 *                                | its turn comes
 *                                v     chosen, or in a value voted for
 *                              READY -----------------------------------&gt; IN FLIGHT
 *                                ^                                            |
 *                                +--------------------------------------------+
 *                                      out of turn, or a new regency
 * </pre>
 *
 * WAITING, READY and IN FLIGHT are <em>pending</em>: authentic, and in the queue of the client.
 * Whatever is pending is done with when it is executed, answered otherwise, or can have no effect
 * any more; what is SPONSORED, when it is executed or pushed out of the budget of its sponsor. What
 * waits behind a request that is ready or in flight may be in flight together with it.
 *
 * <p>Apart from these a request may be <em>pinned</em>, by any number of values that this replica
 * must be able to deliver; then it stays known, as HELD, after it is done with. The first READY one
 * of each client is <em>timed</em>: it alone has a deadline.
 *
 * <h2>Who answers for what</h2>
 *
 * <ul>
 *   <li>{@link dev.lockstep.protocol.replica.requests.RequestPool}: the only door; what is
 *       admitted.
 *   <li>{@code RequestIndex}, {@link dev.lockstep.protocol.replica.requests.PooledRequest}: each
 *       request once, by its digest.
 *   <li>{@code PendingRequests}, {@code ClientQueue}, {@code SessionLane}: what is pending, by
 *       client, session and sequence, and what delivery does to it.
 *   <li>{@code Pins}: values and the bodies of their requests.
 *   <li>{@code Vouches}: whose word is enough for what. {@code Sponsors}: in whose budget is held
 *       what is not authentic yet.
 *   <li>{@code BatchChooser}: what a leader proposes next.
 *   <li>{@code Deadlines}: what waits too long, and what follows.
 *   <li>{@code Greylist}: whose requests wait for vouches, because they cost others too much.
 * </ul>
 *
 * <h2>Bounds</h2>
 *
 * Pending: the budget of each client, twice of it where peers may bring signed requests. Sponsored:
 * the budget of each peer. Expected and held: what pinned values name. Questions of each peer,
 * complaints, greylisted clients: 4096 each.
 */
package dev.lockstep.protocol.replica.requests;
