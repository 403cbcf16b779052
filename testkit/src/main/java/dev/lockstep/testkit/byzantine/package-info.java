/**
 * Replicas that lie, for tests on real clusters: {@link
 * dev.lockstep.testkit.byzantine.Misbehaviour} stands between a correct protocol core, which has
 * the replica's own keys, and the world. Nothing of this exists in the replica itself.
 */
package dev.lockstep.testkit.byzantine;
