package dev.lockstep.storage;

import dev.lockstep.protocol.record.Record;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What of the records that belong to no instance is still in force. Every segment begins with it,
 * so that older segments can be dropped. Not thread-safe.
 */
final class StandingRecords {
  private Record.Promised promised;
  private Record.Muted muted;
  private final TreeMap<Integer, Record.Incarnation> incarnations = new TreeMap<>();

  /** Takes in a record; one that belongs to an instance is left out. */
  void add(Record record) {
    if (record instanceof Record.Promised newer) {
      if (promised == null || newer.regency() > promised.regency()) {
        promised = newer;
      }
    } else if (record instanceof Record.Muted newer) {
      muted =
          muted == null
              ? newer
              : new Record.Muted(
                  Math.max(muted.incarnation(), newer.incarnation()),
                  Math.max(muted.muteUntil(), newer.muteUntil()));
    } else if (record instanceof Record.Incarnation newer) {
      Record.Incarnation old = incarnations.get(newer.replica());
      if (old == null || newer.incarnation() > old.incarnation()) {
        incarnations.put(newer.replica(), newer);
      }
    }
  }

  List<Record> records() {
    List<Record> all = new ArrayList<>(incarnations.values());
    if (muted != null) {
      all.add(muted);
    }
    if (promised != null) {
      all.add(promised);
    }
    return all;
  }
}
