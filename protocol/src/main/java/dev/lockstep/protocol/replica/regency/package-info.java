/**
 * The change of regency: STOP, STOPDATA, SYNC (the synchronization phase of Mod-SMaRt, for a window
 * of instances).
 *
 * <pre>
 *   suspect -&gt; STOP(r) to all      f+1 STOPs: join      2f+1 STOPs: install r      Stops
 *   install -&gt; promise durable -&gt; STOPDATA(r) to leader(r)                         Testifier
 *   leader: entries of a vote quorum and sound -&gt; SYNC(r) with all entries         SyncLeader
 *   all: recompute prefix m, horizon h and the choice for every open instance,
 *        and take them up                                                          SyncFollower
 * </pre>
 *
 * {@code Entries} says for leader and followers which entries count. All of these change one fact,
 * {@link dev.lockstep.protocol.replica.facts.Regency}, and tell others through {@link
 * dev.lockstep.protocol.replica.kernel.RegencyListener}. What they keep is labelled with its
 * regency, so that nothing has to be reset when another one begins.
 */
package dev.lockstep.protocol.replica.regency;
