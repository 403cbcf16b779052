/**
 * The files of a replica: its votes and decisions (RULES 25-27) and its checkpoints (PROTOCOL 1.18,
 * 1.19). The format, and what a start makes of damage, is on one page: {@code docs/storage.md}.
 *
 * <pre>
 * ReplicaLog          the log of a running replica; the one class that a replica needs first
 *   LogRecovery       the start: reads, judges, repairs
 *   LogAppender       writes records into segments
 *   LogHeader, SegmentHeader, Frame, DecisionReference     the bytes
 * CheckpointStore     CheckpointWriter (taking), CheckpointReader (loading, sending),
 *                     CheckpointReceiver (state transfer)
 * LogReader           offline reading; LogVerifier audits from the genesis view
 * Disk                all that is done to the file system; tests put crashes and failures here
 * </pre>
 */
package dev.lockstep.storage;
