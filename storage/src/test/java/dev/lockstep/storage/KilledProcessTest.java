package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real process, really killed. */
class KilledProcessTest {
  private static final int BYTES = 700;

  @TempDir Path temporary;

  /** Writes without end and prints what was confirmed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) throws Exception {
      PrintStream out = System.out;
      LogListener listener =
          new LogListener() {
            @Override
            public void onDurable(long ticket) {
              out.println(ticket);
            }

            @Override
            public void onFailure(Throwable cause) {
              cause.printStackTrace();
            }
          };
      LogConfig config = config(LogMode.valueOf(arguments[1]));
      try (ReplicaLog log = ReplicaLog.open(Path.of(arguments[0]), config, listener)) {
        log.start();
        long ticket = 0;
        for (long instance = 1; log.failure() == null; instance++) {
          for (Record record : LogFixture.history(instance, instance, BYTES)) {
            log.append(++ticket, record);
          }
          long confirmed = log.flush();
          if (config.mode() != LogMode.DURABLE) {
            out.println(confirmed);
          }
        }
      }
    }
  }

  private static LogConfig config(LogMode mode) {
    return LogFixture.DURABLE
        .withMode(mode)
        .withBootId(BootId.ofThisMachine())
        .withSegmentBytes(1 << 16);
  }

  @ParameterizedTest
  @EnumSource(LogMode.class)
  void whatWasConfirmedIsThere(LogMode mode) throws Exception {
    Path directory = temporary.resolve("log");
    ReplicaLog.create(directory, LogFixture.CLUSTER, 2);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                directory.toString(),
                mode.name())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    long confirmed = 0;
    try (BufferedReader lines = process.inputReader()) {
      while (confirmed < 600) {
        confirmed = Long.parseLong(lines.readLine());
      }
      assertThatThrownBy(() -> ReplicaLog.open(directory, config(mode), new TestListener()))
          .hasMessageContaining("in use by another replica process");
      // Unlike the process itself, its handle does not close the stream.
      process.toHandle().destroyForcibly();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        // The last line may be cut.
        confirmed = Math.max(confirmed, line.isEmpty() ? 0 : Long.parseLong(line));
      }
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    try (ReplicaLog log = ReplicaLog.open(directory, config(mode), new TestListener())) {
      StartState state = log.start();
      assertThat(log.loss()).isNull();
      assertThat(state.records().size()).isGreaterThanOrEqualTo((int) confirmed);
      List<Record> all = LogFixture.history(1 + state.records().size() / 3, BYTES);
      assertThat(state.records()).isEqualTo(all.subList(0, state.records().size()));
    }
  }
}
