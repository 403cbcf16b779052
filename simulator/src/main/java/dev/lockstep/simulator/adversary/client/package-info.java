/**
 * Byzantine clients, one class for each behaviour. They have their own identities and keys only,
 * and write only registers that correct clients leave alone, so that what those see stays judgeable
 * without knowing what these did.
 */
package dev.lockstep.simulator.adversary.client;
