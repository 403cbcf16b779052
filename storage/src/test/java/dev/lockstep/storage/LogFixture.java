package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Records and directories for tests. */
final class LogFixture {
  static final Digest CLUSTER = new Encoder().label("test cluster").hash();
  static final LogConfig DURABLE =
      LogConfig.of(CLUSTER, CLUSTER, 2, LogMode.DURABLE, CodecLimits.DEFAULTS).withBootId("boot-1");
  static final LogConfig MEMORY = DURABLE.withMode(LogMode.MEMORY);
  static final LogConfig ASYNC = DURABLE.withMode(LogMode.ASYNC);

  private LogFixture() {}

  static List<Request> bodies(long instance, int count, int bytes) {
    List<Request> bodies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] operation = new byte[bytes];
      for (int b = 0; b < bytes; b++) {
        operation[b] = (byte) (instance * 31 + i * 7 + b);
      }
      bodies.add(
          new Request(
              Request.Kind.ORDERED,
              new ClientId(9, i),
              1,
              instance,
              new Bytes(operation),
              Bytes.EMPTY));
    }
    return bodies;
  }

  static Batch batch(long instance, List<Request> bodies) {
    return new Batch(
        new Batch.Header(0, instance, 1000 + instance, Digest.ZERO, 3, Digest.ZERO),
        bodies.stream().map(Request::reference).toList());
  }

  static Record.Wrote wrote(long instance, int bytes) {
    List<Request> bodies = bodies(instance, 1, bytes);
    return new Record.Wrote(instance, 3, batch(instance, bodies), bodies);
  }

  static Record.Locked locked(long instance) {
    return new Record.Locked(instance, 3, Digest.ZERO);
  }

  static Record.Decided decided(Record.Wrote wrote) {
    return new Record.Decided(
        wrote.batch(), certificate(wrote.instance(), wrote.batch().digest()), wrote.bodies());
  }

  static Record.Decided decided(long instance, int bytes) {
    return decided(wrote(instance, bytes));
  }

  private static Certificate certificate(long instance, Digest digest) {
    List<Certificate.Vote> votes = new ArrayList<>();
    for (int replica = 0; replica < 3; replica++) {
      byte[] signature = new byte[64];
      signature[0] = (byte) replica;
      signature[63] = (byte) instance;
      votes.add(new Certificate.Vote(replica, new Bytes(signature)));
    }
    return new Certificate(instance, 3, digest, votes);
  }

  /** WROTE, LOCKED and DECIDED of instances 1 to {@code count}. */
  static List<Record> history(long count, int bytes) {
    return history(1, count, bytes);
  }

  static List<Record> history(long from, long to, int bytes) {
    List<Record> records = new ArrayList<>();
    for (long instance = from; instance <= to; instance++) {
      Record.Wrote wrote = wrote(instance, bytes);
      records.add(wrote);
      records.add(locked(instance));
      records.add(decided(wrote));
    }
    return records;
  }

  /** As a killed process leaves it. */
  static Path copy(Path directory, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  static List<Path> segments(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> Segment.number(file.getFileName().toString()) > 0)
          .sorted()
          .toList();
    }
  }
}
