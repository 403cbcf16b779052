/** What the Byzantine leader of a new regency makes of the testimonies that it was given. */
package dev.lockstep.simulator.adversary.sync;
