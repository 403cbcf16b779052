package dev.lockstep.services.map;

import dev.lockstep.services.tree.CowTree;
import java.util.Comparator;
import java.util.Map;

/**
 * A list of byte strings: a sorted tree whose keys only say which entry comes first, so that one in
 * the middle can be removed without moving the rest. Shares the edition of the tree that it is in.
 */
final class Table {
  private final Object edition;
  private final CowTree<Long, byte[]> entries;
  private long nextKey;
  private long contentBytes;

  private Table(Object edition, CowTree<Long, byte[]> entries) {
    this.edition = edition;
    this.entries = entries;
  }

  Table(Object edition) {
    this(edition, new CowTree<>(Comparator.naturalOrder(), edition));
  }

  /** As {@link CowTree#in}. */
  Table in(Object otherEdition) {
    if (edition == otherEdition) {
      return this;
    }
    Table copy = new Table(otherEdition, entries.in(otherEdition));
    copy.nextKey = nextKey;
    copy.contentBytes = contentBytes;
    return copy;
  }

  long size() {
    return entries.size();
  }

  /** The bytes of all entries together, without their lengths. */
  long contentBytes() {
    return contentBytes;
  }

  boolean has(long index) {
    return index >= 0 && index < size();
  }

  byte[] get(long index) {
    return entries.entryAt(index).getValue();
  }

  void add(byte[] entry) {
    entries.put(nextKey, entry);
    nextKey++;
    contentBytes += entry.length;
  }

  /** Replaces an entry and returns the one before. */
  byte[] set(long index, byte[] entry) {
    byte[] before = entries.put(entries.entryAt(index).getKey(), entry);
    contentBytes += entry.length - before.length;
    return before;
  }

  byte[] remove(long index) {
    Map.Entry<Long, byte[]> removed = entries.entryAt(index);
    entries.remove(removed.getKey());
    contentBytes -= removed.getValue().length;
    return removed.getValue();
  }

  <E extends Exception> void scan(CowTree.Visitor<Object, byte[], E> visitor) throws E {
    entries.scan(visitor);
  }

  <E extends Exception> void scanFrom(long index, CowTree.Visitor<Object, byte[], E> visitor)
      throws E {
    if (has(index)) {
      entries.scanFrom(entries.entryAt(index).getKey(), visitor);
    }
  }
}
