package dev.lockstep.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What processes use. */
final class Usage {
  private Usage() {}

  /** CPU time of all threads of a process since its start, the system's time for it included. */
  static long cpuNanos(ProcessHandle process) {
    return process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
  }

  /** Memory of a process that is really there; 0 where the system does not say. */
  static long residentBytes(ProcessHandle process) {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      // No /proc here.
      return 0;
    }
  }
}
