/** What every engine must do. */
package dev.lockstep.sql.server.engine;
