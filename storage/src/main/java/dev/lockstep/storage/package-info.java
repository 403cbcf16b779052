/**
 * The files of a replica: its votes and decisions (RULES 25-27) and its checkpoints. The format,
 * and what a start makes of damage, is on one page: {@code docs/storage.md}.
 *
 * <pre>
 * ReplicaLog          the log of a running replica; the one class that a replica needs first
 *   LogRecovery       the start: reads, judges, repairs
 *   LogAppender       writes records into segments
 *   LogMonitor        what its owner and its thread share
 *   LogWriter         GroupCommit (durable), BackgroundForce (async, memory): when what is written
 *                     counts; LogForce forces it
 *   LogReads          records of a log that is in use
 *   LogTruncation     drops what a checkpoint makes superfluous
 *   LogHeader, SegmentHeader, Frame, DecisionReference     the bytes
 * CheckpointStore     CheckpointWriter (taking), CheckpointReader (loading, sending),
 *                     CheckpointReceiver (state transfer)
 * LogReader           offline reading; LogVerifier audits from the genesis view
 * Disk                all that is done to the file system; tests put crashes and failures here
 * </pre>
 */
package dev.lockstep.storage;
