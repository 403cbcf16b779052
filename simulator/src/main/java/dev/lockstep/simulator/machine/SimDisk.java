package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The disk of one replica: the vote file, an append-only list of records with a synced prefix, and
 * checkpoints. It outlives the process. Torn writes are cut at the border of a record, as checksums
 * make a real file behave; a damaged middle makes the file worthless from there on.
 *
 * <p>{@link SimStorage} runs the fsyncs and reports what became durable; here is only what the disk
 * holds and what of it counts.
 */
public final class SimDisk {
  /** A checkpoint and its content. */
  record Stored(Checkpoint checkpoint, byte[] content) {}

  private final boolean durable;

  /** Null where a record was truncated, so that the numbers of the others stay. */
  private final List<Record> records = new ArrayList<>();

  /** Where the decisions stand among the records. */
  private final TreeMap<Long, Integer> decisions = new TreeMap<>();

  private final TreeMap<Long, Stored> checkpoints = new TreeMap<>();

  /** Not to be found by a start; a crash clears them. */
  private final TreeMap<Long, Stored> provisional = new TreeMap<>();

  private Checkpoint receiving;
  private Bytes[] received = new Bytes[0];

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
    provisional.clear();
    if (!everStarted) {
      // The mark that the file is in use is synced before the first start.
      everStarted = true;
      return StartState.fresh();
    }
    return new StartState(
        lost ? StartState.Kind.LOST : StartState.Kind.INTACT,
        records(),
        checkpoints.isEmpty() ? null : checkpoints.lastEntry().getValue().checkpoint);
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
        if (records.get(i) != null && records.get(i).alwaysSynced()) {
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
    if (random.nextBoolean()) {
      stopReceiving();
    }
    if (!durable && everStarted) {
      // Another boot id, and no mark of a clean shutdown.
      lost = true;
    }
  }

  /** The disk is replaced by an empty one. */
  void lose() {
    records.clear();
    reindex();
    checkpoints.clear();
    provisional.clear();
    stopReceiving();
    synced = 0;
    wanted = 0;
    barrier = Integer.MAX_VALUE;
    everStarted = true;
    lost = true;
  }

  /**
   * Bits of the vote file flip, somewhere in what is synced: storage refuses what comes from there
   * on. Returns false if there is nothing that could be damaged.
   */
  boolean rot(SplittableRandom random) {
    if (synced == 0) {
      return false;
    }
    int kept = random.nextInt(synced);
    records.subList(kept, records.size()).clear();
    reindex();
    synced = kept;
    wanted = kept;
    barrier = Integer.MAX_VALUE;
    lost = true;
    return true;
  }

  /**
   * Bits of the newest checkpoint flip. Returns false, and nothing happens, if there is no older
   * one from which the log goes on: losing that too would be a loss of all.
   */
  boolean rotCheckpoint() {
    Long older = checkpoints.isEmpty() ? null : checkpoints.lowerKey(checkpoints.lastKey());
    if (older == null || !decisions.containsKey(older + 1)) {
      return false;
    }
    checkpoints.pollLastEntry();
    return true;
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

  /** Drops votes and decisions of instances below; returns how many records went. */
  int truncate(long below) {
    int dropped = 0;
    // Storage drops whole segments: what was written after the last decision below stays.
    Integer last =
        decisions.lowerKey(below) == null ? null : decisions.lowerEntry(below).getValue();
    for (int i = last == null ? -1 : Math.min(last, synced - 1); i >= 0; i--) {
      Record record = records.get(i);
      long instance = Long.MAX_VALUE;
      if (record instanceof Record.Wrote wrote) {
        instance = wrote.instance();
      } else if (record instanceof Record.Locked locked) {
        instance = locked.instance();
      } else if (record instanceof Record.Decided decided) {
        instance = decided.batch().instance();
      }
      if (instance < below) {
        records.set(i, null);
        dropped++;
      }
    }
    reindex();
    return dropped;
  }

  // ---- checkpoints

  void store(Stored stored, boolean isProvisional) {
    (isProvisional ? provisional : checkpoints).put(stored.checkpoint.instance(), stored);
  }

  /** Gives a checkpoint that is provisional, or was received, its name. */
  void publish(long instance) {
    Stored stored = provisional.remove(instance);
    if (stored == null) {
      stored = whole();
      stopReceiving();
    }
    checkpoints.put(instance, stored);
  }

  void release(long instance) {
    checkpoints.remove(instance);
    provisional.remove(instance);
  }

  /** The checkpoint with this instance, or null. */
  Stored checkpointOrNull(long instance) {
    return checkpoints.get(instance);
  }

  Stored newestOrNull() {
    return checkpoints.isEmpty() ? null : checkpoints.lastEntry().getValue();
  }

  /** How many a start could find. */
  int checkpointCount() {
    return checkpoints.size();
  }

  /** Begins to receive, or goes on with the same one; the pieces that are there. */
  BitSet receive(Checkpoint checkpoint) {
    if (receiving == null
        || receiving.instance() != checkpoint.instance()
        || !receiving.pieces().equals(checkpoint.pieces())) {
      received = new Bytes[checkpoint.pieces().size()];
    }
    receiving = checkpoint;
    BitSet present = new BitSet();
    for (int i = 0; i < received.length; i++) {
      if (received[i] != null) {
        present.set(i);
      }
    }
    return present;
  }

  private void stopReceiving() {
    receiving = null;
    received = new Bytes[0];
  }

  void put(int piece, Bytes bytes) {
    if (piece < received.length) {
      received[piece] = bytes;
    }
  }

  /** What was received, all of it. */
  Stored whole() {
    byte[] content = new byte[(int) receiving.contentBytes()];
    int at = 0;
    for (Bytes piece : received) {
      System.arraycopy(piece.array(), 0, content, at, piece.length());
      at += piece.length();
    }
    return new Stored(receiving, content);
  }

  static List<Digest> digests(byte[] content, int pieceBytes) {
    List<Digest> digests = new ArrayList<>();
    for (int from = 0; from < content.length; from += pieceBytes) {
      digests.add(Digest.hash(piece(content, from / pieceBytes, pieceBytes).array()));
    }
    return digests;
  }

  static Bytes piece(byte[] content, int piece, int pieceBytes) {
    int from = piece * pieceBytes;
    return new Bytes(
        Arrays.copyOfRange(content, from, Math.min(content.length, from + pieceBytes)));
  }

  // ---- for scripts

  public List<Record> records() {
    return records.stream().filter(Objects::nonNull).toList();
  }

  /** Drops all other records; for scripts that damage a disk on purpose. */
  public void keep(Predicate<Record> kept) {
    records.removeIf(record -> record == null || !kept.test(record));
    reindex();
    synced = records.size();
  }

  /** Drops what is not synced; for scripts with a power cut that spares nothing. */
  public void dropUnsynced() {
    records.subList(synced, records.size()).clear();
    reindex();
  }

  /** Whether the next start will be a loss. */
  boolean isLost() {
    return lost;
  }

  public boolean isDurable() {
    return durable;
  }
}
