/** A service without state, for measurements of replication alone. */
package dev.lockstep.services.echo;
