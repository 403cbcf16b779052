/** What Byzantine replicas say of themselves when the regency changes. */
package dev.lockstep.simulator.adversary.stopdata;
