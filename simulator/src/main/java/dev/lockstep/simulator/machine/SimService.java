package dev.lockstep.simulator.machine;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Delivery.Command;
import dev.lockstep.simulator.SimCrypto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The replicated service of the simulation: registers (see {@link KvOperation}). Everything that a
 * delivery tells it goes into its state, so that a difference between replicas anywhere shows in
 * the hash.
 */
final class SimService {
  private final Map<Long, Long> registers = new HashMap<>();
  private long history;
  private long contents;
  private long executed;

  /** Executes all commands of a batch. */
  List<Bytes> execute(Delivery delivery) {
    note(delivery.instance());
    note(delivery.timestampMicros());
    note(delivery.nonceSeed().a() ^ delivery.nonceSeed().d());
    note(delivery.regency());
    note(delivery.leader());
    List<Bytes> results = new ArrayList<>(delivery.commands().size());
    for (Command command : delivery.commands()) {
      note(command.request().digest().a());
      note(command.session());
      note(command.sequence());
      note(command.index());
      results.add(apply(command.request().operation()));
    }
    executed = delivery.instance();
    return results;
  }

  private void note(long value) {
    history = SimCrypto.mix(history, value);
  }

  private Bytes apply(Bytes encoded) {
    KvOperation operation = KvOperation.decodeOrNull(encoded);
    if (operation == null) {
      return Bytes.EMPTY;
    }
    long old = registers.getOrDefault(operation.key(), 0L);
    long result =
        switch (operation.code()) {
          case GET, PUT -> old;
          case CAS -> old == operation.expected() ? 1 : 0;
          case ADD -> old + operation.value();
        };
    switch (operation.code()) {
      case PUT -> set(operation.key(), old, operation.value());
      case ADD -> set(operation.key(), old, result);
      case CAS -> {
        if (result == 1) {
          set(operation.key(), old, operation.value());
        }
      }
      case GET -> {}
    }
    return result(result, operation.replyPadding());
  }

  private void set(long key, long old, long value) {
    contents ^= SimCrypto.mix(key, old) ^ SimCrypto.mix(key, value);
    registers.put(key, value);
  }

  private static Bytes result(long value, int padding) {
    return new Bytes(new Encoder(8 + padding).i64(value).raw(new byte[padding]).toByteArray());
  }

  /** Answers a read; changes nothing, whatever is asked. */
  Bytes read(Bytes encoded) {
    KvOperation operation = KvOperation.decodeOrNull(encoded);
    if (operation == null || !operation.isRead()) {
      return Bytes.EMPTY;
    }
    return result(registers.getOrDefault(operation.key(), 0L), operation.replyPadding());
  }

  /** The whole state, in one form only. */
  byte[] snapshot() {
    Encoder out = new Encoder(64 + 16 * registers.size());
    out.i64(history).i64(contents).i64(executed).i32(registers.size());
    new TreeMap<>(registers).forEach((key, value) -> out.i64(key).i64(value));
    return out.toByteArray();
  }

  /** Takes up a state; returns false if these are no bytes of one. */
  boolean restore(byte[] snapshot) {
    ByteBuffer in = ByteBuffer.wrap(snapshot);
    registers.clear();
    if (snapshot.length < 28) {
      return false;
    }
    history = in.getLong();
    contents = in.getLong();
    executed = in.getLong();
    int count = in.getInt();
    if (count < 0 || in.remaining() != 16L * count) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      registers.put(in.getLong(), in.getLong());
    }
    return true;
  }

  Digest stateHash() {
    return new Digest(history, contents, executed, registers.size());
  }
}
