/** Messages and their bytes. */
package dev.lockstep.sql.message;
