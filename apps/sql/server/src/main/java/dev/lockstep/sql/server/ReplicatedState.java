package dev.lockstep.sql.server;

import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What all replicas know in common beside their databases. Service thread only. */
final class ReplicatedState {
  /** A counter of a sequence or an identity column. */
  record Counter(long base, long increment, long next) {}

  /** How often a client was believed that it suspects the master, and when last. */
  record Suspicions(int count, long lastMicros) {}

  private static final int TEXT_MAX = 1 << 21;

  /** All definitions together. */
  private static final long DEFINITION_CHARACTERS_MAX = 64L << 20;

  private static final long DEFINITION_OVERHEAD = 100;

  /** Clients of which suspicions are remembered. */
  static final int SUSPECTING_MAX = 1024;

  long version;
  long commands;
  long epoch;
  final Map<String, Counter> counters = new TreeMap<>();
  final Map<UUID, Suspicions> suspicions = new TreeMap<>();

  /** Definitions in their order, each with its schema. */
  private final List<Definition> definitions = new ArrayList<>();

  private long definitionCharacters;

  record Definition(String schema, String sql) {}

  /** Whether one more definition can be remembered. */
  boolean hasRoomFor(String schema, String sql) {
    return definitionCharacters + schema.length() + sql.length() <= DEFINITION_CHARACTERS_MAX;
  }

  /** Remembers a definition, to make the tables anew. */
  void define(String schema, String sql) {
    definitions.add(new Definition(schema, sql));
    definitionCharacters += DEFINITION_OVERHEAD + schema.length() + sql.length();
  }

  byte[] encode() {
    ByteWriter out = new ByteWriter();
    out.i64(version).i64(commands).i64(epoch).i32(counters.size());
    counters.forEach(
        (source, counter) ->
            out.text(source).i64(counter.base).i64(counter.increment).i64(counter.next));
    out.i32(suspicions.size());
    suspicions.forEach(
        (client, of) ->
            out.i64(client.getMostSignificantBits())
                .i64(client.getLeastSignificantBits())
                .i32(of.count)
                .i64(of.lastMicros));
    out.i32(definitions.size());
    definitions.forEach(definition -> out.text(definition.schema).text(definition.sql));
    return out.toByteArray();
  }

  static ReplicatedState decode(byte[] bytes) throws RefusedException {
    ByteReader in = new ByteReader(bytes);
    ReplicatedState state = new ReplicatedState();
    state.version = in.i64();
    state.commands = in.i64();
    state.epoch = in.i64();
    for (int i = in.count(28); i > 0; i--) {
      state.counters.put(in.string(TEXT_MAX), new Counter(in.i64(), in.i64(), in.i64()));
    }
    for (int i = in.count(28); i > 0; i--) {
      state.suspicions.put(new UUID(in.i64(), in.i64()), new Suspicions(in.i32(), in.i64()));
    }
    for (int i = in.count(8); i > 0; i--) {
      state.define(in.string(TEXT_MAX), in.string(TEXT_MAX));
    }
    in.end();
    return state;
  }

  List<Definition> definitions() {
    return Collections.unmodifiableList(definitions);
  }
}
