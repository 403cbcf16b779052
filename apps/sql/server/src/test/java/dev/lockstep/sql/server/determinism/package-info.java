/** What is rewritten and what is refused, line by line. */
package dev.lockstep.sql.server.determinism;
