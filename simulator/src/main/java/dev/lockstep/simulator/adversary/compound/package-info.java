/**
 * Behaviours made of others, and those that corrupt whatever a core says: several that follow each
 * other, that change with time, that wait for their hour; two cores with one identity; small
 * mutations.
 */
package dev.lockstep.simulator.adversary.compound;
