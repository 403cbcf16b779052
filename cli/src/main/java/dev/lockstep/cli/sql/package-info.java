/** The {@code lockstep sql} commands: replicated SQL databases. */
package dev.lockstep.cli.sql;
