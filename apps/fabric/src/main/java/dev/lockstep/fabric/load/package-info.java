/** Load on an ordering service, as clients and peers make it, and what came of it. */
package dev.lockstep.fabric.load;
