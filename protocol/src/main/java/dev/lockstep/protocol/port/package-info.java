/**
 * The border of the protocol: what a replica asks of its host, and what it is told in return. The
 * host does all I/O; nothing here blocks or throws.
 */
package dev.lockstep.protocol.port;
