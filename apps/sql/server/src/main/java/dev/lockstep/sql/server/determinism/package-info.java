/**
 * Makes statements do the same on every replica, or refuses them. {@link
 * dev.lockstep.sql.server.determinism.FunctionPolicy} and {@link
 * dev.lockstep.sql.server.determinism.StatementPolicy} are the tables of what is done with what;
 * docs/sql.md tells them to people.
 */
package dev.lockstep.sql.server.determinism;
