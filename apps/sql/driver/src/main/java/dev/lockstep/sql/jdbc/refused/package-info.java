/**
 * The parts of the JDBC interfaces that are the same for every driver like this one: what it
 * refuses, and columns by their labels. They are interfaces with default methods, so that the
 * classes that implement them hold only what they do.
 */
package dev.lockstep.sql.jdbc.refused;
