package dev.lockstep.fabric.node;

import dev.lockstep.protocol.bytes.Digest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Envelopes that arrived and wait to be ordered: opened, and their signatures checked, on several
 * threads and before the order is known. That the key in the creator's certificate made the
 * signature is something that no configuration changes. What is not here any more is opened and
 * checked again. Thread-safe.
 */
final class CheckedEnvelopes {
  private final long mostBytes;
  private final Map<Digest, ParsedEnvelope> envelopes = new LinkedHashMap<>();
  private long bytes;

  /**
   * @param mostBytes of all envelopes here; the oldest go first
   */
  CheckedEnvelopes(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** An envelope whose signature is valid. */
  synchronized void put(ParsedEnvelope envelope) {
    if (envelopes.putIfAbsent(envelope.digest(), envelope) != null) {
      return;
    }
    bytes += envelope.bytes().size();
    Iterator<ParsedEnvelope> oldest = envelopes.values().iterator();
    while (bytes > mostBytes) {
      bytes -= oldest.next().bytes().size();
      oldest.remove();
    }
  }

  /** Takes an envelope out; null if it is not here. */
  synchronized ParsedEnvelope takeOrNull(Digest digest) {
    ParsedEnvelope envelope = envelopes.remove(digest);
    if (envelope != null) {
      bytes -= envelope.bytes().size();
    }
    return envelope;
  }

  synchronized long bytes() {
    return bytes;
  }
}
