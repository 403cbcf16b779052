package dev.lockstep.protocol.replica.requests;

import java.util.LinkedHashMap;
import java.util.Map;

/** Forgets the oldest when there are too many, since peers and clients choose the keys. */
final class Remembering<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;

  static final int MOST = 4096;

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > MOST;
  }
}
