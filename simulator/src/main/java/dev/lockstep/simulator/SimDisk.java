package dev.lockstep.simulator;

import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.Record;
import dev.lockstep.protocol.replica.StartState;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The vote file of one replica: an append-only list of records with a synced prefix. It outlives
 * the process. Torn writes are cut at the border of a record, as checksums make a real file behave.
 *
 * <p>{@link ReplicaNode} runs the fsyncs and reports what became durable; here is only what the
 * disk holds and what of it counts.
 */
final class SimDisk {
  private final boolean durable;
  private final List<Record> records = new ArrayList<>();

  /** Where the decisions stand among the records. */
  private final TreeMap<Long, Integer> decisions = new TreeMap<>();

  /** Records below this are on the disk itself. */
  private int synced;

  /** Records below this were appended since the start and need an fsync before they count. */
  private int wanted;

  /** The first record that is not synced but always must be; or MAX. */
  private int barrier = Integer.MAX_VALUE;

  private boolean everStarted;

  /**
   * The votes were lost and no new header stands in their place yet. Until then every start is a
   * loss (RULES 27).
   */
  private boolean lost;

  SimDisk(boolean durable) {
    this.durable = durable;
  }

  /** What storage tells a process that starts now. */
  StartState open() {
    // Storage must sync what it reads before anybody relies on it: it may be in the page cache
    // only.
    synced = records.size();
    wanted = synced;
    barrier = Integer.MAX_VALUE;
    if (!everStarted) {
      // The mark that the file is in use is synced before the first start.
      everStarted = true;
      return StartState.fresh();
    }
    return new StartState(lost ? StartState.Kind.LOST : StartState.Kind.INTACT, records);
  }

  int size() {
    return records.size();
  }

  void append(Record record) {
    int index = records.size();
    records.add(record);
    if (record instanceof Record.Decided decided) {
      decisions.put(decided.batch().instance(), index);
    }
    if (durable || record.alwaysSynced()) {
      wanted = index + 1;
    }
    if (record.alwaysSynced() && barrier == Integer.MAX_VALUE) {
      barrier = index;
    }
  }

  /** Whether an fsync is due. */
  boolean wantsSync() {
    return synced < wanted;
  }

  /** An fsync that started when there were so many records is done. */
  void onSynced(int upTo) {
    for (int i = synced; i < upTo; i++) {
      if (records.get(i) instanceof Record.Muted) {
        lost = false;
      }
    }
    synced = Math.max(synced, upTo);
    if (barrier < synced) {
      barrier = Integer.MAX_VALUE;
      for (int i = synced; i < records.size(); i++) {
        if (records.get(i).alwaysSynced()) {
          barrier = i;
          break;
        }
      }
    }
  }

  /** Number of records that are as durable as the mode demands. */
  int durableCount() {
    return durable ? synced : Math.min(records.size(), barrier);
  }

  /** Power is cut; the process is gone already. */
  void powerCycle(SplittableRandom random) {
    int kept = synced + random.nextInt(records.size() - synced + 1);
    records.subList(kept, records.size()).clear();
    reindex();
    if (!durable && everStarted) {
      // Another boot id, and no mark of a clean shutdown.
      lost = true;
    }
  }

  /** The disk is replaced by an empty one. */
  void lose() {
    records.clear();
    reindex();
    synced = 0;
    wanted = 0;
    barrier = Integer.MAX_VALUE;
    everStarted = true;
    lost = true;
  }

  private void reindex() {
    decisions.clear();
    for (int i = 0; i < records.size(); i++) {
      if (records.get(i) instanceof Record.Decided decided) {
        decisions.put(decided.batch().instance(), i);
      }
    }
  }

  /** Decisions from the first on, gapless, of about so many bytes, at least one if it is there. */
  List<Record.Decided> read(long from, long to, int bytes) {
    List<Record.Decided> found = new ArrayList<>();
    long left = bytes;
    for (long t = from; t <= to && left > 0; t++) {
      Integer index = decisions.get(t);
      if (index == null) {
        break;
      }
      Record.Decided decided = (Record.Decided) records.get(index);
      found.add(decided);
      for (Request body : decided.bodies()) {
        left -= body.weight();
      }
    }
    return found;
  }

  List<Record> records() {
    return List.copyOf(records);
  }

  /** Drops all other records; for scripts that damage a disk on purpose. */
  void keep(Predicate<Record> kept) {
    records.removeIf(kept.negate());
    reindex();
    synced = records.size();
  }

  /** Drops what is not synced; for scripts with a power cut that spares nothing. */
  void dropUnsynced() {
    records.subList(synced, records.size()).clear();
    reindex();
  }

  /** Whether the next start will be a loss. */
  boolean isLost() {
    return lost;
  }

  boolean isDurable() {
    return durable;
  }
}
