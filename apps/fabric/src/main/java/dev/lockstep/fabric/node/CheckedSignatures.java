package dev.lockstep.fabric.node;

import dev.lockstep.protocol.bytes.Digest;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whether the signatures of envelopes are valid, as far as that was found out when they arrived:
 * then it is done on several threads, and before the order is known. An entry says that the key in
 * the creator's certificate made the signature, which no configuration changes. Thread-safe.
 */
final class CheckedSignatures {
  /** More than can be on their way through the group. */
  private static final int MOST = 1 << 16;

  private final Map<Digest, Boolean> verdicts =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Boolean> eldest) {
          return size() > MOST;
        }
      };

  void put(Digest envelope, boolean valid) {
    synchronized (verdicts) {
      verdicts.put(envelope, valid);
    }
  }

  /** Null if it is not known. */
  Boolean take(Digest envelope) {
    synchronized (verdicts) {
      return verdicts.remove(envelope);
    }
  }
}
