package dev.lockstep.sql.history;

/**
 * One line of a history.
 *
 * @param index its place in the history, from 0
 * @param process who asked: a process has one transaction at a time, and none after one whose
 *     outcome is unknown
 * @param timeNanos since the history began; never less than that of the event before
 */
public record Event(long index, long process, Outcome type, Operation operation, long timeNanos) {}
