package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Decided;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.message.Testimony.Open;
import dev.lockstep.protocol.message.Testimony.Written;
import java.util.ArrayList;
import java.util.List;

/** STOPDATA entries, made by hand. */
final class Entries {
  static final Digest V = new Digest(1, 0, 0, 0);
  static final Digest W = new Digest(2, 0, 0, 0);

  private Entries() {}

  /** An entry with the prefix that its claim asks for. */
  static Testimony entry(int replica, long regency, int window, long last, Open... open) {
    List<Decided> prefix = new ArrayList<>();
    for (long t = Math.max(1, last - window + 1); t <= last; t++) {
      prefix.add(new Decided(t, V));
    }
    return new Testimony(regency, replica, 0, last, prefix, List.of(open));
  }

  static Open voted(long instance, Lock lock, Written... writeSet) {
    return new Open(instance, null, lock, List.of(writeSet));
  }

  static Open decided(long instance, Digest digest) {
    return new Open(instance, digest, Lock.NONE, List.of());
  }

  static Lock lock(long regency, Digest digest) {
    return new Lock(regency, digest);
  }

  static Written wrote(long regency, Digest digest) {
    return new Written(regency, digest);
  }
}
