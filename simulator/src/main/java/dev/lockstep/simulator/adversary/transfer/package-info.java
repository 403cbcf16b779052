/** What Byzantine replicas do to those that need a checkpoint of others. */
package dev.lockstep.simulator.adversary.transfer;
