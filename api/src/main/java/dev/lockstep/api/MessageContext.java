package dev.lockstep.api;

import java.util.Random;
import java.util.UUID;

/**
 * What a service may know about a command. For an ordered command everything here is the same on
 * all correct replicas (so it can go into the state); for an unordered one it describes the state
 * that the replica answers from.
 */
public final class MessageContext {
  private final BatchContext batch;
  private final UUID client;
  private final long session;
  private final long sequence;
  private final int position;

  /**
   * Made by replicas, and by tests of services.
   *
   * @param position of the command among the references of its batch, or -1 for an unordered one
   */
  public MessageContext(
      BatchContext batch, UUID client, long session, long sequence, int position) {
    this.batch = batch;
    this.client = client;
    this.session = session;
    this.sequence = sequence;
    this.position = position;
  }

  /**
   * What all commands of a batch share.
   *
   * @param instance position in the total order, from 1; for unordered commands that of the last
   *     executed batch
   * @param regency in which the batch was first proposed
   * @param leader replica that led that regency
   * @param timestampMicros the group's time in microseconds since 1970: strictly increasing from
   *     batch to batch, within the group's clock bound of real time
   * @param nonceSeed from which {@link MessageContext#random} follows
   */
  public record BatchContext(
      long instance, long regency, int leader, long timestampMicros, long nonceSeed) {}

  /** The caller's identity, which its channel or signature authenticated. */
  public UUID client() {
    return client;
  }

  /** The caller's session; 0 for unordered commands. */
  public long session() {
    return session;
  }

  /** Number of the command in its session, from 1. */
  public long sequence() {
    return sequence;
  }

  /** Position of the batch in the total order, from 1. */
  public long instance() {
    return batch.instance();
  }

  /** Regency in which the batch was first proposed. */
  public long regency() {
    return batch.regency();
  }

  /** Leader of that regency. */
  public int leader() {
    return batch.leader();
  }

  /**
   * The group's time in microseconds since 1970. Equal for all commands of a batch, strictly
   * increasing from batch to batch.
   */
  public long timestampMicros() {
    return batch.timestampMicros();
  }

  /** Position of the command in its batch, from 0. */
  public int position() {
    return position;
  }

  /** Whether the command is part of the total order, so that it may change the state. */
  public boolean isOrdered() {
    return position >= 0;
  }

  /**
   * Random numbers that are the same on all replicas and different for each command. The leader
   * chose their seed: good for sampling and identifiers, not for secrets or lotteries.
   */
  public Random random() {
    return new Random(batch.nonceSeed() ^ (position + 1) * 0x9E3779B97F4A7C15L);
  }

  @Override
  public String toString() {
    return "instance " + instance() + " position " + position + " of client " + client;
  }
}
