package dev.lockstep.fabric.node;

import dev.lockstep.protocol.bytes.Digest;
import java.util.Iterator;
import java.util.LinkedHashSet;

/**
 * The digests of the envelopes that were ordered last, oldest first. The same envelope reaches the
 * group through several frontends and must be ordered once. Not thread-safe.
 */
final class DigestWindow {
  private final int most;
  private final LinkedHashSet<Digest> digests = new LinkedHashSet<>();

  /**
   * @param most how many are remembered
   */
  DigestWindow(int most) {
    this.most = most;
  }

  boolean contains(Digest digest) {
    return digests.contains(digest);
  }

  void add(Digest digest) {
    digests.add(digest);
    if (digests.size() > most) {
      Iterator<Digest> oldest = digests.iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** All of them, oldest first. */
  Digest[] toArray() {
    return digests.toArray(new Digest[0]);
  }
}
