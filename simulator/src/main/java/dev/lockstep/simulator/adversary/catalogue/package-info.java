/** All Byzantine replicas and clients by the names that {@code lockstep sim --list} shows. */
package dev.lockstep.simulator.adversary.catalogue;
