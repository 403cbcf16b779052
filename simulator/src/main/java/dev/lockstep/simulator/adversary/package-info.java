/**
 * Byzantine replicas. An {@link dev.lockstep.simulator.adversary.Adversary} stands between a core
 * that follows the protocol and the network, and changes, withholds, delays and invents what is
 * said, with the keys of the replica itself and no others. Each behaviour has its name in {@code
 * lockstep sim --list}.
 */
package dev.lockstep.simulator.adversary;
