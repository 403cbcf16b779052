/** Replicated databases under faults and lies. */
package dev.lockstep.sql.testkit;
