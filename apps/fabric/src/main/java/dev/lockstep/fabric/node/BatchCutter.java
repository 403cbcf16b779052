package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the messages of one channel into batches as Fabric's own orderer does: a batch is full when
 * it has the most messages, or when the next one would make it larger than preferred; a message
 * that alone is larger than that is alone in its batch. Not thread-safe.
 */
final class BatchCutter {
  /**
   * Sizes of batches.
   *
   * @param messages most messages of a batch
   * @param preferredBytes what a batch of more than one message does not exceed
   */
  record Limits(long messages, long preferredBytes) {}

  /**
   * A message that waits.
   *
   * @param countedBytes what the limits count of it: its payload and its signature
   */
  record Pending(ByteString envelope, long countedBytes) {}

  private List<Pending> pending = new ArrayList<>();
  private long pendingBytes;
  private long firstMicros;

  /**
   * Adds a message.
   *
   * @param nowMicros the group's time
   * @return the batches that are full now, none of them empty
   */
  List<List<ByteString>> add(Pending message, Limits limits, long nowMicros) {
    List<List<ByteString>> full = new ArrayList<>(0);
    if (message.countedBytes > limits.preferredBytes) {
      cutInto(full);
      full.add(List.of(message.envelope));
      return full;
    }
    if (pendingBytes + message.countedBytes > limits.preferredBytes) {
      cutInto(full);
    }
    if (pending.isEmpty()) {
      firstMicros = nowMicros;
    }
    pending.add(message);
    pendingBytes += message.countedBytes;
    if (pending.size() >= limits.messages) {
      cutInto(full);
    }
    return full;
  }

  private void cutInto(List<List<ByteString>> batches) {
    List<ByteString> batch = cut();
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
  }

  /** What waits becomes a batch, which is empty if nothing waits. */
  List<ByteString> cut() {
    List<ByteString> batch = pending.stream().map(Pending::envelope).toList();
    pending = new ArrayList<>();
    pendingBytes = 0;
    return batch;
  }

  /** What waits, in order; a copy. */
  List<Pending> pending() {
    return List.copyOf(pending);
  }

  int size() {
    return pending.size();
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  /** When the first of those that wait was added, in the group's time; if any waits. */
  long firstMicros() {
    return firstMicros;
  }

  /** Takes up what waited elsewhere, instead of what waits here. */
  void restore(List<Pending> waiting, long firstMicros) {
    pending = new ArrayList<>(waiting);
    pendingBytes = waiting.stream().mapToLong(Pending::countedBytes).sum();
    this.firstMicros = firstMicros;
  }
}
