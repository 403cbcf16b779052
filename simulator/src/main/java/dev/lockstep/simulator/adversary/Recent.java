package dev.lockstep.simulator.adversary;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map that forgets its oldest entries: an adversary lives as long as the run. */
public final class Recent<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;

  private final int keep;

  public Recent(int keep) {
    this.keep = keep;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > keep;
  }
}
