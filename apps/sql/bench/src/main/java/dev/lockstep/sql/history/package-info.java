/**
 * Histories of transactions, and what they prove: a history tells what clients asked of a database
 * and what they were answered; {@link dev.lockstep.sql.history.SnapshotChecker} and {@link
 * dev.lockstep.sql.history.BankChecker} find whether snapshot isolation can explain it. Nothing
 * here knows the database or its driver.
 */
package dev.lockstep.sql.history;
